/// What the layers need to know about a pass over a batch.
struct HeadPass: Sendable {
  /// The rows of the batch.
  let rows: Int
  /// The number of this training step, from 1; 0 for inference.
  let step: UInt64
  let seed: UInt64

  var isTraining: Bool { step > 0 }
}

/// A layer that keeps its columns apart, so that threads can share it by columns without waiting for each other.
protocol ColumnLayer: AnyObject {
  var output: Matrix { get }
  /// Fills the panel's columns (in vectors) of ``output``.
  func forward(_ input: Matrix, pass: HeadPass, panel: Range<Int>)
  /// Turns the gradient by the output into that by the input, and keeps that by the parameters.
  func backward(_ gradient: Matrix, pass: HeadPass, panel: Range<Int>)
  func update(_ adam: AdamStep, panel: Range<Int>)
}

/// A head's layers in memory, ready to run a batch forward, and backward in training.
///
/// The layers fall into stages: a dense layer, which mixes its input's columns, and the layers behind it, which don't. Inside
/// a stage threads work on a few columns each; between stages they wait for each other.
final class HeadNetwork {
  /// The columns of a task, in vectors. Dropout relies on it to be 32 columns.
  static let panelWidth = 2

  let architecture: HeadArchitecture
  let pool: WorkerPool
  let input: SparseBatch
  /// One-hot or soft labels of the batch, B×K.
  let targets: Matrix
  /// Of the last batch that ran forward, B×K.
  let probabilities: Matrix

  private let kernels: DenseKernels
  private let inputDropout: Dropout?
  private let first: SparseDense
  private let stages: [Stage]
  private var draws: [Buffer<UInt32>] = []

  /// A dense layer and what follows it up to the next one.
  private struct Stage {
    /// Nil in the first stage, which starts with the network's sparse layer.
    let dense: Dense?
    var followers: [any ColumnLayer] = []
    let denseOutput: Matrix
    /// By what the stage's last layer gives out at first, by the dense layer's sum (x W + b) in the end.
    let gradient: Matrix

    var output: Matrix { followers.last?.output ?? denseOutput }

    var normalizations: [BatchNormalization] { followers.compactMap { $0 as? BatchNormalization } }

    var panels: Int { (denseOutput.width + panelWidth - 1) / panelWidth }

    func panel(_ index: Int) -> Range<Int> {
      index * panelWidth..<min((index + 1) * panelWidth, denseOutput.width)
    }
  }

  init(head: Head, batchSize: Int, training: Bool, pool: WorkerPool, instructionSet: InstructionSet) {
    architecture = head.architecture
    self.pool = pool
    let kernels = DenseKernels.build(for: instructionSet)
    self.kernels = kernels
    input = SparseBatch(columnCount: architecture.pooled.count, capacity: batchSize)
    targets = Matrix(rows: batchSize, columns: architecture.classes)
    probabilities = Matrix(rows: batchSize, columns: architecture.classes)

    var inputDropout: Dropout?
    var first: SparseDense?
    var stages: [Stage] = []
    for (index, layer) in architecture.layers.enumerated() {
      switch layer {
      case .maxPooling, .flatten: break
      case .dropout(let rate):
        let dropout = Dropout(rate: rate, kernels: kernels, layer: index)
        if stages.isEmpty {
          inputDropout = dropout
        } else {
          let layer = DropoutLayer(dropout, rows: batchSize, columns: stages.last!.denseOutput.columns)
          stages[stages.count - 1].followers.append(layer)
        }
      case .batchNormalization:
        let columns = stages.last!.denseOutput.columns
        let layer = BatchNormalization(rows: batchSize, columns: columns, training: training)
        stages[stages.count - 1].followers.append(layer)
      case .dense(let units, let activation):
        let gradient = Matrix(rows: training ? batchSize : 0, columns: units)
        if let last = stages.last {
          let dense = Dense(
            rows: batchSize, inputs: last.denseOutput.columns, units: units, activation: activation, training: training,
            kernels: kernels)
          stages.append(Stage(dense: dense, denseOutput: dense.output, gradient: gradient))
        } else {
          let dense = SparseDense(
            rows: batchSize, inputs: architecture.pooled.count, units: units, activation: activation,
            training: training,
            workers: pool.threadCount, kernels: kernels)
          first = dense
          stages.append(Stage(dense: nil, denseOutput: dense.output, gradient: gradient))
        }
      }
    }
    self.inputDropout = inputDropout
    self.first = first!
    self.stages = stages
    for (matrix, values) in zip(variables, head.values) { matrix.values = values }
  }

  /// In the order of ``HeadArchitecture/variables``.
  private var variables: [Matrix] {
    stages.flatMap { stage in
      denseParameters(of: stage).map(\.value)
        + stage.normalizations.flatMap { [$0.gamma.value, $0.beta.value, $0.movingMean, $0.movingVariance] }
    }
  }

