import Core
import Datasets
import FeatureStore
import Foundation
import Support
import SystemPackage

private func option(_ name: String, _ value: String?) -> [String] { value.map { [name, $0] } ?? [] }

private func option<Value: Equatable>(_ name: String, _ value: Value, unless usual: Value) -> [String] {
  value == usual ? [] : [name, "\(value)"]
}

/// The options that a head was made with, as the programs take them, but for those that say what goes without saying. Files
/// are called by their names alone: where they lie is no business of who reads the report.
extension ReportInputs {
  /// A stage a line.
  var commands: [String] {
    [("extract", extraction), ("fit-head", fitting)].map { stage, words in
      (["./pipeline.sh", stage] + words.map(\.quotedForShell)).joined(separator: " ")
    }
  }

  // MARK: - extract

  private var extraction: [String] {
    (source?.words ?? []) + network + augmentation
  }

  private var network: [String] {
    let (spec, usual) = (train.spec.features, Resizing())
    return option("--network", spec.backbone.name, unless: Backbone.vgg16.name)
      + ["--size", "\(spec.inputSize.height)", "--layer", spec.cut]
      + option("--resize", spec.resizing.filter.rawValue, unless: usual.filter.rawValue)
      + option("--aspect", spec.resizing.aspect.rawValue, unless: usual.aspect.rawValue)
      + (spec.resizing.decodesFast ? ["--fast-decode"] : [])
      + option("--preprocessing", Preprocessing.named(spec.preprocessing.name) == nil ? nil : spec.preprocessing.name)
  }

  private var augmentation: [String] {
    let testPasses = option("--test-augment", valid.augmentedPasses, unless: 0)
    guard let passes = train.spec.augmentation ?? valid.spec.augmentation else { return [] }
    let (ranges, usual) = (passes.ranges, AugmentationRanges())
    return option("--augment", train.augmentedPasses, unless: 0) + testPasses
      + option("--rotation", ranges.rotation, unless: usual.rotation)
      + option("--width-shift", ranges.widthShift, unless: usual.widthShift)
      + option("--height-shift", ranges.heightShift, unless: usual.heightShift)
      + option("--shear", ranges.shear, unless: usual.shear)
      + option("--channel-shift", ranges.channelShift, unless: usual.channelShift) + (ranges.flips ? ["--flip"] : [])
      + option("--augment-seed", passes.seed, unless: 0)
  }

  // MARK: - fit-head

  private var fitting: [String] {
    let spec = ensemble.specs[0]
    let training = spec.training
    let seeds = Set(ensemble.specs.map(\.training.seed))
    let recipe = head.recipe
    let layers =
      recipe.map { recipe -> [String] in
        if case .hidden(let units) = recipe.design {
          return ["--hidden", units.map(String.init).joined(separator: ",")]
        }
        return ["--head", "\(recipe.design)"]
      } ?? []
    return layers + option("--dropout", recipe.map { "\($0.dropout)" }) + ["--schedule", "\(training.schedule)"]
      + option("--fine-tune", training.fineTuning.map { "\($0.schedule)" })
      + option("--patience", training.patience.map(String.init))
      + ["--batch-size", "\(training.batchSize)"]
      + option("--class-weights", training.classWeights.rawValue, unless: ClassWeights.none.rawValue)
      + option("--label-smoothing", training.labelSmoothing, unless: 0) + option("--l2", training.l2, unless: 0)
      + option("--augmented-passes", training.augmentedPasses.map(String.init)) + ["--seed", "\(seeds.min()!)"]
      + option("--folds", spec.fold.map { "\($0.folding)" }) + option("--ensemble", seeds.count, unless: 1)
      + option("--pseudo-label", spec.pseudoLabels.map { "\($0.labelling)" })
  }
}

extension ImageSource {
  /// The options of `extract` that say which images there are.
  fileprivate var words: [String] {
    func name(_ path: String) -> String { FilePath(path).lastComponent?.string ?? path }
    let usual = DatasetOptions()
    return ["--data", name(data)] + option("--data-kind", options.kind?.rawValue)
      + option("--labels", options.labels.map(name)) + option("--label-column", options.labelColumn)
      + (options.isMultiLabel ? ["--tags"] : [])
      + option("--images", options.images)
      + option("--groups", options.keepsCopiesTogether ? "duplicates" : options.groups.map(name))
      + option("--group-column", options.groupColumn) + option("--limit", options.limit.map(String.init))
      + option("--split-seed", options.seed, unless: usual.seed)
      + option("--valid-fraction", options.validFraction, unless: usual.validFraction)
      + option("--test-fraction", options.testFraction, unless: usual.testFraction)
      + option("--max-pixels", options.limits.pixels, unless: usual.limits.pixels)
      + option("--drop", options.drop.map(name)) + option("--relabel", options.relabel.map(name))
  }
}
