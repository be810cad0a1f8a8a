import Core
import Foundation
import HDF5
import Support

extension HeadFile {
  /// - Throws: ``PipelineError`` or `HDF5Error` where there is no such file, or it is no head that fit-head wrote.
  package init(_ path: String) throws {
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
    guard try file.attribute(Attribute.digest, as: String.self) == file.contentDigest(without: Attribute.digest) else {
      throw PipelineError("\(path): damaged: not what fit-head wrote; run fit-head again")
    }
    attributes = try file.textAttributes()
    labelNames = try file.attribute(Attribute.labelNames)
    spec = try Self.readSpec(attributes, path: path)
    classPrior = try file.attribute(Attribute.classPrior)
    bestEpoch = try file.attribute(Attribute.bestEpoch)
    epochs = try Self.readHistory(from: file)
    validation = try Self.readValidation(from: file, spec, classes: labelNames.count)
    thresholds = try Self.readThresholds(from: file, spec, classes: labelNames.count)
    (tail, head) = try Self.readNetwork(spec, from: file, classes: labelNames.count)
    frozenEpochs = try file.hasAttribute(Attribute.frozenEpochs) ? file.attribute(Attribute.frozenEpochs) : nil
    seenImages = try SeenImages(file)
    choice = try Self.readChoice(from: file, attributes: attributes, thresholds)
    guard classPrior.count == labelNames.count, 1 <= bestEpoch, bestEpoch <= epochs.count,
      frozenEpochs.map((1...epochs.count).contains) ?? true,
      (validation.images == nil) == (spec.fold == nil),
      (validation.probabilities + classPrior).allSatisfy({ (0...1).contains($0) })
    else {
      throw PipelineError("\(path): its parts don't fit each other; run fit-head again")
    }
  }

  private static func readHistory(from file: HDF5File) throws -> [TrainingHistory.Epoch] {
    let columns = try series.map { try file.dataset("history/\($0.key)").read(Double.self) }
    guard columns.allSatisfy({ $0.count == columns[0].count && $0.allSatisfy(\.isFinite) }) else { return [] }
    return columns[0].indices.map { epoch in
      TrainingHistory.Epoch(
        number: epoch + 1, learningRate: columns[0][epoch],
        training: HeadMetrics(loss: columns[1][epoch], accuracy: columns[2][epoch]),
        validation: HeadMetrics(loss: columns[3][epoch], accuracy: columns[4][epoch]))
    }
  }

  private static func readThresholds(
    from file: HDF5File, _ spec: TrainedHeadSpec, classes: Int
  ) throws -> TagThresholds? {
    guard spec.head.loss == .binaryCrossEntropy else { return nil }
    let values: [Float] = try file.attribute(Attribute.thresholds)
    guard values.count == classes, values.allSatisfy({ (0...Float(1).nextUp).contains($0) }) else {
      throw PipelineError("\(file.filePath): its thresholds are not one a class, from 0 to 1; run fit-head again")
    }
    return TagThresholds(values: values)
  }

  private static func readTruth(from labels: HDF5Dataset, classes: Int, isMultiLabel: Bool) throws -> RowLabels {
    let values = try labels.read(Int32.self)
    guard values.allSatisfy({ $0 >= 0 && $0 < (isMultiLabel ? 2 : classes) }) else {
      throw PipelineError("\(labels.filePath): its parts don't fit each other; run fit-head again")
    }
    return isMultiLabel
      ? .many(TagMatrix(values: values.map { UInt8($0) }, classes: classes)) : .one(values.map(Int.init))
  }

  private static func readValidation(
    from file: HDF5File, _ spec: TrainedHeadSpec, classes: Int
  ) throws -> Predictions {
    let isMultiLabel = spec.head.loss == .binaryCrossEntropy
    let probabilities = try file.dataset("validation/probabilities")
    let labels = try file.dataset("validation/labels")
    guard labels.rowCount > 0, labels.shape == [labels.rowCount] + (isMultiLabel ? [classes] : []), classes > 0,
      probabilities.shape == [labels.rowCount, classes]
    else {
      throw PipelineError(
        "\(file.filePath): /validation has shapes \(probabilities.shape) and \(labels.shape); run fit-head again")
    }
    let images = try file.exists(foldImages) ? file.dataset(foldImages).read(Int32.self).map(Int.init) : nil
    guard images.map({ $0.count == labels.rowCount && $0[0] >= 0 && zip($0, $0.dropFirst()).allSatisfy(<) }) ?? true
    else { throw PipelineError("\(file.filePath): /\(foldImages) does not fit /validation; run fit-head again") }
    return Predictions(
      probabilities: try probabilities.read(Float.self),
      truth: try readTruth(from: labels, classes: classes, isMultiLabel: isMultiLabel), images: images)
  }

