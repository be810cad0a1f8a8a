import Core
import Foundation
import HDF5

/// A trained head in Keras 3's own layout (`Model.save_weights` of keras/src/saving/saving_lib.py): the variables of each
/// layer lie at `/layers/NAME/vars/0`, `1`, …, in the order of `layer.weights`. So
/// `keras.Sequential([…]).load_weights("head.weights.h5")` takes it. Our provenance rides along as root attributes.
struct HeadFile {
  let path: String
  let head: Head
  let attributes: [String: String]
  /// Where the features that it was trained on came from.
  let origin: FeatureOrigin
  /// The share of each class among the training rows.
  let classPrior: [Float]

  enum Attribute {
    static let schema = "head_schema"
    static let head = "head"
    static let dropout = "dropout"
    static let inputShape = "input_shape"
    static let labelNames = "label_names"
    static let classPrior = "class_prior"
    static let key = "head_key"
  }

  static let schema = "vgg16-feature-cache head/1"

  var labelNames: [String] { origin.labelNames }
  /// What decides the content; see ``Provenance``.
  var key: String { attributes[Attribute.key] ?? "" }

  // MARK: - Writing

  /// Writes the head whole, synced, and then under its final name.
  ///
  /// - Parameter features: the cache that it was trained on.
  static func write(
    _ path: String, head: Head, provenance: Provenance, trainedOn features: FeatureCache, classPrior: [Float]
  ) throws {
    try AtomicFile.replace(path) { temporary in
      let file = try HDF5File.create(temporary)
      try writeVariables(of: head, to: file)
      for field in provenance.fields { try file.setAttribute(field.name, field.value) }
      for name in FeatureOrigin.names where features.attributes[name] != nil {
        try file.setAttribute(name, features.attributes[name]!)
      }
      try file.setAttribute(Attribute.key, provenance.key)
      try file.setAttribute(Attribute.labelNames, features.labelNames)
      try file.setAttribute(Attribute.classPrior, classPrior)
      let shape = features.featureShape
      try file.setAttribute(Attribute.inputShape, [shape.height, shape.width, shape.channels].map(Int64.init))
      try file.setAttribute(CacheSchema.Attribute.createdBy, CacheSchema.createdBy)
      try file.setAttribute(CacheSchema.Attribute.complete, Int64(1))
      try file.close()
    }
  }

  private static func writeVariables(of head: Head, to file: HDF5File) throws {
    try file.createGroup("vars").setAttribute("name", "sequential")
    for name in head.architecture.layerNames {
      try file.createGroup(group(ofLayer: name)).setAttribute("name", name)
    }
    for (path, variable, values) in zip3(paths(in: head.architecture), head.architecture.variables, head.values) {
      try file.createDataset(path, .float32, shape: variable.shape).write(values)
    }
  }

  private static func group(ofLayer name: String) -> String { "layers/\(name)/vars" }

  /// Where each of the head's variables lies, in their order.
  private static func paths(in architecture: HeadArchitecture) -> [String] {
    var next: [Int: Int] = [:]
    return architecture.variables.map { variable in
      let number = next[variable.layer, default: 0]
      next[variable.layer] = number + 1
      return "\(group(ofLayer: architecture.layerNames[variable.layer]))/\(number)"
    }
  }
}
