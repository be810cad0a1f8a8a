import Console
import Core
import FeatureStore
import Foundation
import Storage
import Support

/// Trains a head and the convolutions before it, from where both are, an epoch after the other. After each epoch it writes a
/// checkpoint, from which a run that was stopped goes on to the same bytes.
struct FineTuningRun {
  /// The head as it was trained on what the frozen convolutions put out.
  let frozen: TrainedHead
  /// Of what comes out.
  let spec: TrainedHeadSpec
  let fineTuning: FineTuning
  let tuned: TunedData
  /// Of the cut, flattened; those at the end are mixed in.
  let features: FeatureMatrix
  let targets: HeadTargets
  let validTargets: HeadTargets
  let mixedRows: Int
  let mixedShare: Double
  let patience: Int?
  /// Whether the last epoch is kept, whatever the validation loss: where that is of what a fold holds out.
  let keepsLast: Bool
  let l2: Double
  let pool: WorkerPool
  /// The checkpoint's path.
  let checkpoint: String
  /// Where the head alone lies.
  let retained: String
  let terminal: Terminal

  /// What changes from epoch to epoch: what a checkpoint holds, apart from the trainer's state.
  struct Course: Equatable {
    /// Those of the head alone come first.
    var epochs: [TrainingHistory.Epoch]
    /// From 1.
    var bestEpoch: Int
    /// Convolutions and head, as in `FineTuner.State`, of the best epoch; nil where that trained the head alone.
    var best: [[Float]]?
  }

  /// - Throws: `PipelineError` where training diverges; `MemoryError` where there is too little memory.
  mutating func run(_ predictions: (_ probabilities: [Float]) -> Predictions) throws -> TrainedHead {
    try checkMemory()
    let tuner = try makeTuner()
    var course = Course(epochs: frozen.epochs, bestEpoch: frozen.bestEpoch, best: nil)
    if let there = FineTuningCheckpoint.read(checkpoint, key: spec.key, behind: course, terminal: terminal) {
      try tuner.restore(there.state)
      course = there.course
    }
    try train(tuner, &course)
    return try trained(course, predictions)
  }

  func removeCheckpoint() { try? FileManager.default.removeItem(atPath: checkpoint) }

  private func makeTuner() throws -> FineTuner {
    var adam = Adam()
    adam.l2 = l2
    return try FineTuner(
      weights: tuned.weights, cut: tuned.cut, features: tuned.shape, head: frozen.head,
      batchSize: fineTuning.batchSize, seed: spec.training.seed, adam: adam, pool: pool)
  }

  private func checkMemory() throws {
    let tuner = FineTuner.memory(
      cut: tuned.cut, features: tuned.shape, head: frozen.head.architecture, batchSize: fineTuning.batchSize,
      threads: pool.threadCount)
    try AvailableMemory.check(
      tuner, for: "fine-tuning the convolutions behind \(tuned.cut)",
      remedy: "cut later (--layer \(FineTuning.usualCut)), or use smaller images (--size)")
  }

  // MARK: - Epochs

  private func train(_ tuner: FineTuner, _ course: inout Course) throws {
    let rates = fineTuning.schedule.rates
    let before = frozen.epochs.count
    let done = course.epochs.count - before
    let labelled = targets.count - mixedRows
    let perEpoch = features.rows.count + validTargets.count
    if done > 0 {
      terminal.note("fine-tuning goes on behind epoch \(done) of \(rates.count), from its checkpoint")
    } else {
      terminal.note(
        "fine-tuning \(tuned.frozen.rows.map(\.name).joined(separator: ", ")) and the head: \(fineTuning), "
          + "\(count(labelled, "image")) an epoch")
    }
    Interruption.shared.report("the epochs that were finished are kept")
    let progress = ProgressBar(
      "fine-tuning", total: (rates.count - done) * perEpoch, unit: "images", quiet: terminal.quiet)
    defer { progress.finish() }
    for epoch in done..<max(rates.count, done)
    where course.epochs.count - max(course.bestEpoch, before) < patience ?? .max {
      try train(epoch, rate: rates[epoch], tuner, &course, progress: progress)
    }
  }

  private func train(
    _ epoch: Int, rate: Double, _ tuner: FineTuner, _ course: inout Course, progress: ProgressBar
  ) throws {
    let (training, validation): (HeadMetrics, HeadMetrics)
    do {
      training = try tuner.trainEpoch(
        features, targets: targets, epoch: UInt64(epoch), mixedRows: mixedRows, mixedShare: mixedShare,
        learningRate: rate, progress: progress.advance)
      validation = try tuner.evaluate(tuned.valid, targets: validTargets)
      progress.advance(by: validTargets.count)
    } catch let error as HeadError {
      throw PipelineError(
        "fine-tuning diverged in epoch \(epoch + 1) (\(error)): give a lower rate than \(rate) in --fine-tune; "
          + "the head alone is in \(retained)")
    }
    course.epochs.append(
      TrainingHistory.Epoch(
        number: course.epochs.count + 1, learningRate: rate, training: training, validation: validation))
    let isBest = keepsLast || validation.loss < course.epochs[course.bestEpoch - 1].validation.loss
    let state = tuner.state
    if isBest { (course.bestEpoch, course.best) = (course.epochs.count, state.values) }
    try FineTuningCheckpoint(key: spec.key, state: state, course: course).write(checkpoint)
    progress.tell(line(epoch + 1, course.epochs.last!, isBest: isBest && !keepsLast), terminal)
  }

  private func line(_ number: Int, _ epoch: TrainingHistory.Epoch, isBest: Bool) -> String {
    let accuracy = frozen.head.architecture.isMultiLabel ? "binary accuracy" : "accuracy"
    return
      "fine-tuning epoch \(number)  rate \(fixed(epoch.learningRate * 1e4, 3))e-4  train loss \(fixed(epoch.training.loss, 4)) "
      + "\(accuracy) \(percent(epoch.training.accuracy))  valid loss \(fixed(epoch.validation.loss, 4)) "
      + "\(accuracy) \(percent(epoch.validation.accuracy))" + (isBest ? "  best" : "")
  }

  // MARK: - What comes out

  private func trained(
    _ course: Course, _ predictions: (_ probabilities: [Float]) -> Predictions
  ) throws -> TrainedHead {
    let (tail, head) = try network(course.best)
    let matrix = try tuned.headFeatures(
      of: tuned.valid, through: tail, head.architecture, pool: pool, terminal: terminal)
    return TrainedHead(
      recipe: frozen.recipe, spec: spec, head: head, tail: tail, epochs: course.epochs, bestEpoch: course.bestEpoch,
      validation: predictions(head.probabilities(of: matrix, on: pool)), frozenEpochs: frozen.epochs.count)
  }

  private func network(_ values: [[Float]]?) throws -> (BackboneTail, Head) {
    guard let values else { return (tuned.frozen, frozen.head) }
    let count = tuned.frozen.convolutions.count
    let convolutions = (0..<count).map {
      BackboneWeights.Convolution(kernel: values[2 * $0], bias: values[2 * $0 + 1])
    }
    return (
      BackboneTail(cut: tuned.cut, convolutions: convolutions),
      try Head(architecture: frozen.head.architecture, values: Array(values[(2 * count)...]))
    )
  }
}
