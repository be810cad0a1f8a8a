import Console
import Core
import FeatureStore
import Support

/// What a run of fit-head trains, one step after the other: the recipes of a sweep, of which the best goes on; more seeds
/// of it for an ensemble; and the same heads again, with pseudo-labels.
struct HeadSelection {
  /// A recipe, and its heads: one for each fold, a single one where there are none.
  struct Candidate {
    let recipe: HeadRecipe
    var heads: [TrainedHead]

    /// What the heads predict for the images that they were trained without.
    var validation: Predictions { heads.count == 1 ? heads[0].validation : .mean(of: heads.map(\.validation)) }

    var loss: Double { heads.count == 1 ? heads[0].score.loss : validation.logLoss }
  }

  /// The candidates whose predictions are averaged; one without an ensemble.
  private(set) var members: [Candidate] = []
  /// What was compared.
  private(set) var comparisons: [HeadComparison] = []

  private let fitting: HeadFitting
  private let folds: Folds?
  /// One for each fold.
  private let trainings: [HeadTraining]
  private let terminal: Terminal

  init(_ fitting: HeadFitting, folds: Folds?, trainings: [HeadTraining], terminal: Terminal) {
    (self.fitting, self.folds, self.trainings, self.terminal) = (fitting, folds, trainings, terminal)
  }

  /// All heads whose predictions are averaged.
  var heads: [TrainedHead] { members.flatMap(\.heads) }

  /// What the members predict for the validation split, or for all images where there are folds.
  var validation: Predictions { .mean(of: heads.map(\.validation)) }

  /// The head with the lowest validation loss.
  var best: TrainedHead { heads.min { $0.score.loss < $1.score.loss }! }

  var summary: String {
    guard heads.count > 1 else { return best.summary }
    guard let folds else { return "ensemble of \(members.count): \(validation.summary)" }
    let loss = MeanInterval(of: validation.losses)
    let facts = [
      "\(folds.count) folds", count(validation.count, "image"), folds.keepsGroups ? "groups kept whole" : nil,
      members.count > 1 ? "ensembles of \(members.count)" : nil,
    ]
    let score = (validation.truth.tags == nil ? "" : "F2 ") + validation.measures.withMargin
    return "\(score) (\(facts.compactMap(\.self).joined(separator: ", "))), "
      + "log-loss \(loss.summary)"
  }

  /// - Parameter unlabelled: the test split's cache, where its images are pseudo-labelled.
  /// - Throws: as ``HeadTraining/heads(of:by:)``.
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
    let candidates = try trained(fitting.recipes).map { (candidate: $0, loss: $0.loss) }
      .sorted { $0.loss < $1.loss }.map(\.candidate)
    members = [candidates[0]]
    guard fitting.recipes.count > 1 else { return }
    comparisons.append(
      folds == nil
        ? .sweep(candidates.map { ($0.recipe, $0.heads[0]) })
        : .foldedSweep(candidates.map { ($0.recipe, $0.validation) }))
  }

  /// Trains the best recipe with more seeds: the ones that follow its own.
  private mutating func reseed() throws {
    let recipe = members[0].recipe
    members = try trained((0..<UInt64(fitting.combination.ensemble)).map { recipe.reseeded(recipe.seed &+ $0) })
    comparisons.append(
      .predictions(
        title: "The members of the ensemble",
        members.map { ("seed \($0.recipe.seed)", $0.validation) }
          + [("ensemble of \(members.count)", validation)]))
  }

  /// Trains the members again, from their seeds, with pseudo-labels that they agreed upon.
  private mutating func retrain(_ labelling: PseudoLabelling, unlabelled: FeatureCache) throws {
    let before = validation
    // A fold's teachers are its own heads: the others have seen what it holds out.
    for (fold, training) in trainings.enumerated() {
      training.pseudoLabels = try PseudoLabels(
        labelling, cache: unlabelled, teachers: members.map { $0.heads[fold] }, trainedOn: training.train,
        tuned: training.tuned(), memory: FeatureMemory(mebibytes: fitting.execution.memory, folder: fitting.cache),
        pool: WorkerPool(threads: fitting.execution.threads, terminal: terminal), terminal: terminal)
    }
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
    members = try members.map { member in
      var member = member
      member.heads = try zip(member.heads, trainings).map { try $1.fineTuned($0, fineTuning) }
      return member
    }
    let kept = heads.filter(\.isFrozen)
    // Where all are as they were, a table would show the same twice.
    if kept.count < heads.count {
      comparisons.append(.fineTuning(before: before, after: validation, how: fineTuning))
    }
    if folds != nil, validation.logLoss >= before.logLoss {
      terminal.warn(
        "fine-tuning made it no better (log-loss \(significant(validation.logLoss)) out of fold, \(significant(before.logLoss)) "
          + "before), and heads of folds keep their last epoch: a lower rate or fewer epochs in --fine-tune may do better"
      )
    }
    guard let first = kept.first else { return }
    terminal.print(
      heads.count == 1
        ? "fine-tuning made it no better (validation log-loss \(significant(first.leastTunedLoss)) at best, "
          + "\(significant(first.score.loss)) before): the frozen head is kept"
        : "fine-tuning made \(kept.count) of \(count(heads.count, "head")) no better: those are kept as they were")
  }

  /// The recipes whose heads did not diverge.
  private func trained(_ recipes: [HeadRecipe]) throws -> [Candidate] {
    zip(recipes, try HeadTraining.heads(of: recipes, by: trainings)).compactMap { recipe, heads in
      heads.map { Candidate(recipe: recipe, heads: $0) }
    }
  }
}

extension TrainedHead {
  /// Whether no epoch of fine-tuning was better than those of the head alone.
  fileprivate var isFrozen: Bool { bestEpoch <= frozenEpochs ?? 0 }

  /// The least validation loss of the epochs of fine-tuning.
  fileprivate var leastTunedLoss: Double {
    epochs.dropFirst(frozenEpochs ?? 0).map(\.validation.loss).min() ?? .infinity
  }
}
