import Core
import FeatureStore

extension HeadFitting {
  /// One recipe for each combination of heads, dropouts and schedules.
  var recipes: [HeadRecipe] {
    var recipes: [HeadRecipe] = []
    for design in heads.designs {
      for dropout in heads.dropouts {
        for schedule in training.schedules {
          let recipe = HeadRecipe(design: design, dropout: dropout, schedule: schedule, seed: training.seed)
          if !recipes.contains(recipe) { recipes.append(recipe) }
        }
      }
    }
    return recipes
  }

  /// A head of the recipe for a cache's features, or, where the convolutions behind the cut are to be trained, for what the
  /// last one of them puts out. It does not pool what comes from a pooling layer.
  ///
  /// - Throws: `HeadError` where there can be none.
  func architecture(_ recipe: HeadRecipe, for train: FeatureCache) throws -> HeadArchitecture {
    let tuned = training.fineTuning == nil ? nil : train.spec.features.layer
    return try HeadArchitecture(
      recipe.design, input: tuned?.tailShape(of: train.featureShape) ?? train.featureShape, dropout: recipe.dropout,
      classes: train.labelNames.count, pooling: tuned != nil || !train.layerPools,
      isMultiLabel: train.isMultiLabel)
  }

  /// What decides a head.
  ///
  /// - Throws: `HeadError` where there can be no such head for these features.
  func spec(
    of recipe: HeadRecipe, train: FeatureCache, valid: FeatureCache, pseudoLabels: PseudoLabelSpec?,
    fold: FoldSpec?, share: Double? = nil
  ) throws -> TrainedHeadSpec {
    TrainedHeadSpec(
      features: training.fineTuning == nil ? train.spec.features : train.spec.features.atLastConvolution,
      head: HeadSpec(try architecture(recipe, for: train)),
      training: TrainingSpec(
        schedule: recipe.schedule, patience: training.patience, batchSize: training.batchSize,
        classWeights: training.classWeights,
        labelSmoothing: training.labelSmoothing, l2: training.l2,
        augmentedPasses: training.augmentedPasses, seed: recipe.seed),
      trainKey: train.key, validKey: valid.key, pseudoLabels: pseudoLabels, fold: fold, share: share)
  }
}

extension FeatureSpec {
  /// The features that frozen convolutions make of these: those of the last one.
  fileprivate var atLastConvolution: FeatureSpec {
    FeatureSpec(
      cut: backbone.lastConvolution, weightsDigest: weightsDigest, inputSize: inputSize, resizing: resizing,
      preprocessing: preprocessing)
  }
}
