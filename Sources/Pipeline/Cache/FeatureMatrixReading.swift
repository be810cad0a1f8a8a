import Core
import Foundation
import HDF5

extension FeatureCache {
  /// Reads all features, pooled where the head pools, and flattened.
  ///
  /// Chunks are read one after the other, as they are stored, and decoded on all threads.
  /// - Throws: `HDF5Error` where a chunk is damaged, ``PipelineError`` where a value is not a finite number.
  func matrix(for architecture: HeadArchitecture, pool: WorkerPool) throws -> FeatureMatrix {
    guard features.rowSize == architecture.input.count, let rowsPerChunk = features.rowsPerChunk else {
      throw PipelineError("\(path): /features does not fit a head for \(architecture.input); run extract again")
    }
    let codec = try ChunkCodec(for: features)
    var matrix = FeatureMatrix(columnCount: architecture.pooled.count)
    // Some chunks a thread at a time: what bounds the memory.
    let blockRows = 4 * pool.threadCount * rowsPerChunk
    for start in stride(from: 0, to: rowCount, by: blockRows) {
      let rows = start..<min(start + blockRows, rowCount)
      let chunks = try stride(from: start, to: rows.upperBound, by: rowsPerChunk).map { row in
        try features.readChunk(atRow: row)
      }
      let values = try decoded(chunks, codec: codec, pool: pool).prefix(rows.count * features.rowSize)
      do {
        try matrix.append(
          features: Array(values), shape: featureShape, pooling: architecture.pools, on: pool)
      } catch let error as HeadError {
        throw PipelineError("\(path): \(error)")
      }
    }
    return matrix
  }

  /// The values of whole chunks, one chunk after the other.
  private func decoded(_ chunks: [HDF5Chunk], codec: ChunkCodec, pool: WorkerPool) throws -> [Float] {
    let isHalf = features.elementType == .float16
    let chunkLength = codec.chunkSize / features.elementSize
    var failures = [(any Error)?](repeating: nil, count: chunks.count)
    let values = [Float](unsafeUninitializedCapacity: chunks.count * chunkLength) { values, count in
      nonisolated(unsafe) let values = values
      failures.withUnsafeMutableBufferPointer { failures in
        nonisolated(unsafe) let failures = failures
        pool.forEach(chunks.count) { index, _ in
          let target = UnsafeMutableBufferPointer(rebasing: values[index * chunkLength..<(index + 1) * chunkLength])
          do {
            if isHalf {
              let halves = try codec.decode(chunks[index], as: Float16.self)
              for (position, half) in halves.enumerated() { target[position] = Float(half) }
            } else {
              try codec.decode(chunks[index], into: UnsafeMutableRawBufferPointer(target))
            }
          } catch {
            failures[index] = error
          }
        }
      }
      count = failures.contains { $0 != nil } ? 0 : values.count
    }
    if let failure = failures.compactMap(\.self).first { throw failure }
    return values
  }
}
