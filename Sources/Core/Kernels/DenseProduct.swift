import KernelInterface

/// `c = a · b`: the matrix product behind a dense layer's forward pass (input · kernel), its kernel's gradient
/// (inputᵀ · output gradient) and its input's gradient (output gradient · kernelᵀ).
@inline(never)
func denseProduct(_ call: DenseProductCall) {
  var column = 0
  while column + TilePanel.width <= call.width {
    columns(TilePanel.self, from: column, call)
    column += TilePanel.width
  }
  while column < call.width {
    columns(Panel1.self, from: column, call)
    column += 1
  }
}

/// One panel of columns, four rows at a time: each load of `b` serves four multiplications.
@inline(__always)
private func columns<P: DensePanel>(_: P.Type, from column: Int, _ call: DenseProductCall) {
  let (rows, depth) = (call.rows, call.depth)
  let (a, aRowStride, aDepthStride) = (call.a, call.aRowStride, call.aDepthStride)
  let (b, bStride) = (call.b + column, call.bStride)
  let (c, cStride) = (call.c + column, call.cStride)
  var row = 0
  while row + 4 <= rows {
    var sum0 = P()
    var sum1 = P()
    var sum2 = P()
    var sum3 = P()
    var factors = a + row * aRowStride
    var line = b
    for _ in 0..<depth {
      sum0.add(factors[0], times: line)
      sum1.add(factors[aRowStride], times: line)
      sum2.add(factors[2 * aRowStride], times: line)
      sum3.add(factors[3 * aRowStride], times: line)
      factors += aDepthStride
      line += bStride
    }
    sum0.store(to: c + row * cStride)
    sum1.store(to: c + (row + 1) * cStride)
    sum2.store(to: c + (row + 2) * cStride)
    sum3.store(to: c + (row + 3) * cStride)
    row += 4
  }
  while row < rows {
    var sum = P()
    for d in 0..<depth {
      sum.add(a[row * aRowStride + d * aDepthStride], times: b + d * bStride)
    }
    sum.store(to: c + row * cStride)
    row += 1
  }
}
