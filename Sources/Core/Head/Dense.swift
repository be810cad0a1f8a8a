import KernelInterface

/// A dense layer (`keras.layers.Dense`) behind another one: y = f(x W + b), with f linear or ReLU.
///
/// x is B×I, W is I×O, b is O, y is B×O.
final class Dense: HeadLayer {
  let kernel: Parameter
  let bias: Parameter
  let activation: HeadArchitecture.Activation
  let output: Matrix
  private let input: Matrix
  /// Wᵀ, O×I, as it was before this step's update.
  private let transposed: Matrix
  private let kernels: KernelTable

  init(input: Matrix, units: Int, activation: HeadArchitecture.Activation, training: Bool, kernels: KernelTable) {
    self.input = input
    kernel = Parameter(rows: input.columns, columns: units, training: training, isKernel: true)
    bias = Parameter(rows: 1, columns: units, training: training)
    self.activation = activation
    output = Matrix(rows: input.rows, columns: units)
    transposed = Matrix(rows: training ? units : 0, columns: input.columns)
    self.kernels = kernels
  }

  var parameters: [Parameter] { [kernel, bias] }

  /// y = f(x W + b).
  func forward(pass: HeadPass, panel: Range<Int>) {
    kernels.denseProduct(
      DenseProductCall(
        rows: pass.rows, depth: input.columns, width: panel.count,
        a: input.floats, aRowStride: input.stride, aDepthStride: 1,
        b: kernel.value.vectors + panel.lowerBound, bStride: kernel.value.width,
        c: output.vectors + panel.lowerBound, cStride: output.width))
    activation.forward(output, bias: bias.value, rows: pass.rows, panel: panel)
  }

  /// dz = dy f′(z) (in place), dW = xᵀ dz, db = Σ dz.
  func backward(_ gradient: Matrix, pass: HeadPass, panel: Range<Int>) {
    activation.backward(gradient, output: output, rows: pass.rows, panel: panel)
    gradient.sumRows(pass.rows, into: bias.gradient, panel: panel)
    kernels.denseProduct(
      DenseProductCall(
        rows: input.columns, depth: pass.rows, width: panel.count,
        a: input.floats, aRowStride: 1, aDepthStride: input.stride,
        b: gradient.vectors + panel.lowerBound, bStride: gradient.width,
        c: kernel.gradient.vectors + panel.lowerBound, cStride: kernel.gradient.width))
    transposeKernel(panel: panel)
  }

  /// dx = dz Wᵀ, with the weights that the forward pass used.
  func backwardInput(_ gradient: Matrix, into inputGradient: Matrix, pass: HeadPass, panel: Range<Int>) {
    kernels.denseProduct(
      DenseProductCall(
        rows: pass.rows, depth: output.columns, width: panel.count,
        a: gradient.floats, aRowStride: gradient.stride, aDepthStride: 1,
        b: transposed.vectors + panel.lowerBound, bStride: transposed.width,
        c: inputGradient.vectors + panel.lowerBound, cStride: inputGradient.width))
  }

  private func transposeKernel(panel: Range<Int>) {
    let value = kernel.value
    for unit in panel.lowerBound * 16..<min(panel.upperBound * 16, output.columns) {
      let row = transposed.floats + unit * transposed.stride
      for input in 0..<value.rows { row[input] = value.floats[input * value.stride + unit] }
    }
  }
}
