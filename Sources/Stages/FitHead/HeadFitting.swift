import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Support

/// The second stage: trains heads on the cached features of the train split, each kept at the epoch with the lowest loss
/// on the validation split, and chooses the best, or an ensemble.
public struct HeadFitting {
  let cache: CacheFolder
  let heads: HeadRequest
  var training: TrainingRequest
  let folding: Folding?
  let combination: HeadCombination
  private let drawsLearningCurve: Bool
  /// Files to write what was chosen to, in other formats.
  private let exports: [String]
  /// A weight file, where convolutions are trained or exported; the one in the cache folder where nil.
  let weights: String?
  let execution: Execution
  let terminal: Terminal

  /// - Parameters:
  ///   - cache: has the features, and gets the head.
  ///   - heads: what is trained. Where there are several heads, dropouts or schedules, every combination is.
  ///   - training: how.
  ///   - folding: heads are trained for each fold, on all images of both caches but the fold's; nil: on the train cache alone.
  ///   - combination: what is made of the best.
  ///   - learningCurve: whether the best is also trained on shares of the images, to tell whether more would help.
  ///   - exports: files to write what was chosen to, in other formats: .safetensors (the head) or .onnx (the whole network).
  ///   - weights: for ONNX and fine-tuning, the weight file that the features were extracted with; the one in the cache
  ///     folder where nil.
  ///   - execution: what has no influence on the result.
  ///   - terminal: told what is going on.
  public init(
    in cache: CacheFolder, of heads: HeadRequest = HeadRequest(), training: TrainingRequest = TrainingRequest(),
    folding: Folding? = nil, combination: HeadCombination = HeadCombination(), learningCurve: Bool = false,
    exports: [String] = [], weights: String? = nil,
    execution: Execution = Execution(), terminal: Terminal
  ) {
    (self.cache, self.heads, self.training, self.combination) = (cache, heads, training, combination)
    (self.exports, self.weights, self.execution, self.terminal) = (exports, weights, execution, terminal)
    (self.folding, drawsLearningCurve) = (folding, learningCurve)
  }

  /// Writes the head file, unless the one that is there was made in the same way from the same features; and exports it.
  ///
  /// - Parameter completion: called with the head's key once it is there, while nobody else can change the folder.
  /// - Throws: `PipelineError`, or an error of the module that met the bad input, each of one line.
  public func run(completion: (_ head: String) -> Void = { _ in }) throws {
    let exports = try self.exports.map { try HeadExport($0) }
    try exports.check(cache, weights: weights)
    let lock = try cache.locked(for: .fitHead, say: terminal.warn)
    defer { withExtendedLifetime(lock) {} }
    let head = try fit()
    completion(head)
    if !StageSequence.goesOn, let advice = SubmissionRecord.adviceAfterChoosing(head, in: cache) {
      terminal.note(advice)
    }
    try exports.write(cache, weights: weights, terminal: terminal)
  }

  /// - Returns: the key of what was chosen.
  private func fit() throws -> String {
    let path = cache.head
    let train = try FeatureCache(cache.features(of: .train))
    let valid = try FeatureCache(cache.features(of: .valid))
    try train.origin.check(against: valid.origin, path: train.path, otherPath: valid.path)
    guard !train.isMultiLabel || training.classWeights == .none else {
      throw PipelineError(
        "--class-weights \(training.classWeights.rawValue): \(train.path) has any number of labels an image, and none of "
          + "them weighs an image; leave it out")
    }
    let test = try combination.pseudoLabelling.map { _ in try FeatureCache(cache.features(of: .test)) }
    if training.fineTuning != nil { try FineTuningCut(train).check(self) }
    let folds = try folding.map {
      try Folds($0, of: LabelledImages(train: train, valid: valid), seed: training.seed)
    }
    if let warning = folds?.warning { terminal.warn(warning) }
    let trainings = HeadTraining.trainings(self, train: train, valid: valid, folds: folds, terminal: terminal)
    let key = key(trainings[0], test: test)
    if let there = try? HeadEnsemble(cache), let choice = there.file.choice, choice.key == key, there.seenImages != nil
    {
      // A head that is up to date is that, too, where nobody can write.
      do { try keep(path, key: key) } catch { terminal.warn("\(error); it is not in the history") }
      terminal.note("\(path): up to date (\(choice.summary))")
      (choice.table + choice.advice).forEach(terminal.note)
      return key
    }
    try History(cache).prepare()
    let start = ContinuousClock.now
    let chosen = try HeadSelection(self, folds: folds, trainings: trainings, terminal: terminal)
      .run(unlabelled: test)
    let curve = try drawsLearningCurve ? learningCurve(of: chosen.members[0].recipe, by: trainings) : nil
    let advice = Advice(
      validation: chosen.validation, training: chosen.best.epochs[chosen.best.bestEpoch - 1].training,
      labelNames: train.labelNames, curve: curve)
    let choice = HeadChoice(
      key: key,
      members: chosen.heads.count > 1 ? chosen.heads.map(HeadTraining.fileName) : [],
      summary: chosen.summary,
      comparisons: chosen.comparisons + (curve.map { [$0.table(isOfFrozen: training.fineTuning != nil)] } ?? []),
      advice: advice.sentences, thresholds: chosen.validation.thresholds)
    try HeadFile.write(path, chosen.best, trainedOn: train, chosenBy: valid, choice: choice)
    try keep(path, key: key)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    choice.table.forEach(terminal.note)
    terminal.print("\(path): \(choice.summary), in \(duration(seconds))")
    let what = folds == nil ? "validation" : "out of fold"
    chosen.validation.measures.lines(what, labelNames: train.labelNames, thresholds: choice.thresholds)
      .forEach(terminal.note)
    if let judgement = TwoClassJudgement(chosen.validation, positive: 1) {
      terminal.note("\(what): \(judgement.summary(labelNames: train.labelNames))")
    }
    choice.advice.forEach(terminal.note)
    return key
  }

  /// - Parameter trainings: one for each fold, a single one where there are none.
  private func learningCurve(of recipe: HeadRecipe, by trainings: [HeadTraining]) throws -> LearningCurve? {
    let images = try LabelledImages(train: trainings[0].train, valid: trainings[0].valid)
    let count = folding == nil ? images.trainCount : images.count
    let order = TrainingShare(of: images, first: count, seed: training.seed)
    let curve = try LearningCurve(of: recipe, by: trainings, order)
    if curve == nil { terminal.warn("--learning-curve: each class has too few images to train on a share of them") }
    return curve
  }

  private func keep(_ path: String, key: String) throws {
    var history = History(cache)
    try history.keep(path, key: key)
  }

  private func key(_ first: HeadTraining, test: FeatureCache?) -> String {
    ChoiceSpec(
      // A recipe that there can be no head of is told when it is trained.
      recipes: recipes.map { (try? first.spec(of: $0).key) ?? "none" }, ensemble: combination.ensemble,
      pseudoLabelling: combination.pseudoLabelling, testKey: test?.key, fineTuning: training.fineTuning,
      folding: folding, learningCurve: drawsLearningCurve ? true : nil
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
  let folding: Folding?
  /// Nil: none is drawn.
  let learningCurve: Bool?
}
