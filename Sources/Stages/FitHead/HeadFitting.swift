import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Support

/// The second stage: trains heads on the cached features of the train split, each kept at the epoch with the lowest loss
/// on the validation split, and chooses the best, or an ensemble.
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
    /// The best recipe is trained with so many seeds, and their predictions are averaged.
    public var ensemble = 1
    /// The convolutions behind the cut are trained, too, once the head is; nil: they are not.
    public var fineTuning: FineTuning?
    /// Images without labels that are trained on, too.
    public var pseudoLabelling: PseudoLabelling?
    /// Files to write what was chosen to, in other formats: .safetensors (the head) or .onnx (the whole network).
    public var exports: [String] = []
    /// For ONNX: the weight file that the features were extracted with; the one in the cache folder where nil.
    public var weights: String?
    /// Of the initial weights, the shuffling and the dropout.
    public var seed: UInt64 = 2
    public var threads = ProcessInfo.processInfo.activeProcessorCount

    /// MiB of features in memory; the others are read from a scratch file. Has no influence on the result.
    public var memory = FeatureMemory.defaultLimit

    public init() {}
  }

  private let settings: Settings
  private let terminal: Terminal

  public init(_ settings: Settings, terminal: Terminal) {
    self.settings = settings
    self.terminal = terminal
  }

  /// Writes the head file, unless the one that is there was made in the same way from the same features; and exports it.
  ///
  /// - Parameter completion: called with the head's key once it is there, while nobody else can change the folder.
  /// - Throws: ``PipelineError``, or an error of the module that met the bad input, each of one line.
  public func run(completion: (_ head: String) -> Void = { _ in }) throws {
    let exports = try settings.exports.map { try HeadExport($0) }
    try exports.check(settings.cache, weights: settings.weights)
    let lock = try settings.cache.locked(for: .fitHead, say: terminal.warn)
    defer { withExtendedLifetime(lock) {} }
    let head = try fit()
    completion(head)
    if !StageSequence.goesOn, let advice = SubmissionRecord.adviceAfterChoosing(head, in: settings.cache) {
      terminal.note(advice)
    }
    try exports.write(settings.cache, weights: settings.weights, terminal: terminal)
  }

  /// - Returns: the key of what was chosen.
  private func fit() throws -> String {
    let path = settings.cache.head
    let train = try FeatureCache(settings.cache.features(of: .train))
    let valid = try FeatureCache(settings.cache.features(of: .valid))
    try train.origin.check(against: valid.origin, path: train.path, otherPath: valid.path)
    let test = try settings.pseudoLabelling.map { _ in try FeatureCache(settings.cache.features(of: .test)) }
    if settings.fineTuning != nil { try FineTuningCut(train).check(settings) }
    let training = HeadTraining(settings, train: train, valid: valid, terminal: terminal)
    let key = key(training, test: test)
    if let choice = (try? HeadEnsemble(settings.cache))?.file.choice, choice.key == key {
      try keep(path, key: key)
      terminal.note("\(path): up to date (\(choice.summary))")
      choice.table.forEach(terminal.note)
      return key
    }
    let start = ContinuousClock.now
    let chosen = try HeadSelection(settings, training: training, terminal: terminal).run(unlabelled: test)
    let choice = HeadChoice(
      key: key,
      members: chosen.members.count > 1 ? try chosen.members.map { training.fileName(of: $0.head) } : [],
      summary: chosen.summary, comparisons: chosen.comparisons)
    try HeadFile.write(path, chosen.best, trainedOn: train, choice: choice)
    try keep(path, key: key)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    choice.table.forEach(terminal.note)
    terminal.print("\(path): \(choice.summary), in \(duration(seconds))")
    chosen.validation.metrics.lines(labelNames: train.labelNames).forEach(terminal.note)
    return key
  }

  private func keep(_ path: String, key: String) throws {
    var history = History(settings.cache)
    try history.keep(path, key: key)
  }

  private func key(_ training: HeadTraining, test: FeatureCache?) -> String {
    ChoiceSpec(
      // A recipe that there can be no head of is told when it is trained.
      recipes: settings.recipes.map { (try? training.spec(of: $0).key) ?? "none" }, ensemble: settings.ensemble,
      pseudoLabelling: settings.pseudoLabelling, testKey: test?.key, fineTuning: settings.fineTuning
    ).key
  }
}

/// What decides what a run of fit-head chooses.
private struct ChoiceSpec: Specification {
  /// The keys of the heads that are compared.
  let recipes: [String]
  let ensemble: Int
  let pseudoLabelling: PseudoLabelling?
  let testKey: String?
  let fineTuning: FineTuning?
}
