import Foundation
import HDF5

/// A contiguous range of a split's rows in a file of its own: there whole under its final name, or not there.
struct PartFile {
  let path: String
  /// Rows of `/features`: the part's images, less the skipped ones.
  let rowCount: Int
  let skipped: [SkippedImage]

  /// The path of a split's part.
  static func path(in folder: String, part: Int) -> String {
    (folder as NSString).appendingPathComponent(String(format: "%06d.h5", part))
  }

  /// Writes the part whole, synced, and then under its final name.
  static func write(_ path: String, plan: SplitPlan, chunks: [HDF5Chunk], rowCount: Int, skipped: [SkippedImage]) throws
  {
    try AtomicFile.replace(path) { temporary in
      let file = try HDF5File.create(temporary)
      let features = try plan.createFeatures(in: file, rows: rowCount)
      for (index, chunk) in chunks.enumerated() {
        try features.writeChunk(chunk, atRow: index * plan.rowsPerChunk)
      }
      try file.setAttribute(CacheSchema.Attribute.key, plan.key)
      try file.setAttribute(CacheSchema.Attribute.skipped, skipped.map(\.json))
      try file.close()
    }
  }

  /// The part at the path where it is there and belongs to the plan; nil where it has to be computed.
  static func existing(_ path: String, plan: SplitPlan) -> PartFile? {
    guard let file = try? HDF5File.open(path),
      let key = try? file.attribute(CacheSchema.Attribute.key, as: String.self), key == plan.key,
      let skipped = try? file.attribute(CacheSchema.Attribute.skipped, as: [String].self).map(SkippedImage.init(json:)),
      let rowCount = try? file.dataset("features").rowCount
    else { return nil }
    return PartFile(path: path, rowCount: rowCount, skipped: skipped)
  }
}
