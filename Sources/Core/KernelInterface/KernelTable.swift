// What Core and every build of the kernels agree on: the arguments of each kernel, and the table of a build's kernels.

/// Sixteen float32 lanes: one AVX-512 register, two AVX2 registers, or four NEON or SSE registers.
public typealias Vector = SIMD16<Float>

/// The kernels of one build, which is for one instruction set. Each is documented where it is written, in the folder
/// Kernels; what it takes, in this one.
public struct KernelTable: Sendable {
  /// The output channels of a convolution whose weights lie together: a panel. A multiple of 16.
  public let panelWidth: Int

  // MARK: Convolutions

  /// WinogradInput.swift.
  public let transformInput: @Sendable (InputTransformCall) -> Void
  /// WinogradMultiply.swift.
  public let multiply: @Sendable (WinogradProductCall) -> Void
  /// WinogradOutput.swift.
  public let transformOutput: @Sendable (OutputTransformCall) -> Void
  /// FirstConvolution.swift.
  public let convolveFirst: @Sendable (FirstConvolutionCall) -> Void
  /// MultiplyAddPeak.swift: some iterations on a buffer; the number of floating-point operations that were done.
  public let multiplyAddPeak: @Sendable (_ iterations: Int, _ buffer: UnsafeMutablePointer<Float>) -> Int

  // MARK: Training convolutions

  /// WinogradInput.swift: for any number of tiles, whose values at neighbouring positions ξ are so many floats apart.
  public let transformBatchInput: @Sendable (InputTransformCall, _ positionStride: Int) -> Void
  /// BatchOutput.swift.
  public let transformBatchOutput: @Sendable (BatchOutputCall) -> Void
  /// BatchProduct.swift.
  public let multiplyBatch: @Sendable (BatchProductCall) -> Void
  /// WeightTransform.swift.
  public let transformWeights: @Sendable (WeightTransformCall) -> Void
  /// WeightGradient.swift.
  public let transformGradient: @Sendable (GradientTransformCall) -> Void
  /// WeightGradient.swift.
  public let weightGradient: @Sendable (WeightGradientCall) -> Void
  /// WeightGradient.swift.
  public let weightStep: @Sendable (WeightStepCall) -> Void
  /// PoolingGradient.swift.
  public let poolingGradient: @Sendable (PoolingGradientCall) -> Void
  /// PoolingGradient.swift: of the ReLU alone.
  public let activationGradient: @Sendable (PoolingGradientCall) -> Void

  // MARK: The head

  /// DenseProduct.swift.
  public let denseProduct: @Sendable (DenseProductCall) -> Void
  /// DenseSparse.swift.
  public let sparseProduct: @Sendable (SparseProductCall) -> Void
  /// DenseSparse.swift.
  public let sparseGradientStep: @Sendable (SparseGradientStepCall) -> Void
  /// Adam.swift.
  public let adamStep: @Sendable (AdamStepCall) -> Void
  /// DropoutDraws.swift.
  public let dropoutDraws: @Sendable (DropoutDrawsCall) -> Void

  // MARK: Images

  /// Resample.swift.
  public let resampleHorizontally: @Sendable (HorizontalResamplingCall) -> Void
  /// Resample.swift.
  public let resampleVertically: @Sendable (VerticalResamplingCall) -> Void

  public init(
    panelWidth: Int,
    transformInput: @escaping @Sendable (InputTransformCall) -> Void,
    multiply: @escaping @Sendable (WinogradProductCall) -> Void,
    transformOutput: @escaping @Sendable (OutputTransformCall) -> Void,
    convolveFirst: @escaping @Sendable (FirstConvolutionCall) -> Void,
    multiplyAddPeak: @escaping @Sendable (_ iterations: Int, _ buffer: UnsafeMutablePointer<Float>) -> Int,
    transformBatchInput: @escaping @Sendable (InputTransformCall, _ positionStride: Int) -> Void,
    transformBatchOutput: @escaping @Sendable (BatchOutputCall) -> Void,
    multiplyBatch: @escaping @Sendable (BatchProductCall) -> Void,
    transformWeights: @escaping @Sendable (WeightTransformCall) -> Void,
    transformGradient: @escaping @Sendable (GradientTransformCall) -> Void,
    weightGradient: @escaping @Sendable (WeightGradientCall) -> Void,
    weightStep: @escaping @Sendable (WeightStepCall) -> Void,
    poolingGradient: @escaping @Sendable (PoolingGradientCall) -> Void,
    activationGradient: @escaping @Sendable (PoolingGradientCall) -> Void,
    denseProduct: @escaping @Sendable (DenseProductCall) -> Void,
    sparseProduct: @escaping @Sendable (SparseProductCall) -> Void,
    sparseGradientStep: @escaping @Sendable (SparseGradientStepCall) -> Void,
    adamStep: @escaping @Sendable (AdamStepCall) -> Void,
    dropoutDraws: @escaping @Sendable (DropoutDrawsCall) -> Void,
    resampleHorizontally: @escaping @Sendable (HorizontalResamplingCall) -> Void,
    resampleVertically: @escaping @Sendable (VerticalResamplingCall) -> Void
  ) {
    self.panelWidth = panelWidth
    self.transformInput = transformInput
    self.multiply = multiply
    self.transformOutput = transformOutput
    self.convolveFirst = convolveFirst
    self.multiplyAddPeak = multiplyAddPeak
    self.transformBatchInput = transformBatchInput
    self.transformBatchOutput = transformBatchOutput
    self.multiplyBatch = multiplyBatch
    self.transformWeights = transformWeights
    self.transformGradient = transformGradient
    self.weightGradient = weightGradient
    self.weightStep = weightStep
    self.poolingGradient = poolingGradient
    self.activationGradient = activationGradient
    self.denseProduct = denseProduct
    self.sparseProduct = sparseProduct
    self.sparseGradientStep = sparseGradientStep
    self.adamStep = adamStep
    self.dropoutDraws = dropoutDraws
    self.resampleHorizontally = resampleHorizontally
    self.resampleVertically = resampleVertically
  }
}
