import Core
import Foundation
import HDF5
import Support
import SystemPackage

extension FeatureCache {
  /// Reads features, pooled where the head pools, and flattened.
  ///
  /// Chunks are read one after the other, as they are stored, and decoded on all threads.
  /// - Parameters:
  ///   - tail: convolutions between the features and the head; nil: there are none.
  ///   - passes: how many of the augmented passes over the images are read as well; all where nil.
  ///   - memory: what bounds the memory that the matrix takes; nil for no bound.
  ///   - progress: told how many more rows are read.
  /// - Throws: ``DamagedRows`` where a chunk is damaged, ``PipelineError`` where a value is not a finite number.
  package func matrix(
    for architecture: HeadArchitecture, through tail: BackboneTail? = nil, augmentedPasses passes: Int? = 0,
    pool: WorkerPool, memory: FeatureMemory? = nil, progress: (_ rows: Int) -> Void = { _ in }
  ) throws -> FeatureMatrix {
    guard tail?.outputShape(of: featureShape) ?? featureShape == architecture.input else {
      throw PipelineError("\(path): /features does not fit a head for \(architecture.input); run extract again")
    }
    let extractor = tail.map { FeatureExtractor(tail: $0, features: featureShape, maximumBatch: 32, pool: pool) }
    var matrix = FeatureMatrix(columnCount: architecture.pooled.count, keep: memory?.keep)
    try forEachBlock(ofFirst: rowCount(augmentedPasses: passes), pool: pool, progress: progress) { values in
      do {
        let values = extractor?.features(of: values) ?? values
        try matrix.append(features: values, shape: architecture.input, pooling: architecture.pools, on: pool)
      } catch let error as HeadError {
        throw PipelineError("\(path): \(error)")
      }
    }
    return matrix
  }

  /// Reads features as they are, flattened: what fine-tuning takes.
  ///
  /// - Parameters, throws: as ``matrix(for:through:augmentedPasses:pool:memory:progress:)``.
  package func flattened(
    augmentedPasses passes: Int? = 0, pool: WorkerPool, memory: FeatureMemory? = nil,
    progress: (_ rows: Int) -> Void = { _ in }
  ) throws -> FeatureMatrix {
    var matrix = FeatureMatrix(columnCount: featureShape.count, keep: memory?.keep)
    try forEachBlock(ofFirst: rowCount(augmentedPasses: passes), pool: pool, progress: progress) { values in
      do {
        try matrix.append(dense: values, on: pool)
      } catch let error as HeadError {
        throw PipelineError("\(path): \(error)")
      }
    }
    return matrix
  }

  /// The means of each image's features over height and width: N×C.
  ///
  /// - Throws: ``PipelineError`` where a value is not a finite number; as
  ///   ``matrix(for:through:augmentedPasses:pool:memory:progress:)``.
  package func channelMeans(pool: WorkerPool, progress: (_ rows: Int) -> Void = { _ in }) throws -> [[Float]] {
    let (length, channels) = (featureShape.count, featureShape.channels)
    let places = Float(length / channels)
    var means: [[Float]] = []
    try forEachBlock(ofFirst: imageCount, pool: pool, progress: progress) { values in
      means += try pool.map(values.count / length) { row in
        var sums = [Float](repeating: 0, count: channels)
        for place in stride(from: row * length, to: (row + 1) * length, by: channels) {
          for channel in 0..<channels { sums[channel] += values[place + channel] }
        }
        return sums.map { $0 / places }
      }
    }
    if let row = means.firstIndex(where: { !$0.allSatisfy(\.isFinite) }) {
      throw PipelineError("\(path): \(HeadError.notFinite(row: row))")
    }
    return means
  }

  /// Calls `body` with the features of some of the first rows after the other: a few chunks a thread, which is what bounds
  /// the memory.
  ///
  /// - Throws: ``DamagedRows``, and what `body` throws.
  func forEachBlock(
    ofFirst rowCount: Int, pool: WorkerPool, progress: (_ rows: Int) -> Void, _ body: (_ values: [Float]) throws -> Void
  ) throws {
    let chunks = try FeatureChunks(features)
    let blockRows = 4 * pool.threadCount * chunks.rowsPerChunk
    for start in stride(from: 0, to: rowCount, by: blockRows) {
      let end = min(start + blockRows, rowCount)
      let rows = Array(stride(from: start, to: end, by: chunks.rowsPerChunk))
      let stored = try rows.map(chunks.unchecked)
      let length = chunks.valuesPerChunk
      let values = try [Float](unsafeUninitializedCapacity: rows.count * length) { buffer, count in
        nonisolated(unsafe) let buffer = buffer
        _ = try pool.map(rows.count) { index in
          let target = UnsafeMutableBufferPointer(rebasing: buffer[index * length..<(index + 1) * length])
          try chunks.decode(stored[index], atRow: rows[index], into: target)
        }
        count = (end - start) * features.rowSize
      }
      try body(values)
      progress(end - start)
    }
  }
}
