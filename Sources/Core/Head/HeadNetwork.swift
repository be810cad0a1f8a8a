import KernelInterface

/// A head's layers in memory, ready to run a batch forward, and backward in training.
///
/// The layers fall into stages: a dense layer, which mixes its input's columns, and the layers behind it, which don't.
/// Inside a stage threads work on a few columns each; between stages they wait for each other.
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

  private let lossFunction: any HeadLoss
  private let inputDropout: Dropout?
  private let first: SparseDense
  private let stages: [Stage]
  /// Random words, for each worker.
  private var draws: [AlignedMemory<UInt32>] = []

  /// A dense layer and what follows it up to the next one.
  private struct Stage {
    /// Nil in the first stage, whose dense layer is the sparse one.
    let dense: Dense?
    var layers: [any HeadLayer]
    /// By what the stage gives out at first, by its dense layer's sum (x W + b) in the end.
    let gradient: Matrix

    var output: Matrix { layers[layers.count - 1].output }

    var panelCount: Int { (output.width + panelWidth - 1) / panelWidth }

    func panel(_ index: Int) -> Range<Int> {
      index * panelWidth..<min((index + 1) * panelWidth, output.width)
    }
  }

  /// - Parameters:
  ///   - batchSize: the most rows of a batch.
  ///   - training: false saves the memory that only training needs.
  init(head: Head, batchSize: Int, training: Bool, pool: WorkerPool, instructionSet: InstructionSet) {
    architecture = head.architecture
    lossFunction = architecture.loss
    self.pool = pool
    input = SparseBatch(columnCount: architecture.pooled.count, capacity: batchSize)
    targets = Matrix(rows: batchSize, columns: architecture.classes)
    probabilities = Matrix(rows: batchSize, columns: architecture.classes)

    let kernels = KernelTable(for: instructionSet)
    var inputDropout: Dropout?
    var first: SparseDense?
    var stages: [Stage] = []
    for (index, layer) in architecture.layers.enumerated() {
      let last = stages.count - 1
      switch layer {
      case .maxPooling, .flatten: break
      case .dropout(let rate):
        let dropout = Dropout(rate: rate, kernels: kernels, layer: index)
        if stages.isEmpty {
          inputDropout = dropout
        } else {
          stages[last].layers.append(DropoutLayer(dropout, input: stages[last].output))
        }
      case .batchNormalization:
        stages[last].layers.append(BatchNormalization(input: stages[last].output, training: training))
      case .dense(let units, let activation):
        let gradient = Matrix(rows: training ? batchSize : 0, columns: units)
        if stages.isEmpty {
          let dense = SparseDense(
            input: input, units: units, activation: activation, training: training, workers: pool.threadCount,
            kernels: kernels)
          first = dense
          stages.append(Stage(dense: nil, layers: [dense], gradient: gradient))
        } else {
          let dense = Dense(
            input: stages[last].output, units: units, activation: activation, training: training, kernels: kernels)
          stages.append(Stage(dense: dense, layers: [dense], gradient: gradient))
        }
      }
    }
    self.inputDropout = inputDropout
    // An architecture that is valid has a dense layer.
    self.first = first!
    self.stages = stages
    setValues(head.values[...])
  }

  /// Sets all variables.
  func setValues(_ values: ArraySlice<[Float]>) {
    for (matrix, values) in zip(variables, values) { matrix.values = values }
  }

  /// In the order of ``HeadArchitecture/variables``.
  private var variables: [Matrix] { stages.flatMap { $0.layers }.flatMap { $0.variables } }

  /// The trainable ones among ``HeadArchitecture/variables``, in their order.
  var parameters: [Parameter] { stages.flatMap { $0.layers }.flatMap { $0.parameters } }

  /// The values of the variables as they are now.
  var head: Head {
    // The shapes are the architecture's, so this can't throw.
    try! Head(architecture: architecture, values: variables.map { $0.values })
  }

  // MARK: - Input

  /// Makes room for batches of these features.
  func reserve(for features: FeatureMatrix) {
    precondition(features.columnCount == architecture.pooled.count, "features of another shape than the head's")
    reserve(entriesPerRow: features.rows.reduce(0) { max($0, $1.columns.count) })
  }

  private func reserve(entriesPerRow entries: Int) {
    guard entries > input.rowCapacity || draws.isEmpty else { return }
    input.reserve(entriesPerRow: entries)
    draws = (0..<pool.threadCount).map { _ in AlignedMemory(count: (entries + 31) / 32 * 32) }
  }

  /// Sets the batch: `pass.rows` of the features' rows, through the first dropout when training.
  func load(_ features: FeatureMatrix, rows: ArraySlice<Int>, pass: HeadPass) {
    pool.forEach(rows.count) { index, worker in
      input.set(
        index, to: SparseRow(features.rows[rows[rows.startIndex + index]]), dropout: inputDropout, pass: pass,
        scratch: draws[worker])
    }
  }

  /// Sets the batch to `pass.rows` rows of features, one after the other, through the first dropout when training.
  func load(_ features: UnsafePointer<Float>, pass: HeadPass) {
    let count = architecture.pooled.count
    reserve(entriesPerRow: count)
    nonisolated(unsafe) let features = features
    pool.forEach(pass.rows) { index, worker in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { columns in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { values in
          let row = SparseRow(
            dense: features + index * count, count: count, columns: columns.baseAddress!, values: values.baseAddress!)
          input.set(index, to: row, dropout: inputDropout, pass: pass, scratch: draws[worker])
        }
      }
    }
  }

  /// Sets the batch's targets.
  func set(_ targets: HeadTargets, rows: ArraySlice<Int>) {
    let batch = self.targets
    for (index, row) in rows.enumerated() {
      for k in 0..<targets.classes {
        batch.floats[index * batch.stride + k] = targets.values[row * targets.classes + k]
      }
    }
  }

  // MARK: - Forward

  /// Runs the batch and fills ``probabilities``.
  func forward(pass: HeadPass) {
    pool.forEach(first.partCount) { part, _ in first.forward(pass: pass, part: part) }
    for stage in stages {
      pool.forEach(stage.panelCount) { panel, _ in
        for layer in stage.layers { layer.forward(pass: pass, panel: stage.panel(panel)) }
      }
    }
    lossFunction.probabilities(logits, rows: pass.rows, into: probabilities)
  }

  private var logits: Matrix { stages[stages.count - 1].output }

  /// The sum of the losses of the batch's rows.
  func loss(rows: Int) -> Double {
    lossFunction.loss(logits, targets: targets, rows: rows)
  }

  /// How many answers are right, of how many.
  func correct(rows: Int) -> (right: Int, all: Int) {
    lossFunction.correct(probabilities, targets: targets, rows: rows)
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
  ///
  /// - Parameter featureGradient: where the gradient by the batch's features goes, if anywhere: a row of
  ///   ``HeadArchitecture/pooled`` for each of the batch. It is left as it is where a feature is zero or was dropped.
  func backward(pass: HeadPass, adam: AdamStep, featureGradient: UnsafeMutablePointer<Float>? = nil) {
    let last = stages.count - 1
    lossFunction.backward(probabilities, targets: targets, rows: pass.rows, into: stages[last].gradient)
    for index in stride(from: last, through: 0, by: -1) {
      let stage = stages[index]
      pool.forEach(stage.panelCount) { panel, _ in
        let panel = stage.panel(panel)
        if index < last {
          let next = stages[index + 1]
          next.dense?.backwardInput(next.gradient, into: stage.gradient, pass: pass, panel: panel)
        }
        for layer in stage.layers.reversed() {
          layer.backward(stage.gradient, pass: pass, panel: panel)
          layer.update(adam, panel: panel)
        }
      }
    }
    let inputGradient = featureGradient.map {
      SparseGradientStepCall.InputGradient(
        start: $0, stride: architecture.pooled.count, scale: inputDropout?.scale ?? 1)
    }
    pool.forEach(first.blockCount) { block, worker in
      first.updateKernel(
        stages[0].gradient, pass: pass, adam: adam, block: block, worker: worker, inputGradient: inputGradient)
    }
  }
}
