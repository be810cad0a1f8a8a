import Core
import Foundation

/// The second stage: trains a head on the cached features of the train split, and keeps the epoch with the lowest loss on
/// the validation split.
public struct HeadFitting {
  /// The stage's options.
  public struct Settings: Sendable {
    public var cache = CacheFolder("cache")
    public var head = HeadArchitecture.Preset.fastai
    /// p of the last dropout layer; the head sets the others by it.
    public var dropout: Float = 0.8
    public var schedule = HeadFitting.defaultSchedule
    public var batchSize = 64
    /// Of the initial weights, the shuffling and the dropout.
    public var seed: UInt64 = 2
    public var threads = ProcessInfo.processInfo.activeProcessorCount

    /// MiB of features in memory; the others are read from a scratch file. Has no influence on the result.
    public var memory = FeatureMemory.defaultLimit

    public init() {}
  }

  /// The best of those tried on ten splits of the sample's digits, by the mean of their validation losses.
  public static let defaultSchedule = LearningRateSchedule(phases: [.init(epochs: 55, rate: 3e-3, shape: .cosine)])

  private let settings: Settings
  private let terminal: Terminal
  private let pool: WorkerPool

  public init(_ settings: Settings, terminal: Terminal) {
    self.settings = settings
    self.terminal = terminal
    pool = WorkerPool(threads: settings.threads)
  }

  /// Writes the head file, unless the one that is there was made in the same way from the same features.
  ///
  /// - Throws: ``PipelineError``, or an error of the module that met the bad input, each of one line.
  public func run() throws {
    let path = settings.cache.head
    let train = try FeatureCache(settings.cache.features(of: .train))
    let valid = try FeatureCache(settings.cache.features(of: .valid))
    try train.origin.check(against: valid.origin, path: train.path, otherPath: valid.path)
    let provenance = provenance(train: train, valid: valid)
    if let existing = try? HeadFile(path), existing.key == provenance.key {
      terminal.note("\(path): up to date (\(existing.summary))")
      return
    }
    let start = ContinuousClock.now
    let (history, prior) = try fit(train: train, valid: valid)
    guard let best = history.best else { throw PipelineError("--schedule \(settings.schedule): no epochs") }
    try HeadFile.write(
      path, head: best.head, history: history, provenance: provenance, trainedOn: train, classPrior: prior)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    terminal.print("\(path): \(try HeadFile(path).summary), trained in \(duration(seconds))")
  }

  private func provenance(train: FeatureCache, valid: FeatureCache) -> Provenance {
    Provenance([
      HeadFile.Attribute.schema: HeadFile.schema,
      HeadFile.Attribute.head: settings.head.rawValue,
      HeadFile.Attribute.dropout: "\(settings.dropout)",
      "schedule": settings.schedule.description,
      "batch_size": "\(settings.batchSize)",
      "seed": "\(settings.seed)",
      "train_key": train.key,
      "valid_key": valid.key,
    ])
  }

  private func fit(train: FeatureCache, valid: FeatureCache) throws -> (TrainingHistory, prior: [Float]) {
    let labels = (train: try known(train), valid: try known(valid))
    let classes = train.labelNames.count
    let architecture = try HeadArchitecture(
      settings.head, input: train.featureShape, dropout: settings.dropout, classes: classes,
      pooling: !train.layerPools)
    terminal.note("\(settings.head.rawValue): \(architecture)")
    let memory = FeatureMemory(mebibytes: settings.memory, folder: settings.cache)
    let features = (
      train: try train.matrix(for: architecture, pool: pool, memory: memory),
      valid: try valid.matrix(for: architecture, pool: pool, memory: memory)
    )
    let targets = (
      train: try HeadTargets(labels: labels.train, classes: classes),
      valid: try HeadTargets(labels: labels.valid, classes: classes)
    )
    let trainer = try HeadTrainer(
      head: Head(architecture: architecture, seed: settings.seed), batchSize: settings.batchSize, seed: settings.seed,
      pool: pool)
    var history = TrainingHistory()
    for rate in settings.schedule.rates {
      let training = try trainer.trainEpoch(features.train, targets: targets.train, learningRate: rate)
      let validation = try trainer.evaluate(features.valid, targets: targets.valid)
      let isBest = history.record(
        learningRate: rate, training: training, validation: validation, head: trainer.head)
      report(history.epochs.last!, isBest: isBest)
    }
    return (history, prior(of: labels.train, classes: classes))
  }

  /// The labels of a split in which every label is known.
  private func known(_ cache: FeatureCache) throws -> [Int] {
    let labels = try cache.labels().map(Int.init)
    guard !labels.isEmpty else { throw PipelineError("\(cache.path): no rows: there is nothing to train on") }
    guard !labels.contains(-1) else {
      throw PipelineError("\(cache.path): some rows have no label: a head is trained and chosen by labelled images")
    }
    return labels
  }

  /// The share of each class.
  private func prior(of labels: [Int], classes: Int) -> [Float] {
    (0..<classes).map { label in Float(labels.count { $0 == label }) / Float(labels.count) }
  }

  private func report(_ epoch: TrainingHistory.Epoch, isBest: Bool) {
    let line = String(
      format: "epoch %3d  rate %.0e  train loss %.4f accuracy %5.1f %%  valid loss %.4f accuracy %5.1f %%",
      epoch.number, epoch.learningRate, epoch.training.loss, 100 * epoch.training.accuracy, epoch.validation.loss,
      100 * epoch.validation.accuracy)
    terminal.note(line + (isBest ? "  best" : ""))
  }
}
