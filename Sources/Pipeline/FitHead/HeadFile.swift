import Core
import Foundation
import HDF5

/// A trained head in Keras 3's own layout (keras/src/saving/saving_lib.py): the variables of a layer lie at
/// `/layers/NAME/vars/0`, `1`, …, in the order of `layer.weights`. So `keras.Sequential([…]).load_weights(path)` takes it.
/// Our provenance rides along as root attributes, the training history as data sets below `/history`.
struct HeadFile {
  let path: String
  let head: Head
  /// The root attributes that are text.
  let attributes: [String: String]
  /// Where the features that it was trained on came from.
  let origin: FeatureOrigin
  /// The share of each class among the training rows.
  let classPrior: [Float]
  /// Loss and accuracy on the validation split at the best epoch.
  let validation: HeadMetrics
  /// The best epoch, from 1.
  let bestEpoch: Int

  enum Attribute {
    static let schema = "head_schema"
    static let head = "head"
    static let dropout = "dropout"
    static let inputShape = "input_shape"
    static let pooling = "pooling"
    static let hiddenUnits = "hidden_units"
    static let dropoutRates = "dropout_rates"
    static let labelNames = "label_names"
    static let classPrior = "class_prior"
    static let bestEpoch = "best_epoch"
    static let key = "head_key"
  }

  static let schema = "vgg16-feature-cache head/1"

  var labelNames: [String] { origin.labelNames }
  /// What decides the content; see ``Provenance``.
  var key: String { attributes[Attribute.key] ?? "" }

  /// For people: how good the head is.
  var summary: String {
    "best epoch \(bestEpoch): validation loss \(fixed(validation.loss, 4)), accuracy \(percent(validation.accuracy))"
  }
}

// MARK: - Writing

extension HeadFile {
  /// Writes the history's best head whole, synced, and then under its final name.
  ///
  /// - Parameter features: the cache that it was trained on.
  static func write(
    _ path: String, head: Head, history: TrainingHistory, provenance: Provenance, trainedOn features: FeatureCache,
    classPrior: [Float]
  ) throws {
    try AtomicFile.replace(path) { temporary in
      let file = try HDF5File.create(temporary)
      try writeVariables(of: head, to: file)
      try writeHistory(history, to: file)
      try writeArchitecture(head.architecture, to: file)
      for field in provenance.fields { try file.setAttribute(field.name, field.value) }
      for name in FeatureOrigin.names { try file.setAttribute(name, features.attributes[name] ?? "") }
      try file.setAttribute(Attribute.key, provenance.key)
      try file.setAttribute(Attribute.labelNames, features.labelNames)
      try file.setAttribute(Attribute.classPrior, classPrior)
      try file.setAttribute(Attribute.bestEpoch, Int64(history.best?.epoch.number ?? 0))
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
    for (variable, values) in zip(paths(in: head.architecture), head.values) {
      try file.createDataset(variable.path, .float32, shape: variable.shape).write(values)
    }
  }

  private static func writeHistory(_ history: TrainingHistory, to file: HDF5File) throws {
    let series: KeyValuePairs<String, (TrainingHistory.Epoch) -> Double> = [
      "learning_rate": \.learningRate, "loss": \.training.loss, "accuracy": \.training.accuracy,
      "val_loss": \.validation.loss, "val_accuracy": \.validation.accuracy,
    ]
    for (name, value) in series {
      let values = history.epochs.map(value)
      try file.createDataset("history/\(name)", .float64, shape: [values.count]).write(values)
    }
  }

  private static func writeArchitecture(_ architecture: HeadArchitecture, to file: HDF5File) throws {
    let input = architecture.input
    try file.setAttribute(Attribute.inputShape, [input.height, input.width, input.channels].map(Int64.init))
    try file.setAttribute(Attribute.pooling, Int64(architecture.pools ? 1 : 0))
    try file.setAttribute(Attribute.hiddenUnits, architecture.hiddenUnits.map(Int64.init))
    try file.setAttribute(Attribute.dropoutRates, architecture.dropoutRates)
  }

  private static func group(ofLayer name: String) -> String { "layers/\(name)/vars" }

  /// Where each of the head's variables lies, in their order, and its shape.
  private static func paths(in architecture: HeadArchitecture) -> [(path: String, shape: [Int])] {
    let names = architecture.layerNames
    var next: [Int: Int] = [:]
    return architecture.variables.map { variable in
      let number = next[variable.layer, default: 0]
      next[variable.layer] = number + 1
      return ("\(group(ofLayer: names[variable.layer]))/\(number)", variable.shape)
    }
  }
}

// MARK: - Reading

extension HeadFile {
  /// - Throws: ``PipelineError`` or `HDF5Error` where there is no such file, or it is no head that fit-head wrote.
  init(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw PipelineError("\(path): no such head; run ./pipeline.sh fit-head first")
    }
    self.path = path
    let file = try HDF5File.open(path)
    guard let schema = try? file.attribute(Attribute.schema, as: String.self), schema == Self.schema,
      try file.hasAttribute(CacheSchema.Attribute.complete)
    else {
      throw PipelineError("\(path): not a head of schema \(Self.schema); run fit-head again")
    }
    attributes = try file.textAttributes()
    let labelNames: [String] = try file.attribute(Attribute.labelNames)
    origin = FeatureOrigin(attributes: attributes, labelNames: labelNames)
    classPrior = try file.attribute(Attribute.classPrior)
    bestEpoch = try file.attribute(Attribute.bestEpoch)
    validation = try Self.validation(in: file, epoch: bestEpoch)
    head = try Self.readHead(from: file, classes: labelNames.count)
    guard classPrior.count == labelNames.count else {
      throw PipelineError("\(path): class_prior and label_names don't fit each other; run fit-head again")
    }
  }

  private static func validation(in file: HDF5File, epoch: Int) throws -> HeadMetrics {
    let losses = try file.dataset("history/val_loss").read(Double.self)
    let accuracies = try file.dataset("history/val_accuracy").read(Double.self)
    guard losses.count == accuracies.count, losses.indices.contains(epoch - 1) else {
      throw PipelineError("\(file.filePath): the history has no best epoch; run fit-head again")
    }
    return HeadMetrics(loss: losses[epoch - 1], accuracy: accuracies[epoch - 1])
  }

  private static func readHead(from file: HDF5File, classes: Int) throws -> Head {
    let shape: [Int] = try file.attribute(Attribute.inputShape)
    guard shape.count == 3 else {
      throw PipelineError("\(file.filePath): input_shape is not H, W, C; run fit-head again")
    }
    do {
      let architecture = try HeadArchitecture.dense(
        input: FeatureShape(height: shape[0], width: shape[1], channels: shape[2]),
        units: try file.attribute(Attribute.hiddenUnits), dropout: try file.attribute(Attribute.dropoutRates),
        classes: classes, pooling: try file.attribute(Attribute.pooling, as: Int.self) == 1)
      let values = try paths(in: architecture).map { try file.dataset($0.path).read(Float.self) }
      return try Head(architecture: architecture, values: values)
    } catch let error as HeadError {
      throw PipelineError("\(file.filePath): \(error); run fit-head again")
    }
  }
}

extension HeadArchitecture {
  /// The sizes of the hidden layers.
  var hiddenUnits: [Int] {
    layers.dropLast().compactMap { layer in
      if case .dense(let units, _) = layer { units } else { nil }
    }
  }

  var dropoutRates: [Float] {
    layers.compactMap { layer in
      if case .dropout(let rate) = layer { rate } else { nil }
    }
  }
}
