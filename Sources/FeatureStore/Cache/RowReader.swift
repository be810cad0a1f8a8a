import HDF5

/// Reads rows of several files. Keeps open what it read last: the next row is likely to be near.
package final class RowReader {
  private var open: (path: String, chunks: FeatureChunks)?
  private var decoded: (location: RowStore.Location, values: [Float])?

  package init() {}

  private func chunks(of path: String) throws -> FeatureChunks {
    if let open, open.path == path { return open.chunks }
    let chunks = try FeatureChunks(HDF5File.open(path).dataset(CacheSchema.Name.features))
    open = (path, chunks)
    return chunks
  }

  /// The chunk that holds exactly these rows, in this order, stored as in `target`; nil where there is none.
  func storedChunk(of rows: ArraySlice<RowStore.Location>, as target: HDF5Dataset) throws -> HDF5Chunk? {
    guard let first = rows.first else { return nil }
    let source = try chunks(of: first.path)
    let wholeChunk = source.rows(ofChunkWith: first.row).map { RowStore.Location(path: first.path, row: $0) }
    guard wholeChunk.elementsEqual(rows), source.features.chunkShape == target.chunkShape,
      source.features.elementType == target.elementType, source.features.filters == target.filters
    else { return nil }
    return try source.stored(atRow: first.row)
  }

  /// A row of features.
  ///
  /// - Throws: ``DamagedRows``.
  package func row(at location: RowStore.Location) throws -> ArraySlice<Float> {
    let source = try chunks(of: location.path)
    let start = source.rows(ofChunkWith: location.row).lowerBound
    let chunk = RowStore.Location(path: location.path, row: start)
    if decoded?.location != chunk { decoded = (chunk, try source.values(ofChunkAtRow: start)) }
    let length = source.features.rowSize
    return decoded!.values[(location.row - start) * length..<(location.row - start + 1) * length]
  }
}
