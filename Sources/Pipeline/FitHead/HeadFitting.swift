import Core
import Foundation

/// The second stage: trains heads on the cached features of the train split, each kept at the epoch with the lowest loss
/// on the validation split, and chooses the best.
public struct HeadFitting {
  /// The stage's options. Where there are several heads, dropouts or schedules, every combination is trained.
  public struct Settings: Sendable {
    public var cache = CacheFolder("cache")
    public var heads: [HeadDesign] = [.fastai]
    /// p of the last dropout layer; the head sets the others by it.
    public var dropouts: [Float] = [0.8]
    /// The default is the best of those tried on ten splits of the sample's digits, by the mean of their validation
    /// losses.
    public var schedules = [LearningRateSchedule(phases: [.init(epochs: 55, rate: 3e-3, shape: .cosine)])]
    /// Training ends when the validation loss has not got better for so many epochs; nil: with the schedule.
    public var patience: Int?
    public var batchSize = 64
    public var classWeights = ClassWeights.none
    /// How much of each target is spread over all classes.
    public var labelSmoothing: Float = 0
    /// λ of a penalty λ Σ w² on the kernels.
    public var l2 = 0.0
    /// How many of the augmented passes in the train cache are used; all where nil.
    public var augmentedPasses: Int?
    /// Of the initial weights, the shuffling and the dropout.
    public var seed: UInt64 = 2
    public var threads = ProcessInfo.processInfo.activeProcessorCount

    public init() {}
  }

  private let settings: Settings
  private let terminal: Terminal

  public init(_ settings: Settings, terminal: Terminal) {
    self.settings = settings
    self.terminal = terminal
  }

  /// Writes the head file, unless the one that is there was made in the same way from the same features.
  ///
  /// - Throws: ``PipelineError``, or an error of the module that met the bad input, each of one line.
  public func run() throws {
    let path = settings.cache.head
    let train = try FeatureCache(settings.cache.features(of: .train))
    let valid = try FeatureCache(settings.cache.features(of: .valid))
    try train.origin.check(against: valid.origin, path: train.path, otherPath: valid.path)
    let training = HeadTraining(settings, train: train, valid: valid, terminal: terminal)
    let key = key(of: training)
    if let existing = (try? HeadFile(path))?.choice, existing.key == key {
      terminal.note("\(path): up to date (\(existing.summary))")
      existing.table.forEach(terminal.note)
      return
    }
    let start = ContinuousClock.now
    let best = try sweep(training)
    let choice = HeadChoice(key: key, members: [], summary: best.head.summary, table: best.table)
    try HeadFile.write(path, best.head, trainedOn: train, choice: choice)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    choice.table.forEach(terminal.note)
    terminal.print("\(path): \(choice.summary), in \(duration(seconds))")
    best.head.validation.metrics.lines(labelNames: train.labelNames).forEach(terminal.note)
  }

  /// What decides the choice.
  private func key(of training: HeadTraining) -> String {
    Provenance(["recipes": settings.recipes.map { training.provenance(of: $0).key }.joined(separator: " ")]).key
  }

  /// Trains every recipe and takes the one with the lowest validation loss.
  private func sweep(_ training: HeadTraining) throws -> (head: TrainedHead, table: [String]) {
    let recipes = settings.recipes
    let heads = zip(recipes, try training.heads(of: recipes)).compactMap { recipe, head in head.map { (recipe, $0) } }
      .sorted { $0.1.score.loss < $1.1.score.loss }
    guard recipes.count > 1 else { return (heads[0].1, []) }
    var table = TextTable(
      header: ["head", "dropout", "schedule", "best epoch", "validation loss", "accuracy"], firstNumber: 3)
    table.rows = heads.map { recipe, head in
      [
        "\(recipe.design)", "\(recipe.dropout)", "\(recipe.schedule)", "\(head.bestEpoch)", fixed(head.score.loss, 4),
        percent(head.score.accuracy),
      ]
    }
    return (heads[0].1, table.lines)
  }
}
