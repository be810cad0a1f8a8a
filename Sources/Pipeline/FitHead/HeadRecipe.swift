import Core

/// One head to train: what tells it from the others of a sweep or an ensemble.
struct HeadRecipe: Sendable, Hashable {
  let design: HeadDesign
  let dropout: Float
  let schedule: LearningRateSchedule
  let seed: UInt64

  /// For file names: `fastai-p0.8-seed2`.
  var name: String { "\(design)-p\(dropout)-seed\(seed)" }

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
  func provenance(of recipe: HeadRecipe, train: FeatureCache, valid: FeatureCache, pseudoLabels: PseudoLabels?)
    -> Provenance
  {
    Provenance([
      HeadFile.Attribute.schema: HeadFile.schema,
      HeadFile.Attribute.head: recipe.design.description,
      HeadFile.Attribute.dropout: "\(recipe.dropout)",
      "schedule": recipe.schedule.description,
      "seed": "\(recipe.seed)",
      "batch_size": "\(batchSize)",
      "patience": patience.map { "\($0)" } ?? "none",
      "class_weights": classWeights.rawValue,
      "label_smoothing": "\(labelSmoothing)",
      "l2": "\(l2)",
      "augmented_passes": augmentedPasses.map { "\($0)" } ?? "all",
      "pseudo_labels": pseudoLabels?.description ?? "none",
      "train_key": train.key,
      HeadFile.Attribute.validKey: valid.key,
    ])
  }
}
