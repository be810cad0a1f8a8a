import Console
import Core
import FeatureStore
import Support

/// What a run of fit-head trains, one step after the other: the recipes of a sweep, of which the best goes on; more seeds
/// of it for an ensemble; and the same heads again, with pseudo-labels.
struct HeadSelection {
  /// The heads whose predictions are averaged; one without an ensemble.
  private(set) var members: [(recipe: HeadRecipe, head: TrainedHead)] = []
  /// What was compared.
  private(set) var comparisons: [HeadComparison] = []

  private let fitting: HeadFitting
  private let training: HeadTraining
  private let terminal: Terminal

  init(_ fitting: HeadFitting, training: HeadTraining, terminal: Terminal) {
    self.fitting = fitting
    self.training = training
    self.terminal = terminal
  }

  /// What the members predict for the validation split.
  var validation: Predictions { .mean(of: members.map(\.head.validation)) }

  /// The member with the lowest validation loss.
  var best: TrainedHead { members.map(\.head).min { $0.score.loss < $1.score.loss }! }

  var summary: String {
    guard members.count > 1 else { return best.summary }
    let metrics = validation.metrics
    let score = HeadMetrics(loss: metrics.logLoss, accuracy: metrics.accuracy)
    return "ensemble of \(members.count): \(score.summary)"
  }

  /// - Parameter unlabelled: the test split's cache, where its images are pseudo-labelled.
  /// - Throws: as ``HeadTraining/heads(of:)``.
  func run(unlabelled: FeatureCache?) throws -> HeadSelection {
    var selection = self
    try selection.sweep()
    if fitting.combination.ensemble > 1 { try selection.reseed() }
    if let unlabelled, let labelling = fitting.combination.pseudoLabelling {
      try selection.retrain(labelling, unlabelled: unlabelled)
    }
    if let fineTuning = fitting.training.fineTuning { try selection.fineTune(fineTuning) }
    return selection
  }

  // MARK: - The steps

  /// Trains every recipe and keeps the one with the lowest validation loss.
  private mutating func sweep() throws {
    let heads = try trained(fitting.recipes).sorted { $0.head.score.loss < $1.head.score.loss }
    members = [heads[0]]
    guard fitting.recipes.count > 1 else { return }
    comparisons.append(.sweep(heads))
  }

  /// Trains the best recipe with more seeds: the ones that follow its own.
  private mutating func reseed() throws {
    let recipe = members[0].recipe
    members = try trained((0..<UInt64(fitting.combination.ensemble)).map { recipe.reseeded(recipe.seed &+ $0) })
    comparisons.append(
      .predictions(
        title: "The members of the ensemble",
        members.map { ("seed \($0.recipe.seed)", $0.head.validation) }
          + [("ensemble of \(members.count)", validation)]))
  }

  /// Trains the members again, from their seeds, with pseudo-labels that they agreed upon.
  private mutating func retrain(_ labelling: PseudoLabelling, unlabelled: FeatureCache) throws {
    let before = validation
    training.pseudoLabels = try PseudoLabels(
      labelling, cache: unlabelled, teachers: members.map(\.head), trainedOn: training.train,
      tuned: training.tuned(), memory: FeatureMemory(mebibytes: fitting.execution.memory, folder: fitting.cache),
      pool: WorkerPool(threads: fitting.execution.threads, terminal: terminal), terminal: terminal)
    members = try trained(members.map(\.recipe))
    comparisons.append(
      .predictions(
        title: "What the pseudo-labels changed",
        [
          ("without pseudo-labels", before), ("with \(grouped(unlabelled.rowCount)) pseudo-labels", validation),
        ]))
  }

  /// Trains the members on, together with the convolutions before them.
  private mutating func fineTune(_ fineTuning: FineTuning) throws {
    let before = validation
    members = try members.map { ($0.recipe, try training.fineTuned($0.head, fineTuning)) }
    comparisons.append(.fineTuning(before: before, after: validation, how: fineTuning))
    let kept = members.count { $0.head.bestEpoch <= $0.head.frozenEpochs ?? 0 }
    guard kept > 0 else { return }
    terminal.print(
      members.count == 1
        ? "fine-tuning made it no better: the frozen head is kept"
        : "fine-tuning made \(kept) of \(count(members.count, "head")) no better: those are kept as they were")
  }

  /// The heads that did not diverge.
  private func trained(_ recipes: [HeadRecipe]) throws -> [(recipe: HeadRecipe, head: TrainedHead)] {
    zip(recipes, try training.heads(of: recipes)).compactMap { recipe, head in head.map { (recipe, $0) } }
  }
}
