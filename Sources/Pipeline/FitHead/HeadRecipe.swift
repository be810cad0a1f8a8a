import Core

/// One head to train: what tells it from the others of a sweep or an ensemble.
struct HeadRecipe: Sendable, Hashable {
  let design: HeadDesign
  let dropout: Float
  let schedule: LearningRateSchedule
  let seed: UInt64

  /// For file names: `fastai-p0.8-seed2`.
  var name: String { "\(design)-p\(dropout)-seed\(seed)" }

  /// What the layers are called, and the p that sets their dropout.
  var readable: [Readable] { [Readable("head", "\(design)"), Readable("dropout", "\(dropout)")] }

  /// The same with another seed.
  func reseeded(_ seed: UInt64) -> HeadRecipe {
    HeadRecipe(design: design, dropout: dropout, schedule: schedule, seed: seed)
  }
}

extension HeadFitting.Settings {
  /// One recipe for each combination of heads, dropouts and schedules.
  var recipes: [HeadRecipe] {
    var recipes: [HeadRecipe] = []
    for design in heads {
      for dropout in dropouts {
        for schedule in schedules {
          let recipe = HeadRecipe(design: design, dropout: dropout, schedule: schedule, seed: seed)
          if !recipes.contains(recipe) { recipes.append(recipe) }
        }
      }
    }
    return recipes
  }

  /// What decides a head.
  ///
  /// - Throws: `HeadError` where there can be no such head for these features.
  func spec(
    of recipe: HeadRecipe, train: FeatureCache, valid: FeatureCache, pseudoLabels: PseudoLabelSpec?
  ) throws -> TrainedHeadSpec {
    TrainedHeadSpec(
      features: train.spec.features, head: HeadSpec(try train.architecture(recipe)),
      training: TrainingSpec(
        schedule: recipe.schedule, patience: patience, batchSize: batchSize, classWeights: classWeights,
        labelSmoothing: labelSmoothing, l2: l2, augmentedPasses: augmentedPasses, seed: recipe.seed),
      trainKey: train.key, validKey: valid.key, pseudoLabels: pseudoLabels)
  }
}