  private static func readSpec(_ attributes: [String: String], path: String) throws -> TrainedHeadSpec {
    guard let text = attributes[CacheSchema.Attribute.specification] else {
      throw PipelineError("\(path): an earlier version wrote it; run fit-head again")
    }
    guard let spec = try? TrainedHeadSpec(canonical: text), spec.key == attributes[Attribute.key] else {
      throw PipelineError("\(path): its specification is not as fit-head wrote it; run fit-head again")
    }
    return spec
  }

  private static func readNetwork(
    _ trained: TrainedHeadSpec, from file: HDF5File, classes: Int
  ) throws -> (tail: BackboneTail?, head: Head) {
    let spec = trained.head
    let cut = spec.convolutions == nil ? nil : trained.features.layer
    guard spec.convolutions == cut?.convolutionsBehind.map(\.name),
      cut.map({ $0.isPooling && !$0.convolutionsBehind.isEmpty }) ?? true
    else { throw PipelineError("\(file.filePath): its convolutions are not those behind its cut; run fit-head again") }
    let shape: [Int] = try file.attribute(Attribute.inputShape)
    // Far more than any layer's output has, and few enough for sizes that are computed from it.
    guard shape == [spec.input.height, spec.input.width, spec.input.channels],
      shape.allSatisfy({ 1...65_536 ~= $0 }), shape.reduce(1, *) <= 1 << 30
    else { throw PipelineError("\(file.filePath): input_shape is not H, W, C; run fit-head again") }
    let size = trained.features.inputSize
    let sides = trained.features.backbone.minimumSize...Backbone.maximumSize
    guard sides ~= size.height, sides ~= size.width else {
      throw PipelineError(
        "\(file.filePath): its network takes no images of \(size.height)x\(size.width); run fit-head again")
    }
    do {
      let architecture = try spec.architecture()
      guard architecture.classes == classes, architecture.isMultiLabel == (spec.loss == .binaryCrossEntropy) else {
        throw PipelineError("\(file.filePath): its layers don't fit its classes or its loss; run fit-head again")
      }
      var values = try paths(in: architecture, behind: cut).map { try read($0.shape, from: file.dataset($0.path)) }[...]
      let tail = cut.map { cut in
        BackboneTail(
          cut: cut,
          convolutions: cut.convolutionsBehind.map { _ in
            .init(kernel: values.removeFirst(), bias: values.removeFirst())
          })
      }
      for (variable, values) in zip(architecture.variables, values)
      where variable.name == "moving_variance" && values.contains(where: { $0 < 0 }) {
        throw PipelineError("\(file.filePath): a variance is below 0; run fit-head again")
      }
      return (tail, try Head(architecture: architecture, values: Array(values)))
    } catch let error as HeadError {
      throw PipelineError("\(file.filePath): \(error); run fit-head again")
    }
  }

  /// The values of a variable: of its very shape, and such as training ends with.
  private static func read(_ shape: [Int], from dataset: HDF5Dataset) throws -> [Float] {
    guard dataset.shape == shape else {
      throw PipelineError(
        "\(dataset.filePath): \(dataset.path) has shape \(dataset.shape), not \(shape); run fit-head again")
    }
    let values = try dataset.read(Float.self)
    guard values.allSatisfy(\.isFinite) else {
      throw PipelineError("\(dataset.filePath): \(dataset.path) is not finite; run fit-head again")
    }
    return values
  }

  private static func readChoice(
    from file: HDF5File, attributes: [String: String], _ thresholds: TagThresholds?
  ) throws -> HeadChoice? {
    guard let key = attributes[Attribute.choiceKey] else { return nil }
    let tables: [String] = try file.attribute(Attribute.comparisons)
    let comparisons = tables.compactMap(HeadComparison.init(json:))
    guard comparisons.count == tables.count else {
      throw PipelineError("\(file.filePath): its comparisons are no tables; run fit-head again")
    }
    return HeadChoice(
      key: key, members: try file.attribute(Attribute.members), summary: attributes[Attribute.summary] ?? "",
      comparisons: comparisons, advice: try file.hasAttribute(Attribute.advice) ? file.attribute(Attribute.advice) : [],
      thresholds: thresholds)
  }
}
