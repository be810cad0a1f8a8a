import Core
import Foundation
import HDF5
import Support

/// A split's cache file, opened for reading and found to be complete and of this version's schema.
package struct FeatureCache: Sendable {
  package let path: String
  /// The root attributes that are text: provenance, `key`, `weights_source`, `created_by`.
  package let attributes: [String: String]
  package let labelNames: [String]
  /// What decided the content.
  package let spec: CacheSpec
  package let skipped: [SkippedImage]
  package let featureShape: FeatureShape
  package let rowCount: Int
  /// The rows of the images themselves, which come first. As many rows follow for each augmented pass, in the same order.
  package let imageCount: Int

  private let file: HDF5File
  package let features: HDF5Dataset

  /// - Throws: ``PipelineError`` or `HDF5Error` when there is no such file, or it is no complete feature cache.
  package init(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw PipelineError("no such cache; run ./pipeline.sh extract first", about: path)
    }
    do {
      try self.init(opening: path)
    } catch let error as HDF5Error where !error.isLock {
      throw PipelineError("\(error.statement); \(DamagedRows.remedy)", about: error.file)
    }
  }

  /// Nil where there is no such file.
  ///
  /// - Throws: as ``init(_:)``.
  package static func ifThere(_ path: String) throws -> FeatureCache? {
    FileManager.default.fileExists(atPath: path) ? try FeatureCache(path) : nil
  }

  private init(opening path: String) throws {
    self.path = path
    file = try HDF5File.open(path)
    let schema = try? file.attribute(CacheSchema.Attribute.schema, as: String.self)
    guard schema == CacheSchema.name, try file.hasAttribute(CacheSchema.Attribute.complete) else {
      let found = schema.map { "of schema \($0.printable), written by another version" } ?? "not a feature cache"
      throw PipelineError("\(found) (expected \(CacheSchema.name)); run ./pipeline.sh extract again", about: path)
    }
    attributes = try file.textAttributes()
    labelNames = try file.readChecked(CacheSchema.Name.labelNames)
    spec = try Self.spec(attributes, path: path)
    skipped = try SkippedImage.list(in: file)
    features = try file.dataset(CacheSchema.Name.features)
    try features.checkShape()
    guard features.shape.count == 4, features.shape.dropFirst().allSatisfy({ $0 > 0 }) else {
      throw PipelineError("/features has shape \(features.shape), expected N×H×W×C; run extract again", about: path)
    }
    // Whoever can't read the features must not take the file for one that is up to date.
    _ = try FeatureChunks(features)
    rowCount = features.shape[0]
    featureShape = FeatureShape(height: features.shape[1], width: features.shape[2], channels: features.shape[3])
    imageCount = try Self.imageCount(in: file, rowCount: rowCount)
    guard skipped.allSatisfy({ $0.row < imageCount + skipped.count }) else {
      throw PipelineError("/skipped does not fit /features; run extract again", about: path)
    }
  }

  private static func spec(_ attributes: [String: String], path: String) throws -> CacheSpec {
    guard let text = attributes[CacheSchema.Attribute.specification], let spec = try? CacheSpec(canonical: text),
      spec.key == attributes[CacheSchema.Attribute.key], spec.features.layer != nil
    else { throw PipelineError("its specification is not as extract wrote it; run extract again", about: path) }
    return spec
  }

  package var key: String { spec.key }
  package var origin: FeatureOrigin {
    FeatureOrigin(features: spec.features, labelNames: labelNames, isMultiLabel: isMultiLabel)
  }
  /// Whether an image has any number of classes.
  package var isMultiLabel: Bool { spec.isMultiLabel }

  /// The features of a row, H×W×C.
  ///
  /// - Throws: ``DamagedRows``.
  package func row(_ index: Int) throws -> [Float] {
    Array(try RowReader().row(at: RowStore.Location(path: path, row: index)))
  }

  /// Whether the features come from a pooling layer.
  package var layerPools: Bool { spec.features.layer?.isPooling ?? false }

  /// Of each row indices into ``labelNames``, ascending: one, or any number of them; nil where they are not known.
  package func classes() throws -> [[Int32]?] {
    try file.readLabels(
      CacheSchema.Name.labels, rows: rowCount, classes: labelNames.count, isMultiLabel: isMultiLabel)
  }

  /// The classes of the first rows.
  ///
  /// - Parameter why: what they are needed for, for the error.
  /// - Throws: ``PipelineError`` where those of a row are not known.
  package func labels(ofFirst count: Int, why: String) throws -> RowLabels {
    let known = try classes().prefix(count).compactMap { $0?.map(Int.init) }
    guard known.count == count else { throw PipelineError("some rows have no label: \(why)", about: path) }
    return RowLabels(known, classes: labelNames.count, isMultiLabel: isMultiLabel)
  }

  private static func imageCount(in file: HDF5File, rowCount: Int) throws -> Int {
    guard try file.exists(CacheSchema.Name.augmentation) else { return rowCount }
    let passes = try file.readChecked(CacheSchema.Name.augmentation, as: UInt8.self).map(Int.init)
    let imageCount = passes.count { $0 == 0 }
    let isWhole = rowCount.isMultiple(of: max(imageCount, 1))
    guard passes.count == rowCount, isWhole, passes.indices.allSatisfy({ passes[$0] == $0 / max(imageCount, 1) }) else {
      throw PipelineError(
        "/augmentation is not 0 for all images, then 1 for all of them, and so on; run extract again",
        about: file.filePath)
    }
    return imageCount
  }

  /// How many augmented passes follow the images.
  package var augmentedPasses: Int { rowCount / max(imageCount, 1) - 1 }

  /// How many rows the images and their first augmented passes have.
  ///
  /// - Parameter augmentedPasses: how many passes; all where nil.
  package func rowCount(augmentedPasses passes: Int?) -> Int {
    imageCount * (1 + min(passes ?? .max, augmentedPasses))
  }

  /// The share of each class among the rows.
  package func classPrior() throws -> [Float] {
    let classes = try classes()
    var counts = [Int](repeating: 0, count: labelNames.count)
    for label in classes.flatMap({ $0 ?? [] }) { counts[Int(label)] += 1 }
    return counts.map { Float($0) / Float(classes.count) }
  }

  package func filenames() throws -> [String] {
    try strings(CacheSchema.Name.filenames)
  }

  /// The group of each row's image, empty where it has none; nil where the data have no groups.
  package func groups() throws -> [String]? {
    try file.exists(CacheSchema.Name.groups) ? strings(CacheSchema.Name.groups) : nil
  }

  /// The digest of each row's image.
  package func digests() throws -> [ContentDigest] {
    let digests = try file.readDigests()
    guard digests.count == rowCount else {
      throw PipelineError("/digests does not fit /features; \(DamagedRows.remedy)", about: path)
    }
    return digests
  }

  private func strings(_ name: String) throws -> [String] {
    let strings = try file.readChecked(name)
    guard strings.count == rowCount else {
      throw PipelineError("/\(name) does not fit /features; \(DamagedRows.remedy)", about: path)
    }
    return strings
  }

  /// Reads everything there is, and checks it.
  ///
  /// - Throws: ``DamagedRows``, ``PipelineError`` or `HDF5Error` of the first thing that is not as it was written.
  package func verify(pool: WorkerPool, progress: (_ rows: Int) -> Void = { _ in }) throws {
    _ = (try classes(), try filenames(), try digests(), try groups())
    var row = 0
    try forEachBlock(ofFirst: rowCount, pool: pool, progress: progress) { values in
      if let place = values.firstIndex(where: { !$0.isFinite }) {
        let bad = row + place / featureShape.count
        throw DamagedRows(
          path: path, dataset: features.path, rows: bad..<bad + 1, reason: "a value is not a finite number")
      }
      row += values.count / featureShape.count
    }
  }
}

extension HDF5Object {
  /// The attributes that are a single text.
  func textAttributes() throws -> [String: String] {
    var texts: [String: String] = [:]
    for name in try attributeNames where try attributeType(name).isString && attributeShape(name).isEmpty {
      texts[name] = try attribute(name, as: String.self)
    }
    return texts
  }
}
