import Foundation
import HDF5

/// Joins a split's parts into its cache file.
struct PartJoiner {
  let plan: SplitPlan
  /// Where the parts lie.
  let folder: String

  /// Writes the cache file whole, synced, and then under its final name; then removes the parts.
  ///
  /// - Returns: the images that the cache has no rows for.
  func join(into path: String) throws -> [SkippedImage] {
    let parts = try plan.parts.indices.map { index in
      let partPath = PartFile.path(in: folder, part: index)
      guard let part = PartFile.existing(partPath, plan: plan) else {
        throw PipelineError("\(partPath): this part is missing or was changed meanwhile; run extract again")
      }
      return part
    }
    let skipped = parts.flatMap(\.skipped)
    try AtomicFile.replace(path) { temporary in
      let file = try HDF5File.create(temporary)
      let features = try plan.createFeatures(in: file, rows: parts.reduce(0) { $0 + $1.rowCount })
      try copyRows(of: parts, to: features)
      try plan.writeRows(to: file, skipped: skipped)
      try plan.writeAttributes(to: file, skipped: skipped)
      try file.close()
    }
    try? FileManager.default.removeItem(atPath: folder)
    return skipped
  }

  /// Full chunks are copied as they are, encoded, while they begin where a chunk begins in the joined file, too. After a
  /// part that skipped images they don't: those rows are decoded and collected into new chunks.
  private func copyRows(of parts: [PartFile], to features: HDF5Dataset) throws {
    var assembler = try ChunkAssembler(featureShape: plan.featureShape, storage: plan.storage)
    var row = 0
    func write(_ chunk: HDF5Chunk) throws {
      try features.writeChunk(chunk, atRow: row)
      row += plan.rowsPerChunk
    }
    for part in parts {
      let file = try HDF5File.open(part.path)
      let source = try file.dataset("features")
      for start in stride(from: 0, to: part.rowCount, by: plan.rowsPerChunk) {
        let rows = start..<min(start + plan.rowsPerChunk, part.rowCount)
        if assembler.isEmpty && rows.count == plan.rowsPerChunk {
          try write(try source.readChunk(atRow: start))
        } else {
          try assembler.append(try source.read(Float.self, rows: rows))
          try assembler.takeChunks().forEach(write)
        }
      }
    }
    try assembler.finish()
    try assembler.takeChunks().forEach(write)
  }
}
