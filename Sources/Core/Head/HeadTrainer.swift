import KernelInterface

/// How well a head does on some rows.
public struct HeadMetrics: Sendable, Equatable {
  /// The mean categorical cross-entropy, in nats; binary cross-entropy where a row has any number of classes.
  public let loss: Double
  /// The part of the rows whose most probable class is the right one; where a row has any number of classes, the part of
  /// all probabilities that are above a half where the class is there, and not where it is not.
  public let accuracy: Double

  public init(loss: Double, accuracy: Double) {
    self.loss = loss
    self.accuracy = accuracy
  }
}

/// Trains a head on cached features by Adam, as `keras.Model.fit` does.
///
/// ```swift
/// let trainer = try HeadTrainer(head: Head(architecture: architecture, seed: 1), pool: WorkerPool(threads: 2))
/// for rate in schedule.rates {
///   let training = try trainer.trainEpoch(features, targets: targets, learningRate: rate)
///   let validation = try trainer.evaluate(validFeatures, targets: validTargets)
/// }
/// let trained = trainer.head
/// ```
///
/// The seed decides the result to the last bit, on any number of threads.
public final class HeadTrainer {
  public let batchSize: Int
  public let seed: UInt64
  public let adam: Adam
  /// Training steps done, over all epochs.
  public private(set) var step: UInt64 = 0
  public private(set) var epoch: UInt64 = 0

  private let network: HeadNetwork
  private let kernels: KernelTable

  /// - Parameters:
  ///   - head: where training starts.
  ///   - batchSize: the last batch of an epoch may be smaller.
  ///   - seed: of the shuffling and of dropout.
  ///   - adam: the optimizer's constants.
  ///   - pool: the threads to train on; no influence on the result.
  ///   - instructionSet: the build of the kernels to use.
  /// - Throws: ``HeadError`` where the batch size is not 1 to 65536.
  public init(
    head: Head, batchSize: Int = 64, seed: UInt64 = 1, adam: Adam = Adam(), pool: WorkerPool,
    instructionSet: InstructionSet = .current
  ) throws(HeadError) {
    guard (1...65_536).contains(batchSize) else { throw HeadError.batchSize(batchSize) }
    self.batchSize = batchSize
    self.seed = seed
    self.adam = adam
    kernels = KernelTable(for: instructionSet)
    network = HeadNetwork(head: head, batchSize: batchSize, training: true, pool: pool, instructionSet: instructionSet)
  }

  /// The head as it is now.
  public var head: Head { network.head }

  /// Adam's first moment of every trainable variable: after one step, the gradient times 1 - β1.
  package var firstMoments: [[Float]] { network.parameters.map { $0.moment1.values } }

  /// Goes over all rows once, in an order of its own for each epoch.
  ///
  /// - Parameters:
  ///   - features: N×D.
  ///   - targets: of each row; ``HeadTargets``.
  ///   - mixedRows: so many rows at the end are not gone over, but mixed into the batches: ``EpochBatches``.
  ///   - mixedShare: the part of a batch that they make up.
  ///   - learningRate: Adam's, for the whole epoch.
  /// - Returns: loss and accuracy over the epoch, each row's as it was when its turn came, dropout included (as Keras
  ///   shows them).
  /// - Throws: ``HeadError`` where targets and features don't fit the head or each other, and where the loss stops
  ///   being a number.
  public func trainEpoch(
    _ features: FeatureMatrix, targets: HeadTargets, mixedRows: Int = 0, mixedShare: Double = 0, learningRate: Double
  ) throws(HeadError) -> HeadMetrics {
    try check(features, targets: targets)
    network.reserve(for: features)
    let batches = EpochBatches(
      rows: targets.count - mixedRows, mixedRows: mixedRows, mixedShare: mixedShare, batchSize: batchSize)
    var total = BatchTotal()
    for rows in batches.batches(epoch: epoch, seed: seed) {
      total += try trainStep(features, targets: targets, rows: rows[...], learningRate: learningRate)
    }
    epoch += 1
    return total.metrics
  }

  /// One step on the given rows, in the order given.
  ///
  /// - Throws: as ``trainEpoch(_:targets:mixedRows:mixedShare:learningRate:)``.
  public func trainStep(
    _ features: FeatureMatrix, targets: HeadTargets, rows: [Int], learningRate: Double
  ) throws(HeadError) -> HeadMetrics {
    try check(features, targets: targets)
    guard rows.count >= 1 && rows.count <= batchSize && rows.allSatisfy((0..<targets.count).contains) else {
      throw HeadError.stepRows(rows.count, batchSize: batchSize, rows: targets.count)
    }
    network.reserve(for: features)
    return try trainStep(features, targets: targets, rows: rows[...], learningRate: learningRate).metrics
  }

  private func trainStep(
    _ features: FeatureMatrix, targets: HeadTargets, rows: ArraySlice<Int>, learningRate: Double
  ) throws(HeadError) -> BatchTotal {
    step += 1
    let pass = HeadPass(rows: rows.count, step: step, seed: seed)
    network.load(features, rows: rows, pass: pass)
    network.set(targets, rows: rows)
    network.forward(pass: pass)
    let total = BatchTotal(of: network, rows: rows.count)
    guard total.loss.isFinite else { throw HeadError.lossIsNoNumber(step: step) }
    network.backward(pass: pass, adam: adam.step(step, learningRate: learningRate, kernels: kernels))
    return total
  }

  /// Loss and accuracy without dropout, with the moving statistics.
  ///
  /// - Throws: ``HeadError`` where targets and features don't fit the head or each other, and where the loss is not a
  ///   number: training has left nothing that is worth keeping.
  public func evaluate(_ features: FeatureMatrix, targets: HeadTargets) throws(HeadError) -> HeadMetrics {
    try check(features, targets: targets)
    var total = BatchTotal()
    network.forEachBatch(of: features) { rows in
      network.set(targets, rows: Array(rows)[...])
      total += BatchTotal(of: network, rows: rows.count)
    }
    guard total.loss.isFinite else { throw HeadError.evaluatedLossIsNoNumber(step: step) }
    return total.metrics
  }

  private func check(_ features: FeatureMatrix, targets: HeadTargets) throws(HeadError) {
    let architecture = network.architecture
    guard features.columnCount == architecture.pooled.count else {
      throw HeadError.columnCount(features.columnCount, pooled: architecture.pooled)
    }
    guard targets.classes == architecture.classes else {
      throw HeadError.targetClasses(targets.classes, head: architecture.classes)
    }
    guard targets.count > 0 && targets.count == features.rows.count else {
      throw HeadError.targetCount(targets.count, rows: features.rows.count)
    }
  }
}

/// Losses and right answers, summed over rows.
struct BatchTotal {
  var loss = 0.0
  var correct = (right: 0, all: 0)
  var rows = 0

  init() {}

  init(of network: HeadNetwork, rows: Int) {
    loss = network.loss(rows: rows)
    correct = network.correct(rows: rows)
    self.rows = rows
  }

  var metrics: HeadMetrics {
    HeadMetrics(loss: loss / Double(rows), accuracy: Double(correct.right) / Double(correct.all))
  }

  static func += (total: inout BatchTotal, batch: BatchTotal) {
    total.loss += batch.loss
    total.correct.right += batch.correct.right
    total.correct.all += batch.correct.all
    total.rows += batch.rows
  }
}
