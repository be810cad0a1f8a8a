import KernelInterface

// The first dense layer. Its input is mostly zeros (the features are ReLU outputs, and dropout has been over them), its
// kernel is most of the head, and nobody needs its input's gradient. So only the entries that are not zero are
// multiplied, and a kernel row is updated as soon as its gradient is known, while it is in registers.

/// `outputs += inputs · kernel` over the entries of one block of the input's columns.
@inline(never)
func sparseProduct(_ call: SparseProductCall) {
  let (starts, capacity, width) = (call.starts, call.capacity, call.width)
  for sample in 0..<call.samples {
    let first = Int(starts[sample * call.startsStride])
    let end = Int(starts[sample * call.startsStride + 1])
    addRows(
      count: end - first, rows: call.columns + sample * capacity + first,
      factors: call.values + sample * capacity + first, of: call.kernel, to: call.outputs + sample * width,
      width: width)
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

/// The kernel's gradient, `inputsᵀ · outputGradient`, and Adam's step, for a block of the kernel's rows; before it,
/// where asked for, the inputs' gradient, `outputGradient · kernelᵀ`, at the entries.
@inline(never)
func sparseGradientStep(_ call: SparseGradientStepCall) {
  let adam = Adam(call.constants)
  let (starts, width) = (call.starts, call.width)
  let (kernel, moment1, moment2) = (call.kernel, call.moment1, call.moment2)
  withUnsafeTemporaryAllocation(of: Vector.self, capacity: width) { gradient in
    let gradient = gradient.baseAddress!
    for row in 0..<call.rows {
      let first = Int(starts[row])
      if let inputs = call.inputGradient {
        for entry in first..<Int(starts[row + 1]) {
          let sample = Int(call.samples[entry])
          inputs.start[sample * inputs.stride + row] =
            inputs.scale * dotProduct(call.outputGradient + sample * width, kernel + row * width, width: width)
        }
      }
      gradient.update(repeating: .zero, count: width)
      addRows(
        count: Int(starts[row + 1]) - first, rows: call.samples + first, factors: call.values + first,
        of: call.outputGradient, to: gradient, width: width)
      for column in 0..<width {
        let i = row * width + column
        adam.update(&kernel[i], &moment1[i], &moment2[i], gradient[column])
      }
    }
  }
}

/// The sum of the products of two rows: lane by lane first, then over the lanes, one half with the other.
@inline(__always)
private func dotProduct(_ a: UnsafePointer<Vector>, _ b: UnsafePointer<Vector>, width: Int) -> Float {
  var sums = Vector.zero
  for column in 0..<width { sums = multiplyAdd(a[column], b[column], sums) }
  let eight = sums.lowHalf + sums.highHalf
  let four = eight.lowHalf + eight.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y
}
