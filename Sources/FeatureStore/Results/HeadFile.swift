import Core
import Foundation
import HDF5

/// A trained head in Keras 3's own layout (keras/src/saving/saving_lib.py): the variables of a layer lie at
/// `/layers/NAME/vars/0`, `1`, …, in the order of `layer.weights`. So `keras.Sequential([…]).load_weights(path)` takes it.
///
/// What decided it rides along as a root attribute, and in words as others. The training history is in data sets below `/history`, the measures on
/// the validation split are below `/metrics`, and what was predicted for it is below `/validation`.
package struct HeadFile: Sendable {
  package let path: String
  package let head: Head
  /// The convolutions before it, where they were fine-tuned.
  package let tail: BackboneTail?
  /// The root attributes that are text.
  package let attributes: [String: String]
  /// What decided it.
  package let spec: TrainedHeadSpec
  package let labelNames: [String]
  /// The share of each class among the training rows.
  package let classPrior: [Float]
  package let epochs: [TrainingHistory.Epoch]
  /// The best epoch, from 1.
  package let bestEpoch: Int
  /// How many of the epochs trained the head alone; nil where all did.
  package let frozenEpochs: Int?
  /// Whether an epoch of fine-tuning is what was kept.
  package var isFineTuned: Bool { tail != nil && bestEpoch > frozenEpochs ?? 0 }
  package let validation: Predictions
  /// From which probability on each class is answered, by what was chosen; nil where an image has one class.
  package let thresholds: TagThresholds?
  /// Nil where an earlier version wrote it.
  package let seenImages: SeenImages?
  /// What fit-head chose it from; nil for a file in the folder of heads.
  package let choice: HeadChoice?

  package enum Attribute {
    static let schema = "head_schema"
    static let inputShape = "input_shape"
    package static let labelNames = "label_names"
    package static let classPrior = "class_prior"
    package static let bestEpoch = "best_epoch"
    static let frozenEpochs = "frozen_epochs"
    package static let key = "head_key"
    static let choiceKey = "choice_key"
    package static let members = "members"
    package static let thresholds = "thresholds"
    package static let summary = "summary"
    package static let table = "table"
    package static let comparisons = "comparisons"
    package static let advice = "advice"
    /// Of everything else in the file.
    package static let digest = "content_digest"
  }

  static let schema = "vgg16-feature-cache head/3"

  /// The key of the validation cache that it was chosen by.
  package var validKey: String { spec.validKey }
  package var key: String { spec.key }
  /// Of what fit-head chose; of the head where it chose nothing.
  package var chosenKey: String { choice?.key ?? key }
  /// What it was trained by: the design and the dropout that make its layers; nil where none does.
  package var recipe: HeadRecipe? {
    let layers = spec.head.layers
    let rates = layers.compactMap { if case .dropout(let rate) = $0 { rate } else { nil } }
    let units = layers.dropLast().compactMap { if case .dense(let units, _) = $0 { units } else { nil } }
    guard let dropout = rates.last else { return nil }
    return (HeadDesign.named + [.hidden(units)]).lazy.map {
      HeadRecipe(design: $0, dropout: dropout, schedule: spec.training.schedule, seed: spec.training.seed)
    }.first { recipe in
      let architecture = try? HeadArchitecture(
        recipe.design, input: spec.head.input, dropout: dropout, classes: labelNames.count,
        pooling: head.architecture.pools, isMultiLabel: head.architecture.isMultiLabel)
      return architecture?.layers == layers
    }
  }
  package var origin: FeatureOrigin {
    FeatureOrigin(features: spec.features, labelNames: labelNames, isMultiLabel: isMultiLabel)
  }
  /// Whether an image has any number of classes.
  package var isMultiLabel: Bool { head.architecture.isMultiLabel }
}

/// What a run of fit-head came to: the best head and, in an ensemble, all its members.
package struct HeadChoice: Sendable, Equatable {
  /// The SHA-256 of what decides the run.
  package let key: String
  /// The files, in the folder of heads, of an ensemble's members; empty without an ensemble.
  package let members: [String]
  /// For people: how good it is.
  package let summary: String
  /// What it was compared with.
  package let comparisons: [HeadComparison]
  /// What to try next: a sentence each.
  package let advice: [String]
  /// Of all members together; nil where an image has one class.
  package let thresholds: TagThresholds?

  package init(
    key: String, members: [String], summary: String, comparisons: [HeadComparison], advice: [String] = [],
    thresholds: TagThresholds? = nil
  ) {
    self.thresholds = thresholds
    (self.key, self.members, self.summary, self.comparisons) = (key, members, summary, comparisons)
    self.advice = advice
  }

  /// The comparisons as lines for people.
  package var table: [String] { comparisons.flatMap(\.lines) }
}

// MARK: - Where things lie

extension HeadFile {
  /// The data sets below `/history`, one value an epoch, under Keras' names.
  package static let series: KeyValuePairs<String, @Sendable (TrainingHistory.Epoch) -> Double> = [
    "learning_rate": { $0.learningRate }, "loss": { $0.training.loss }, "accuracy": { $0.training.accuracy },
    "val_loss": { $0.validation.loss }, "val_accuracy": { $0.validation.accuracy },
  ]

  /// Which images a fold's predictions are of.
  static let foldImages = "validation/images"

  package static func group(ofLayer name: String) -> String { "layers/\(name)/vars" }

  /// The names that Keras gives the layers of a Sequential of the convolutions behind a cut, with their poolings, and a
  /// head.
  package static func layerNames(
    of architecture: HeadArchitecture, behind cut: Backbone.Layer?
  ) -> (convolutions: [String], poolings: [String], head: [String]) {
    let rows = cut?.convolutionsBehind ?? []
    // Of the last one the head has the pooling, if there is one.
    let kinds = rows.enumerated().flatMap { index, row in
      index < rows.count - 1 && row.pooling != nil ? ["conv2d", "max_pooling2d"] : ["conv2d"]
    }
    let names = HeadArchitecture.names(ofKinds: kinds + architecture.layers.map(\.kind))
    let before = zip(kinds, names).map { (kind: $0, name: $1) }
    return (
      before.filter { $0.kind == "conv2d" }.map(\.name), before.filter { $0.kind != "conv2d" }.map(\.name),
      Array(names[kinds.count...])
    )
  }

  /// Where each variable lies, and its shape: kernel and bias of every convolution behind the cut, then the head's.
  package static func paths(
    in architecture: HeadArchitecture, behind cut: Backbone.Layer? = nil
  ) -> [(path: String, shape: [Int])] {
    let names = layerNames(of: architecture, behind: cut)
    let convolutions = zip(names.convolutions, cut?.convolutionsBehind ?? []).flatMap { name, row in
      [
        ("\(group(ofLayer: name))/0", [3, 3, row.inputChannels, row.outputChannels]),
        ("\(group(ofLayer: name))/1", [row.outputChannels]),
      ]
    }
    var next: [Int: Int] = [:]
    return convolutions
      + architecture.variables.map { variable in
        let number = next[variable.layer, default: 0]
        next[variable.layer] = number + 1
        return ("\(group(ofLayer: names.head[variable.layer]))/\(number)", variable.shape)
      }
  }
}