  /// The trainable ones among ``HeadArchitecture/variables``, in their order.
  var parameters: [Parameter] {
    stages.flatMap { stage in denseParameters(of: stage) + stage.normalizations.flatMap { [$0.gamma, $0.beta] } }
  }

  private func denseParameters(of stage: Stage) -> [Parameter] {
    stage.dense.map { [$0.kernel, $0.bias] } ?? [first.kernel, first.bias]
  }

  /// The values of the variables as they are now.
  var head: Head {
    // The shapes are the architecture's, so this can't throw.
    try! Head(architecture: architecture, values: variables.map(\.values))
  }

  // MARK: - Input

  /// Makes room for batches of these features.
  func reserve(for features: FeatureMatrix) {
    precondition(features.columnCount == architecture.pooled.count, "features of another shape than the head's")
    let entries = features.rows.reduce(0) { max($0, $1.columns.count) }
    guard entries > input.rowCapacity || draws.isEmpty else { return }
    input.reserve(entriesPerRow: entries)
    draws = (0..<pool.threadCount).map { _ in Buffer(count: (entries + 31) / 32 * 32) }
  }

  /// Sets the batch: `pass.rows` of the features' rows, through the first dropout when training.
  func load(_ features: FeatureMatrix, rows: ArraySlice<Int>, pass: HeadPass) {
    pool.forEach(rows.count) { index, worker in
      input.set(
        index, to: features.rows[rows[rows.startIndex + index]], dropout: inputDropout, pass: pass,
        scratch: draws[worker])
    }
  }

  // MARK: - Forward

  /// Runs the batch and fills ``probabilities``.
  func forward(pass: HeadPass) {
    pool.forEach(first.partCount) { part, _ in first.forward(input, pass: pass, part: part) }
    for (index, stage) in stages.enumerated() {
      pool.forEach(stage.panels) { panel, _ in
        let panel = stage.panel(panel)
        if let dense = stage.dense {
          dense.forward(stages[index - 1].output, pass: pass, panel: panel)
        } else {
          first.forward(pass: pass, panel: panel)
        }
        var output = stage.denseOutput
        for layer in stage.followers {
          layer.forward(output, pass: pass, panel: panel)
          output = layer.output
        }
      }
    }
    SoftmaxCrossEntropy.probabilities(logits, rows: pass.rows, into: probabilities)
  }

  private var logits: Matrix { stages[stages.count - 1].denseOutput }

  /// The sum of the losses of the batch's rows.
  func loss(rows: Int) -> Double {
    SoftmaxCrossEntropy.loss(logits, targets: targets, rows: rows)
  }

  /// How many of the batch's rows are classified rightly.
  func correct(rows: Int) -> Int {
    SoftmaxCrossEntropy.correct(probabilities, targets: targets, rows: rows)
  }

  /// N×K, batch by batch.
  func probabilities(of features: FeatureMatrix) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(features.rows.count * architecture.classes)
    forEachBatch(of: features) { rows in
      result += probabilities.values[..<(rows.count * architecture.classes)]
    }
    return result
  }

  /// Runs all rows in order, forward only, and calls `body` with each batch's rows once it is through.
  func forEachBatch(of features: FeatureMatrix, _ body: (Range<Int>) -> Void) {
    reserve(for: features)
    let all = Array(features.rows.indices)
    for start in stride(from: 0, to: all.count, by: input.capacity) {
      let rows = start..<min(start + input.capacity, all.count)
      let pass = HeadPass(rows: rows.count, step: 0, seed: 0)
      load(features, rows: all[rows], pass: pass)
      forward(pass: pass)
      body(rows)
    }
  }

  // MARK: - Backward

  /// Goes back from the batch's loss to every parameter and updates it.
  func backward(pass: HeadPass, adam: AdamStep) {
    let last = stages.count - 1
    SoftmaxCrossEntropy.backward(probabilities, targets: targets, rows: pass.rows, into: stages[last].gradient)
    for index in stride(from: last, through: 0, by: -1) {
      let stage = stages[index]
      pool.forEach(stage.panels) { panel, _ in
        let panel = stage.panel(panel)
        if index < last {
          let next = stages[index + 1]
          next.dense!.backwardInput(next.gradient, into: stage.gradient, pass: pass, panel: panel)
        }
        for layer in stage.followers.reversed() {
          layer.backward(stage.gradient, pass: pass, panel: panel)
          layer.update(adam, panel: panel)
        }
        if let dense = stage.dense {
          dense.backward(stage.gradient, input: stages[index - 1].output, pass: pass, panel: panel)
          dense.update(adam, panel: panel)
        } else {
          first.backward(stage.gradient, pass: pass, panel: panel)
          first.updateBias(adam, panel: panel)
        }
      }
    }
    pool.forEach(first.blockCount) { block, worker in
      first.updateKernel(stages[0].gradient, input: input, pass: pass, adam: adam, block: block, worker: worker)
    }
  }
}
