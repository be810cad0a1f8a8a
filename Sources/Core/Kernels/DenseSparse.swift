// The first dense layer. Its input is mostly zeros (the features are ReLU outputs, and dropout has been over them), its
// kernel is most of the head, and nobody needs its input's gradient. So only the entries that are not zero are
// multiplied, and a kernel row is updated as soon as its gradient is known, while it is in registers.

/// `outputs += inputs · kernel` over the entries of one block of the input's columns.
///
/// - Parameters:
///   - samples: the number of rows of `inputs` and `outputs`.
///   - starts: at `sample * startsStride`, where the block's first entry is in that sample's entries; the next element
///     tells where the next block begins.
///   - columns, values: the entries; a sample's begin at `sample * capacity`.
///   - kernel: the whole kernel, of rows of `width` vectors.
///   - outputs: `samples` rows of `width` vectors.
@inline(never)
public func sparseProduct(
  samples: Int, starts: UnsafePointer<Int32>, startsStride: Int,
  columns: UnsafePointer<UInt32>, values: UnsafePointer<Float>, capacity: Int,
  kernel: UnsafePointer<Vector>, outputs: UnsafeMutablePointer<Vector>, width: Int
) {
  for sample in 0..<samples {
    let first = Int(starts[sample * startsStride])
    let end = Int(starts[sample * startsStride + 1])
    addRows(
      count: end - first, rows: columns + sample * capacity + first, factors: values + sample * capacity + first,
      of: kernel, to: outputs + sample * width, width: width)
  }
}

/// `output += Σ factors[i] · matrix[rows[i]]`, a panel of columns at a time.
@inline(__always)
private func addRows(
  count: Int, rows: UnsafePointer<UInt32>, factors: UnsafePointer<Float>,
  of matrix: UnsafePointer<Vector>, to output: UnsafeMutablePointer<Vector>, width: Int
) {
  var column = 0
  while column + RowPanel.width <= width {
    addRows(
      RowPanel.self, count: count, rows: rows, factors: factors, of: matrix + column, to: output + column, width: width)
    column += RowPanel.width
  }
  while column < width {
    addRows(
      Panel1.self, count: count, rows: rows, factors: factors, of: matrix + column, to: output + column, width: width)
    column += 1
  }
}

/// One panel of columns.
@inline(__always)
private func addRows<P: DensePanel>(
  _: P.Type, count: Int, rows: UnsafePointer<UInt32>, factors: UnsafePointer<Float>,
  of matrix: UnsafePointer<Vector>, to output: UnsafeMutablePointer<Vector>, width: Int
) {
  var sum = P(from: output)
  for i in 0..<count {
    sum.add(factors[i], times: matrix + Int(rows[i]) * width)
  }
  sum.store(to: output)
}

/// The kernel's gradient, `inputsᵀ · outputGradient`, and Adam's step, for a block of the kernel's rows.
///
/// - Parameters:
///   - rows: the number of kernel rows.
///   - starts: `rows + 1` positions: the row's entries are from its start to the next one's.
///   - samples, values: the entries of `inputs` in the row's column: which sample, and the value.
///   - outputGradient: one row of `width` vectors a sample.
///   - kernel, moment1, moment2: the block's rows of the kernel and of Adam's state, updated.
///   - rate, decay1, decay2, epsilon, penalty: see
///     ``adamStep(count:weights:moment1:moment2:gradient:rate:decay1:decay2:epsilon:penalty:)``.
@inline(never)
public func sparseGradientStep(
  rows: Int, starts: UnsafePointer<Int32>, samples: UnsafePointer<UInt32>, values: UnsafePointer<Float>,
  outputGradient: UnsafePointer<Vector>, width: Int,
  kernel: UnsafeMutablePointer<Vector>, moment1: UnsafeMutablePointer<Vector>, moment2: UnsafeMutablePointer<Vector>,
  rate: Float, decay1: Float, decay2: Float, epsilon: Float, penalty: Float
) {
  let adam = Adam(rate: rate, decay1: decay1, decay2: decay2, epsilon: epsilon, penalty: penalty)
  withUnsafeTemporaryAllocation(of: Vector.self, capacity: width) { gradient in
    let gradient = gradient.baseAddress!
    for row in 0..<rows {
      let first = Int(starts[row])
      gradient.update(repeating: .zero, count: width)
      addRows(
        count: Int(starts[row + 1]) - first, rows: samples + first, factors: values + first,
        of: outputGradient, to: gradient, width: width)
      for column in 0..<width {
        let i = row * width + column
        adam.update(&kernel[i], &moment1[i], &moment2[i], gradient[column])
      }
    }
  }
}
