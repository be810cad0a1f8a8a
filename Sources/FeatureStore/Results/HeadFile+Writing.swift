import Core
import HDF5
import Support

extension HeadFile {
  /// Writes a head. Strings have a fixed length: what HDF5 keeps of others has no checksum.
  ///
  /// - Parameters:
  ///   - train: the cache that it was trained on.
  ///   - valid: the cache that it was chosen by; with folds it was trained on it, too.
  ///   - choice: what it was chosen from.
  package static func write(
    _ path: String, _ trained: TrainedHead, trainedOn train: FeatureCache, chosenBy valid: FeatureCache,
    choice: HeadChoice? = nil
  ) throws {
    guard (trained.tail.values + trained.head.values).allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw PipelineError("\(path): the head is not finite and not written; lower the learning rate (--schedule)")
    }
    try HDF5File.write(path) { file in
      try writeVariables(of: trained.head, behind: trained.tail, to: file)
      try writeHistory(trained.epochs, to: file)
      try writeValidation(trained.validation, to: file)
      try SeenImages(train: train, valid: valid, heldOut: trained.validation.images).write(to: file)
      try writeSpecification(of: trained, to: file)
      try file.setAttribute(Attribute.labelNames, train.labelNames, isFixed: true)
      try file.setAttribute(Attribute.classPrior, try train.classPrior())
      try file.setAttribute(Attribute.bestEpoch, Int64(trained.bestEpoch))
      if let thresholds = choice?.thresholds ?? trained.validation.thresholds {
        try file.setAttribute(Attribute.thresholds, thresholds.values)
      }
      if let count = trained.frozenEpochs { try file.setAttribute(Attribute.frozenEpochs, Int64(count)) }
      if let choice { try write(choice, to: file) }
      try file.setAttribute(CacheSchema.Attribute.createdBy, CacheSchema.createdBy, isFixed: true)
      try file.setAttribute(CacheSchema.Attribute.complete, Int64(1))
      try file.setAttribute(
        Attribute.digest, try file.contentDigest(without: Attribute.digest), isFixed: true)
    }
  }

  private static func write(_ choice: HeadChoice, to file: HDF5File) throws {
    try file.setAttribute(Attribute.choiceKey, choice.key, isFixed: true)
    try file.setAttribute(Attribute.members, choice.members, isFixed: true)
    try file.setAttribute(Attribute.summary, choice.summary, isFixed: true)
    try file.setAttribute(Attribute.table, choice.table, isFixed: true)
    try file.setAttribute(Attribute.comparisons, choice.comparisons.map(\.json), isFixed: true)
    if !choice.advice.isEmpty { try file.setAttribute(Attribute.advice, choice.advice, isFixed: true) }
  }

  private static func writeVariables(of head: Head, behind tail: BackboneTail?, to file: HDF5File) throws {
    try file.createGroup("vars").setAttribute("name", "sequential", isFixed: true)
    let names = layerNames(of: head.architecture, behind: tail?.cut)
    for name in names.convolutions + names.poolings + names.head {
      try file.createGroup(group(ofLayer: name)).setAttribute("name", name, isFixed: true)
    }
    for (variable, values) in zip(paths(in: head.architecture, behind: tail?.cut), tail.values + head.values) {
      try file.createDataset(variable.path, .float32, shape: variable.shape).write(values)
    }
  }

  private static func writeHistory(_ epochs: [TrainingHistory.Epoch], to file: HDF5File) throws {
    for (name, value) in series {
      try file.createDataset("history/\(name)", .float64, shape: [epochs.count]).write(epochs.map(value))
    }
  }

  private static func writeValidation(_ validation: Predictions, to file: HDF5File) throws {
    let (rows, classes) = (validation.count, validation.classes)
    try file.createDataset("validation/probabilities", .float32, shape: [rows, classes])
      .write(validation.probabilities)
    switch validation.truth {
    case .one(let labels):
      try file.createDataset("validation/labels", .int32, shape: [rows]).write(labels.map(Int32.init))
    case .many(let tags):
      try file.createDataset("validation/labels", .int32, shape: [rows, classes]).write(tags.values.map(Int32.init))
    }
    if let images = validation.images {
      try file.createDataset(foldImages, .int32, shape: [rows]).write(images.map(Int32.init))
    }
    switch validation.measures {
    case .one(let metrics): try write(metrics, to: file)
    case .many(let metrics): try write(metrics, to: file)
    }
  }

  private static func write(_ metrics: TagMetrics, to file: HDF5File) throws {
    let columns: KeyValuePairs<String, (TagMetrics.Class) -> Double?> = [
      "average_precision": \.averagePrecision, "precision": \.precision, "recall": \.recall, "f1": \.f1,
    ]
    for (name, value) in columns {
      try file.createDataset("metrics/\(name)", .float64, shape: [metrics.classes.count])
        .write(metrics.classes.map { value($0) ?? .nan })
    }
    let group = try file.group("metrics")
    try group.setAttribute("log_loss", metrics.logLoss)
    try group.setAttribute("f2_samples", metrics.meanF2)
    try group.setAttribute("f1_samples", metrics.meanF1)
    try group.setAttribute("f1_macro", metrics.macroF1)
    try group.setAttribute("mean_average_precision", metrics.meanAveragePrecision ?? .nan)
  }

  private static func write(_ metrics: ClassificationMetrics, to file: HDF5File) throws {
    let classes = metrics.classes
    try file.createDataset("metrics/confusion", .int32, shape: [classes, classes])
      .write(metrics.confusion.map(Int32.init))
    try file.createDataset("metrics/class_accuracy", .float64, shape: [classes])
      .write(metrics.classAccuracies.map { $0 ?? .nan })
    try file.createDataset("metrics/top_accuracy", .float64, shape: [metrics.topAccuracies.count])
      .write(metrics.topAccuracies)
    let group = try file.group("metrics")
    try group.setAttribute("log_loss", metrics.logLoss)
    try group.setAttribute("macro_f1", metrics.macroF1)
    try group.setAttribute("expected_calibration_error", metrics.calibrationError)
  }

  private static func writeSpecification(of trained: TrainedHead, to file: HDF5File) throws {
    let spec = trained.spec
    try file.setAttribute(Attribute.schema, schema, isFixed: true)
    try file.setAttribute(CacheSchema.Attribute.specification, spec.canonical, isFixed: true)
    try file.setAttribute(Attribute.key, spec.key, isFixed: true)
    for fact in trained.recipe.readable + spec.readable { try file.setAttribute(fact.name, fact.value, isFixed: true) }
    let input = spec.head.input
    try file.setAttribute(Attribute.inputShape, [input.height, input.width, input.channels].map(Int64.init))
  }
}

extension BackboneTail? {
  /// Kernel and bias of each convolution; none where there is no tail.
  package var values: [[Float]] { (self?.convolutions ?? []).flatMap { [$0.kernel, $0.bias] } }
}
