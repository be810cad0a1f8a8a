import FeatureStore
import HDF5

extension RowStore {
  /// Reads some rows of the plan, as far as they are there, and checks them.
  ///
  /// - Returns: the chunks that are damaged.
  func damages(in rows: Range<Int>, of plan: SplitPlan) throws -> [DamagedRows] {
    let locations = Dictionary(grouping: rows.compactMap { self[plan.manifest.digests[$0]] }, by: \.path)
    return try locations.sorted { $0.key < $1.key }.flatMap { path, locations in
      let chunks = try FeatureChunks(HDF5File.open(path).dataset(CacheSchema.Name.features))
      let starts = Set(locations.map { chunks.rows(ofChunkWith: $0.row).lowerBound })
      return try starts.sorted().compactMap { row -> DamagedRows? in
        do {
          _ = try chunks.stored(atRow: row)
          return nil
        } catch let damage as DamagedRows {
          return damage
        }
      }
    }
  }
}
