import Core
import FeatureStore

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
