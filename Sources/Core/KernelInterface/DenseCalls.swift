// The products of dense layers. Widths, and strides of what is made of vectors, are in vectors.

/// c = a · b.
public struct DenseProductCall {
  /// Of `a` and `c`.
  public let rows: Int
  /// The columns of `a` and the rows of `b`.
  public let depth: Int
  /// Of `b` and `c`, in vectors.
  public let width: Int
  /// rows × depth: the element (r, d) is at `r * aRowStride + d * aDepthStride`, so that either order will do.
  public let a: UnsafePointer<Float>
  public let aRowStride: Int
  public let aDepthStride: Int
  /// depth × width.
  public let b: UnsafePointer<Vector>
  /// From one row of `b` to the next.
  public let bStride: Int
  /// rows × width.
  public let c: UnsafeMutablePointer<Vector>
  /// From one row of `c` to the next.
  public let cStride: Int

  @inlinable
  public init(
    rows: Int, depth: Int, width: Int, a: UnsafePointer<Float>, aRowStride: Int, aDepthStride: Int,
    b: UnsafePointer<Vector>, bStride: Int, c: UnsafeMutablePointer<Vector>, cStride: Int
  ) {
    self.rows = rows
    self.depth = depth
    self.width = width
    self.a = a
    self.aRowStride = aRowStride
    self.aDepthStride = aDepthStride
    self.b = b
    self.bStride = bStride
    self.c = c
    self.cStride = cStride
  }
}

/// outputs += inputs · kernel over the entries of one block of the inputs' columns.
public struct SparseProductCall {
  /// The number of rows of the inputs and the outputs.
  public let samples: Int
  /// At `sample * startsStride`, where the block's first entry is among that sample's entries; the next element tells where
  /// the next block begins.
  public let starts: UnsafePointer<Int32>
  public let startsStride: Int
  /// The entries' columns and values; a sample's begin at `sample * capacity`.
  public let columns: UnsafePointer<UInt32>
  public let values: UnsafePointer<Float>
  public let capacity: Int
  /// The whole kernel, of rows of `width` vectors.
  public let kernel: UnsafePointer<Vector>
  /// `samples` rows of `width` vectors.
  public let outputs: UnsafeMutablePointer<Vector>
  public let width: Int

  @inlinable
  public init(
    samples: Int, starts: UnsafePointer<Int32>, startsStride: Int, columns: UnsafePointer<UInt32>,
    values: UnsafePointer<Float>, capacity: Int, kernel: UnsafePointer<Vector>,
    outputs: UnsafeMutablePointer<Vector>, width: Int
  ) {
    self.samples = samples
    self.starts = starts
    self.startsStride = startsStride
    self.columns = columns
    self.values = values
    self.capacity = capacity
    self.kernel = kernel
    self.outputs = outputs
    self.width = width
  }
}

/// The kernel's gradient, inputsᵀ · outputGradient, and Adam's step, for a block of the kernel's rows.
public struct SparseGradientStepCall {
  /// Of the kernel.
  public let rows: Int
  /// `rows + 1` positions: a row's entries are from its start to the next one's.
  public let starts: UnsafePointer<Int32>
  /// The entries of the inputs in the row's column: which sample, and the value.
  public let samples: UnsafePointer<UInt32>
  public let values: UnsafePointer<Float>
  /// One row of `width` vectors a sample.
  public let outputGradient: UnsafePointer<Vector>
  public let width: Int
  /// The block's rows of the kernel, updated.
  public let kernel: UnsafeMutablePointer<Vector>
  /// The block's rows of Adam's two moments, updated.
  public let moment1: UnsafeMutablePointer<Vector>
  public let moment2: UnsafeMutablePointer<Vector>
  public let constants: AdamConstants
  /// Where the gradient by the inputs goes, if anywhere; only that by the entries is written.
  public let inputGradient: InputGradient?

  /// scale · outputGradient · kernelᵀ, with the kernel as it was before the step.
  public struct InputGradient {
    /// Of the first sample, at the first of the block's columns.
    public let start: UnsafeMutablePointer<Float>
    /// From one sample to the next, in floats.
    public let stride: Int
    /// What dropout multiplied the entries by.
    public let scale: Float

    @inlinable
    public init(start: UnsafeMutablePointer<Float>, stride: Int, scale: Float) {
      self.start = start
      self.stride = stride
      self.scale = scale
    }
  }

  @inlinable
  public init(
    rows: Int, starts: UnsafePointer<Int32>, samples: UnsafePointer<UInt32>, values: UnsafePointer<Float>,
    outputGradient: UnsafePointer<Vector>, width: Int, kernel: UnsafeMutablePointer<Vector>,
    moment1: UnsafeMutablePointer<Vector>, moment2: UnsafeMutablePointer<Vector>, constants: AdamConstants,
    inputGradient: InputGradient?
  ) {
    self.rows = rows
    self.starts = starts
    self.samples = samples
    self.values = values
    self.outputGradient = outputGradient
    self.width = width
    self.kernel = kernel
    self.moment1 = moment1
    self.moment2 = moment2
    self.constants = constants
    self.inputGradient = inputGradient
  }
}
