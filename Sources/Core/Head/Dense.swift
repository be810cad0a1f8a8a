import Kernels

/// A dense layer (`keras.layers.Dense`) behind another one: y = f(x W + b), with f linear or ReLU.
///
/// x is B×I, W is I×O, b is O, y is B×O.
final class Dense {
  let kernel: Parameter
  let bias: Parameter
  let activation: HeadArchitecture.Activation
  let output: Matrix
  /// Wᵀ, O×I, as it was before this step's update.
  private let transposed: Matrix
  private let kernels: DenseKernels

  init(
    rows: Int, inputs: Int, units: Int, activation: HeadArchitecture.Activation, training: Bool, kernels: DenseKernels
  ) {
    kernel = Parameter(rows: inputs, columns: units, training: training)
    bias = Parameter(rows: 1, columns: units, training: training)
    self.activation = activation
    output = Matrix(rows: rows, columns: units)
    transposed = Matrix(rows: units, columns: inputs)
    self.kernels = kernels
  }

  /// y = f(x W + b).
  func forward(_ input: Matrix, pass: HeadPass, panel: Range<Int>) {
    kernels.product(
      pass.rows, input.columns, panel.count,
      input.floats, input.stride, 1,
      kernel.value.vectors + panel.lowerBound, kernel.value.width,
      output.vectors + panel.lowerBound, output.width)
    activation.forward(output, bias: bias.value, rows: pass.rows, panel: panel)
  }

  /// dz = dy f′(z) (in place), dW = xᵀ dz, db = Σ dz.
  func backward(_ gradient: Matrix, input: Matrix, pass: HeadPass, panel: Range<Int>) {
    activation.backward(gradient, output: output, rows: pass.rows, panel: panel)
    sumRows(of: gradient, rows: pass.rows, into: bias.gradient, panel: panel)
    kernels.product(
      input.columns, pass.rows, panel.count,
      input.floats, 1, input.stride,
      gradient.vectors + panel.lowerBound, gradient.width,
      kernel.gradient.vectors + panel.lowerBound, kernel.gradient.width)
    transposeKernel(panel: panel)
  }

  /// dx = dz Wᵀ, with the weights that the forward pass used.
  func backwardInput(_ gradient: Matrix, into inputGradient: Matrix, pass: HeadPass, panel: Range<Int>) {
    kernels.product(
      pass.rows, output.columns, panel.count,
      gradient.floats, gradient.stride, 1,
      transposed.vectors + panel.lowerBound, transposed.width,
      inputGradient.vectors + panel.lowerBound, inputGradient.width)
  }

  func update(_ adam: AdamStep, panel: Range<Int>) {
    adam.update(kernel, panel: panel)
    adam.update(bias, panel: panel)
  }

  private func transposeKernel(panel: Range<Int>) {
    let value = kernel.value
    for unit in panel.lowerBound * 16..<min(panel.upperBound * 16, output.columns) {
      let row = transposed.floats + unit * transposed.stride
      for input in 0..<value.rows { row[input] = value.floats[input * value.stride + unit] }
    }
  }
}

/// The first dense layer of a head: the same, for sparse features whose gradient nobody needs.
final class SparseDense {
  let kernel: Parameter
  let bias: Parameter
  let activation: HeadArchitecture.Activation
  let output: Matrix
  private let kernels: DenseKernels
  private let blocks: ColumnBlocks
  /// x W over a part of the columns each; their sum is x W.
  private let partialOutputs: [Matrix]
  /// One a worker.
  private let scratch: [TransposedBlock]

  init(
    rows: Int, inputs: Int, units: Int, activation: HeadArchitecture.Activation, training: Bool, workers: Int,
    kernels: DenseKernels
  ) {
    kernel = Parameter(rows: inputs, columns: units, training: training, gradient: false)
    bias = Parameter(rows: 1, columns: units, training: training)
    self.activation = activation
    output = Matrix(rows: rows, columns: units)
    self.kernels = kernels
    blocks = ColumnBlocks(columnCount: inputs)
    partialOutputs = (0..<min(blocks.count, 16)).map { _ in Matrix(rows: rows, columns: units) }
    scratch = (0..<(training ? workers : 0)).map { [blocks] _ in TransposedBlock(blocks: blocks, samples: rows) }
  }

  /// The number of parts that x W is summed in: fixed, so that the sum does not depend on the number of threads.
  var partCount: Int { partialOutputs.count }

  /// x W over one part of the columns, to be summed by ``forward(pass:panel:)``.
  func forward(_ input: SparseBatch, pass: HeadPass, part: Int) {
    let sum = partialOutputs[part]
    sum.vectors.update(repeating: .zero, count: pass.rows * sum.width)
    for block in blocks.count * part / partCount..<blocks.count * (part + 1) / partCount {
      kernels.sparseProduct(
        pass.rows, input.starts.start + block, blocks.count + 1,
        input.columns.start, input.values.start, input.rowCapacity,
        kernel.value.vectors, sum.vectors, sum.width)
    }
  }

  /// y = f(Σ parts + b).
  func forward(pass: HeadPass, panel: Range<Int>) {
    for row in 0..<pass.rows {
      for column in panel {
        let i = row * output.width + column
        output.vectors[i] = partialOutputs.reduce(into: Vector.zero) { $0 += $1.vectors[i] }
      }
    }
    activation.forward(output, bias: bias.value, rows: pass.rows, panel: panel)
  }

  /// dz = dy f′(z) (in place), db = Σ dz.
  func backward(_ gradient: Matrix, pass: HeadPass, panel: Range<Int>) {
    activation.backward(gradient, output: output, rows: pass.rows, panel: panel)
    sumRows(of: gradient, rows: pass.rows, into: bias.gradient, panel: panel)
  }

  func updateBias(_ adam: AdamStep, panel: Range<Int>) {
    adam.update(bias, panel: panel)
  }

  var blockCount: Int { blocks.count }

  /// dW = xᵀ dz and Adam's step, for one block of W's rows.
  func updateKernel(_ gradient: Matrix, input: SparseBatch, pass: HeadPass, adam: AdamStep, block: Int, worker: Int) {
    let transposed = scratch[worker]
    transposed.gather(block: block, of: input, rows: pass.rows)
    let range = blocks.range(block)
    let first = range.lowerBound * kernel.value.width
    kernels.sparseGradientStep(
      range.count, transposed.starts.start, transposed.samples.start, transposed.values.start,
      gradient.vectors, gradient.width,
      kernel.value.vectors + first, kernel.moment1.vectors + first, kernel.moment2.vectors + first,
      adam.rate, adam.decay1, adam.decay2, adam.epsilon)
  }
}

extension HeadArchitecture.Activation {
  /// y = f(z + b) in place, for linear and ReLU. (Softmax comes with the loss.)
  func forward(_ output: Matrix, bias: Matrix, rows: Int, panel: Range<Int>) {
    for row in 0..<rows {
      for column in panel { output.vectors[row * output.width + column] += bias.vectors[column] }
    }
    guard self == .relu else { return }
    for row in 0..<rows {
      let y = output.floats + row * output.stride
      for unit in panel.lowerBound * 16..<panel.upperBound * 16 { y[unit] = y[unit] > 0 ? y[unit] : 0 }
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

/// sums(column) = Σ matrix(row, column).
private func sumRows(of matrix: Matrix, rows: Int, into sums: Matrix, panel: Range<Int>) {
  for column in panel {
    var sum = Vector.zero
    for row in 0..<rows { sum += matrix.vectors[row * matrix.width + column] }
    sums.vectors[column] = sum
  }
}
