import Datasets
import Foundation
import HDF5
import Support

// What goes into a cache file. The same plan gives the same bytes.

extension SplitPlan {
  /// Creates `/features` for `rows` rows, to be filled chunk by chunk.
  func createFeatures(in file: HDF5File, rows: Int) throws -> HDF5Dataset {
    let row = [featureShape.height, featureShape.width, featureShape.channels]
    let features = try file.createDataset(
      CacheSchema.Name.features, storage.elementType, shape: [rows] + row, maximumShape: [nil] + row,
      chunk: [rowsPerChunk] + row, filters: storage.filters)
    try features.setDimensionLabels(["N", "H", "W", "C"])
    return features
  }

  /// Writes the data sets that describe the rows: everything but `/features`.
  ///
  /// - Parameter rows: those rows of the manifest that have features.
  func writeRows(_ rows: [Int], skipped: [SkippedImage], to file: HDF5File) throws {
    let examples = rows.map(manifest.example)
    try file.writeLabels(
      CacheSchema.Name.labels, of: examples, classes: manifest.labelNames.count, isMultiLabel: manifest.isMultiLabel)
    try file.writeChecked(CacheSchema.Name.filenames, examples.map(\.name))
    try file.writeChecked(CacheSchema.Name.labelNames, manifest.labelNames)
    if examples.contains(where: { $0.group != nil }) {
      try file.writeChecked(CacheSchema.Name.groups, examples.map { $0.group ?? "" })
    }
    if split == .train || manifest.passes.count > 0 {
      try file.writeChecked(CacheSchema.Name.augmentation, rows.map { UInt8(manifest.pass(ofRow: $0)) })
    }
    try file.writeDigests(rows.map { manifest.digests[$0] })
    try file.writeChecked(CacheSchema.Name.skipped, skipped.map(\.json))
  }

  /// Writes the root attributes; `complete` last.
  func writeAttributes(to file: HDF5File) throws {
    try file.setAttribute(CacheSchema.Attribute.schema, CacheSchema.name, isFixed: true)
    try file.setAttribute(CacheSchema.Attribute.specification, spec.canonical, isFixed: true)
    for fact in spec.readable { try file.setAttribute(fact.name, fact.value, isFixed: true) }
    try file.setAttribute(CacheSchema.Attribute.createdBy, CacheSchema.createdBy, isFixed: true)
    try file.setAttribute(CacheSchema.Attribute.weightsSource, weightsSource, isFixed: true)
    if let idColumn { try file.setAttribute(CacheSchema.Attribute.idColumn, idColumn, isFixed: true) }
    try file.setAttribute(CacheSchema.Attribute.featuresKey, spec.features.key, isFixed: true)
    try file.setAttribute(CacheSchema.Attribute.key, spec.key, isFixed: true)
    try file.setAttribute(CacheSchema.Attribute.complete, 1)
  }
}

extension HDF5File {
  /// Writes `/digests`, a row of 32 bytes for each row of `/features`.
  func writeDigests(_ digests: [ContentDigest]) throws {
    try writeChecked(CacheSchema.Name.digests, digests.flatMap(\.bytes), row: [ContentDigest.byteCount])
  }

  func readDigests(_ name: String = CacheSchema.Name.digests) throws -> [ContentDigest] {
    let bytes = try readChecked(name, as: UInt8.self)
    guard bytes.count % ContentDigest.byteCount == 0 else {
      throw PipelineError("/digests is not N×\(ContentDigest.byteCount); \(DamagedRows.remedy)", about: filePath)
    }
    return stride(from: 0, to: bytes.count, by: ContentDigest.byteCount).map {
      ContentDigest(bytes: bytes[$0..<$0 + ContentDigest.byteCount])
    }
  }
}
