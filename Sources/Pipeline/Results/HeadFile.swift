import Core
import Foundation
import HDF5

/// A trained head in Keras 3's own layout (keras/src/saving/saving_lib.py): the variables of a layer lie at
/// `/layers/NAME/vars/0`, `1`, …, in the order of `layer.weights`. So `keras.Sequential([…]).load_weights(path)` takes it.
///
/// What decided it rides along as a root attribute, and in words as others. The training history is in data sets below `/history`, the measures on
/// the validation split are below `/metrics`, and what was predicted for it is below `/validation`.
struct HeadFile: Sendable {
  let path: String
  let head: Head
  /// The root attributes that are text.
  let attributes: [String: String]
  /// What decided it.
  let spec: TrainedHeadSpec
  let labelNames: [String]
  /// The share of each class among the training rows.
  let classPrior: [Float]
  let epochs: [TrainingHistory.Epoch]
  /// The best epoch, from 1.
  let bestEpoch: Int
  let validation: Predictions
  /// What fit-head chose it from; nil for a file in the folder of heads.
  let choice: HeadChoice?

  enum Attribute {
    static let schema = "head_schema"
    static let inputShape = "input_shape"
    static let labelNames = "label_names"
    static let classPrior = "class_prior"
    static let bestEpoch = "best_epoch"
    static let key = "head_key"
    static let choiceKey = "choice_key"
    static let members = "members"
    static let summary = "summary"
    static let table = "table"
    static let comparisons = "comparisons"
    /// Of everything else in the file.
    static let digest = "content_digest"
  }

  static let schema = "vgg16-feature-cache head/3"

  /// The key of the validation cache that it was chosen by.
  var validKey: String { spec.validKey }
  var key: String { spec.key }
  var origin: FeatureOrigin { FeatureOrigin(features: spec.features, labelNames: labelNames) }
}

/// What a run of fit-head came to: the best head and, in an ensemble, all its members.
struct HeadChoice: Sendable, Equatable {
  /// The SHA-256 of what decides the run.
  let key: String
  /// The files, in the folder of heads, of an ensemble's members; empty without an ensemble.
  let members: [String]
  /// For people: how good it is.
  let summary: String
  /// What it was compared with.
  let comparisons: [HeadComparison]

  /// The comparisons as lines for people.
  var table: [String] { comparisons.flatMap(\.lines) }
}

// MARK: - Where things lie

extension HeadFile {
  /// The data sets below `/history`, one value an epoch, under Keras' names.
  static let series: KeyValuePairs<String, @Sendable (TrainingHistory.Epoch) -> Double> = [
    "learning_rate": { $0.learningRate }, "loss": { $0.training.loss }, "accuracy": { $0.training.accuracy },
    "val_loss": { $0.validation.loss }, "val_accuracy": { $0.validation.accuracy },
  ]

  static func group(ofLayer name: String) -> String { "layers/\(name)/vars" }

  /// Where each of the head's variables lies, in their order, and its shape.
  static func paths(in architecture: HeadArchitecture) -> [(path: String, shape: [Int])] {
    let names = architecture.layerNames
    var next: [Int: Int] = [:]
    return architecture.variables.map { variable in
      let number = next[variable.layer, default: 0]
      next[variable.layer] = number + 1
      return ("\(group(ofLayer: names[variable.layer]))/\(number)", variable.shape)
    }
  }
}
