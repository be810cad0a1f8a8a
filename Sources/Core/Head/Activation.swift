import KernelInterface

extension HeadArchitecture.Activation {
  /// y = f(z + b) in place, for linear and ReLU. (Softmax and sigmoid come with the loss.) What is not a number stays what
  /// it is, so that training notices.
  func forward(_ output: Matrix, bias: Matrix, rows: Int, panel: Range<Int>) {
    for row in 0..<rows {
      for column in panel { output.vectors[row * output.width + column] += bias.vectors[column] }
    }
    guard self == .relu else { return }
    for row in 0..<rows {
      let y = output.floats + row * output.stride
      for unit in panel.lowerBound * 16..<panel.upperBound * 16 { y[unit] = y[unit] < 0 ? 0 : y[unit] }
    }
  }

  /// dz = dy f′(z) in place, from y: ReLU's derivative is 1 where y > 0 and 0 elsewhere.
  func backward(_ gradient: Matrix, output: Matrix, rows: Int, panel: Range<Int>) {
    guard self == .relu else { return }
    for row in 0..<rows {
      let y = output.floats + row * output.stride
      let dy = gradient.floats + row * gradient.stride
      for unit in panel.lowerBound * 16..<panel.upperBound * 16 { dy[unit] = y[unit] > 0 ? dy[unit] : 0 }
    }
  }
}
