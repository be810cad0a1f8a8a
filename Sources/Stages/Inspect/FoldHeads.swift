import Console
import Core
import FeatureStore
import Support

/// Heads of folds, and what they predict for the images that they were trained without.
struct FoldHeads {
  let members: [HeadEnsemble.Member]
  let predictions: Predictions
  /// Classes of which some of the heads never saw an image.
  var unjudgedClasses: Set<Int> = []

  /// What they predict in the mean for images that none of them was trained on: N×K.
  ///
  /// - Throws: as `FeatureCache`.
  func probabilities(
    of cache: FeatureCache, memory: FeatureMemory, pool: WorkerPool, terminal: Terminal
  ) throws -> [Float] {
    try HeadEnsemble.probabilities(of: members, on: pool) { _, member in
      try cache.matrix(
        for: member.head.architecture, through: member.tail, pool: pool, memory: memory, terminal: terminal)
    }
  }
}

extension HeadFitting {
  /// The heads that judge labels: those of the head that is chosen, where it is of folds, and else some that are trained now,
  /// by the recipe of the chosen one. They are kept in the folder of heads, which the caller has the lock of, and not chosen.
  ///
  /// - Parameter folding: where the chosen head has no folds.
  /// - Returns: nil where there are too few images for folds.
  /// - Throws: as ``run(completion:)``.
  func foldHeads(_ folding: Folding = .count(5)) throws -> FoldHeads? {
    let train = try FeatureCache(cache.features(of: .train))
    let valid = try FeatureCache(cache.features(of: .valid))
    let chosen = (try? HeadEnsemble(cache)).flatMap { chosen in
      chosen.file.spec.trainKey == train.key && chosen.file.spec.validKey == valid.key ? chosen : nil
    }
    if let chosen, chosen.validation.images != nil {
      terminal.note("\(cache.head): is of folds, which judge the labels")
      return FoldHeads(members: chosen.members, predictions: chosen.validation)
    }
    var fitting = chosen.flatMap { like($0.file, folding) } ?? self
    let images = try LabelledImages(train: train, valid: valid)
    let apart = Folds.units(images).count
    if case .count(let wanted) = folding, apart < wanted {
      terminal.warn(
        "labels are not judged: of \(count(images.count, "image")) \(grouped(apart)) can be held apart (copies, and images of "
          + "a group, go together), and it takes \(wanted)")
      return nil
    }
    let folds = try Folds(folding, of: images, seed: fitting.training.seed, mayBeAlone: true)
    if let warning = folds.warning { terminal.warn(warning) }
    let rows = train.rowCount(augmentedPasses: fitting.training.augmentedPasses) + valid.imageCount
    let usualEpochs = fitting.recipes[0].schedule.rates.count
    fitting.shortenSchedule(rows: rows * (folds.count - 1) / folds.count)
    let (recipe, epochs) = (fitting.recipes[0], fitting.recipes[0].schedule.rates.count)
    terminal.note(
      "labels are judged by heads of \(folding) folds, for this alone, "
        + (chosen == nil ? "trained as fit-head does by default: " : "trained as \(cache.head) was: ")
        + "\(recipe.name), \(recipe.schedule)"
        + (epochs < usualEpochs ? " (\(epochs) epochs instead of \(usualEpochs) are enough to judge by)" : "")
        + (fitting.training.fineTuning.map { ", fine-tuned \($0)" } ?? ""))
    let trainings = HeadTraining.trainings(fitting, train: train, valid: valid, folds: folds, terminal: terminal)
    let selection = try HeadSelection(fitting, folds: folds, trainings: trainings, terminal: terminal)
      .run(unlabelled: nil)
    return FoldHeads(
      members: selection.heads.map { .init(head: $0.head, tail: $0.tail) }, predictions: selection.validation,
      unjudgedClasses: images.truth.tags == nil ? Set(folds.aloneClasses) : [])
  }

  /// So many steps of the usual schedule judge labels as well as all of them: Stages.docc, "Inspecting".
  private static let judgingSteps = 2500
  private static let leastEpochs = 10

  /// Where the schedule is the usual one, spares the epochs that judging needs none of.
  ///
  /// - Parameter rows: that a head is trained on.
  private mutating func shortenSchedule(rows: Int) {
    let usual = TrainingRequest().schedules
    guard training.schedules == usual, var phase = usual[0].phases.first else { return }
    let steps = (rows + training.batchSize - 1) / training.batchSize
    phase.epochs = min(phase.epochs, max(Self.judgingSteps / max(steps, 1), Self.leastEpochs))
    training.schedules = [LearningRateSchedule(phases: [phase])]
  }

  /// Trains heads by the recipe of one that is there, but for seeds that were averaged, pseudo-labels, and an end by patience,
  /// which needs a validation split.
  ///
  /// - Returns: nil where no recipe makes such a head.
  private func like(_ file: HeadFile, _ folding: Folding) -> HeadFitting? {
    guard let recipe = file.recipe else { return nil }
    let spec = file.spec.training
    var training = TrainingRequest()
    training.schedules = [spec.schedule]
    (training.batchSize, training.classWeights) = (spec.batchSize, spec.classWeights)
    (training.labelSmoothing, training.l2, training.seed) = (spec.labelSmoothing, spec.l2, spec.seed)
    (training.augmentedPasses, training.fineTuning) = (spec.augmentedPasses, spec.fineTuning)
    return HeadFitting(
      in: cache, of: HeadRequest(designs: [recipe.design], dropouts: [recipe.dropout]), training: training,
      folding: folding, weights: weights, execution: execution, terminal: terminal)
  }
}
