import Foundation
import HDF5
import Support

/// Makes a split's cache file of rows that are spread over other files.
package struct CacheJoiner {
  package let plan: SplitPlan
  package let store: RowStore

  package init(plan: SplitPlan, store: RowStore) {
    (self.plan, self.store) = (plan, store)
  }

  /// Writes the cache file.
  ///
  /// - Parameter progress: told how many more rows are copied.
  /// - Throws: ``DamagedRows`` where a row can't be used after all; as `HDF5File.write`.
  package func join(into path: String, skipped: [SkippedImage], progress: (_ rows: Int) -> Void) throws {
    let left = Set(skipped.map(\.row))
    let rows = (0..<plan.rowCount).filter { !left.contains(plan.manifest.index(ofRow: $0)) }
    let locations = try rows.map { row in
      guard let location = store[plan.manifest.digests[row]] else {
        let name = plan.manifest.example(ofRow: row).name
        throw PipelineError("\(path): the features of \(name) are missing; run extract again")
      }
      return location
    }
    try HDF5File.write(path) { file in
      try copy(locations, to: try plan.createFeatures(in: file, rows: rows.count), progress: progress)
      try plan.writeRows(rows, skipped: skipped, to: file)
      try plan.writeAttributes(to: file)
    }
  }

  /// Chunks that some file has just so are copied as they are, encoded. The others are put together of single rows.
  private func copy(_ locations: [RowStore.Location], to features: HDF5Dataset, progress: (_ rows: Int) -> Void) throws
  {
    let reader = RowReader()
    var assembler = try ChunkAssembler(featureShape: plan.featureShape, storage: plan.storage)
    for start in stride(from: 0, to: locations.count, by: plan.rowsPerChunk) {
      let wanted = locations[start..<min(start + plan.rowsPerChunk, locations.count)]
      if let chunk = try reader.storedChunk(of: wanted, as: features) {
        try features.writeChunk(chunk, atRow: start)
      } else {
        for location in wanted { try assembler.append(try reader.row(at: location)) }
        try assembler.finish()
        for chunk in assembler.takeChunks() { try features.writeChunk(chunk, atRow: start) }
      }
      progress(wanted.count)
    }
  }
}
