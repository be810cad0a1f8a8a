import Foundation
import HDF5
import SystemPackage

/// Some rows of features in a file of their own: there whole under its final name, or not there.
///
/// Like a cache it has `/features` and `/digests`; which rows it has is for ``PartWriter`` to say. `/skipped` lists the
/// images that were met on the way and could not be decoded.
enum PartFile {
  /// Writes the part.
  ///
  /// - Throws: as `HDF5File.write`.
  static func write(
    _ path: String, plan: SplitPlan, chunks: [HDF5Chunk], digests: [ContentDigest], skipped: [SkippedImage]
  ) throws {
    try HDF5File.write(path) { file in
      let features = try plan.createFeatures(in: file, rows: digests.count)
      for (index, chunk) in chunks.enumerated() {
        try features.writeChunk(chunk, atRow: index * plan.rowsPerChunk)
      }
      try file.writeDigests(digests)
      try file.writeChecked(CacheSchema.Name.skipped, skipped.map(\.json))
      try file.setAttribute(CacheSchema.Attribute.schema, CacheSchema.name, isFixed: true)
      try file.setAttribute(CacheSchema.Attribute.featuresKey, plan.spec.features.key, isFixed: true)
      // What was skipped for its size depends on it.
      if let limit = plan.spec.maxPixels { try file.setAttribute(CacheSchema.Attribute.maxPixels, limit) }
    }
  }

  /// The paths of the parts in a folder, those of one process in the order in which it wrote them.
  static func paths(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".h5") }.sorted().map { FilePath(folder).appending($0).string }
  }
}
