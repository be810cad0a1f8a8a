import KernelInterface

/// The first dense layer of a head: like ``Dense``, but its input is sparse, and so is its input's gradient.
///
/// x W is summed part by part, over blocks of x's columns; W's gradient is used up by Adam row by row and never stored.
final class SparseDense: HeadLayer {
  let kernel: Parameter
  let bias: Parameter
  let activation: HeadArchitecture.Activation
  let output: Matrix
  private let input: SparseBatch
  private let kernels: KernelTable
  /// x W over a part of the columns each; their sum is x W.
  private let partialOutputs: [Matrix]
  /// One a worker.
  private let scratch: [TransposedBlock]

  init(
    input: SparseBatch, units: Int, activation: HeadArchitecture.Activation, training: Bool, workers: Int,
    kernels: KernelTable
  ) {
    self.input = input
    let rows = input.capacity
    kernel = Parameter(
      rows: input.blocks.columnCount, columns: units, training: training, gradient: false, isKernel: true)
    bias = Parameter(rows: 1, columns: units, training: training)
    self.activation = activation
    output = Matrix(rows: rows, columns: units)
    self.kernels = kernels
    partialOutputs = (0..<min(input.blocks.count, 16)).map { _ in Matrix(rows: rows, columns: units) }
    scratch = (0..<(training ? workers : 0)).map { _ in TransposedBlock(blocks: input.blocks, samples: rows) }
  }

  var parameters: [Parameter] { [kernel, bias] }

  /// The number of parts that x W is summed in: fixed, so that the sum does not depend on the number of threads.
  var partCount: Int { partialOutputs.count }

  /// x W over one part of the columns, to be summed by ``forward(pass:panel:)``.
  func forward(pass: HeadPass, part: Int) {
    let blocks = input.blocks
    let sum = partialOutputs[part]
    sum.vectors.update(repeating: .zero, count: pass.rows * sum.width)
    for block in blocks.count * part / partCount..<blocks.count * (part + 1) / partCount {
      kernels.sparseProduct(
        SparseProductCall(
          samples: pass.rows, starts: input.starts.start + block, startsStride: blocks.count + 1,
          columns: input.columns.start, values: input.values.start, capacity: input.rowCapacity,
          kernel: kernel.value.vectors, outputs: sum.vectors, width: sum.width))
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
    gradient.sumRows(pass.rows, into: bias.gradient, panel: panel)
  }

  /// Updates the bias only: see ``updateKernel(_:pass:adam:block:worker:)``.
  func update(_ adam: AdamStep, panel: Range<Int>) {
    adam.update(bias, panel: panel)
  }

  /// The number of blocks of W's rows.
  var blockCount: Int { input.blocks.count }

  /// dW = xᵀ dz and Adam's step, for one block of W's rows; where asked for, dx = dz Wᵀ before it.
  ///
  /// - Parameter inputGradient: where dx goes, at the columns where x is not zero.
  func updateKernel(
    _ gradient: Matrix, pass: HeadPass, adam: AdamStep, block: Int, worker: Int,
    inputGradient: SparseGradientStepCall.InputGradient?
  ) {
    let transposed = scratch[worker]
    transposed.gather(block: block, of: input, rows: pass.rows)
    let range = input.blocks.range(block)
    let first = range.lowerBound * kernel.value.width
    kernels.sparseGradientStep(
      SparseGradientStepCall(
        rows: range.count, starts: transposed.starts.start, samples: transposed.samples.start,
        values: transposed.values.start, outputGradient: gradient.vectors, width: gradient.width,
        kernel: kernel.value.vectors + first, moment1: kernel.moment1.vectors + first,
        moment2: kernel.moment2.vectors + first, constants: adam.constants,
        inputGradient: inputGradient.map {
          .init(start: $0.start + range.lowerBound, stride: $0.stride, scale: $0.scale)
        }))
  }
}
