import Datasets
import Foundation
import HDF5

// What goes into a cache file. The same plan gives the same bytes.

extension SplitPlan {
  /// Creates `/features` for `rows` rows, to be filled chunk by chunk.
  func createFeatures(in file: HDF5File, rows: Int) throws -> HDF5Dataset {
    let row = [featureShape.height, featureShape.width, featureShape.channels]
    let features = try file.createDataset(
      "features", storage.elementType, shape: [rows] + row, maximumShape: [nil] + row,
      chunk: [rowsPerChunk] + row, filters: storage.filters)
    try features.setDimensionLabels(["N", "H", "W", "C"])
    return features
  }

  /// Writes the data sets that describe the rows: everything but `/features`.
  func writeRows(to file: HDF5File, skipped: [SkippedImage]) throws {
    let left = Set(skipped.map(\.row))
    let rows = examples.indices.filter { !left.contains($0) }.map { examples[$0] }
    try file.createDataset("labels", .int32, shape: [rows.count]).write(rows.map(\.label))
    try file.createDataset("filenames", .string, shape: [rows.count]).write(rows.map(\.name))
    try file.createDataset("label_names", .string, shape: [labelNames.count]).write(labelNames)
    if rows.contains(where: { $0.group != nil }) {
      try file.createDataset("groups", .string, shape: [rows.count]).write(rows.map { $0.group ?? "" })
    }
    if split == .train {
      let passes = [UInt8](repeating: 0, count: rows.count)
      try file.createDataset("augmentation", .uint8, shape: [rows.count]).write(passes)
    }
  }

  /// Writes the root attributes; `complete` last.
  func writeAttributes(to file: HDF5File, skipped: [SkippedImage]) throws {
    for field in provenance.fields { try file.setAttribute(field.name, field.value) }
    try file.setAttribute(CacheSchema.Attribute.createdBy, CacheSchema.createdBy)
    try file.setAttribute(CacheSchema.Attribute.weightsSource, weightsSource)
    try file.setAttribute(CacheSchema.Attribute.skipped, skipped.map(\.json))
    try file.setAttribute(CacheSchema.Attribute.key, key)
    try file.setAttribute(CacheSchema.Attribute.complete, 1)
  }
}
