import Core
import HDF5

/// The rows of `/features`, read chunk by chunk, checked, and decoded outside of HDF5 in as many threads as one likes.
package struct FeatureChunks: Sendable {
  package let features: HDF5Dataset
  let rowsPerChunk: Int
  private let codec: ChunkCodec

  /// - Throws: ``PipelineError`` where the features don't lie in chunks of whole rows, or without a checksum.
  package init(_ features: HDF5Dataset) throws {
    try features.requireChecksum()
    self.features = features
    rowsPerChunk = features.rowsPerChunk ?? 1
    codec = try ChunkCodec(for: features)
  }

  /// The values of a chunk; of the last one, too.
  var valuesPerChunk: Int { codec.chunkSize / features.elementSize }

  /// The rows of the chunk that has this row.
  package func rows(ofChunkWith row: Int) -> Range<Int> {
    let start = row / rowsPerChunk * rowsPerChunk
    return start..<min(start + rowsPerChunk, features.rowCount)
  }

  /// The chunk as it is stored, with its checksum found to be right.
  ///
  /// - Throws: ``DamagedRows``.
  package func stored(atRow row: Int) throws -> HDF5Chunk {
    try locating(row) {
      let chunk = try features.readChunk(atRow: row)
      try codec.check(chunk)
      return chunk
    }
  }

  /// The chunk as it is stored, not yet checked. One thread should read, in the order of the rows.
  ///
  /// - Throws: ``DamagedRows``.
  package func unchecked(atRow row: Int) throws -> HDF5Chunk {
    try locating(row) { try features.readChunk(atRow: row) }
  }

  /// Decodes a chunk into room for ``valuesPerChunk`` values.
  ///
  /// - Throws: ``DamagedRows``.
  package func decode(_ chunk: HDF5Chunk, atRow row: Int, into values: UnsafeMutableBufferPointer<Float>) throws {
    try locating(row) {
      if features.elementType == .float16 {
        let halves = try codec.decode(chunk, as: HalfPrecision.self)
        for (position, half) in halves.enumerated() { values[position] = Float(half) }
      } else {
        try codec.decode(chunk, into: UnsafeMutableRawBufferPointer(values))
      }
    }
  }

  /// The values of a chunk, read, checked and decoded.
  ///
  /// - Throws: ``DamagedRows``.
  package func values(ofChunkAtRow row: Int) throws -> [Float] {
    let chunk = try stored(atRow: row)
    return try [Float](unsafeUninitializedCapacity: valuesPerChunk) { buffer, count in
      try decode(chunk, atRow: row, into: UnsafeMutableBufferPointer(rebasing: buffer[..<valuesPerChunk]))
      count = valuesPerChunk
    }
  }

  private func locating<Result>(_ row: Int, _ body: () throws -> Result) throws -> Result {
    try DamagedRows.locating(rows(ofChunkWith: row), of: features, body)
  }
}
