import Core
import Foundation
import HDF5

extension FeatureCache {
  /// Reads all features, pooled where the head pools, and flattened.
  ///
  /// - Throws: `HDF5Error` where a chunk is damaged, ``PipelineError`` where a value is not a finite number.
  func matrix(for architecture: HeadArchitecture, pool: WorkerPool) throws -> FeatureMatrix {
    var matrix = FeatureMatrix(columnCount: architecture.pooled.count)
    let block = max(1, (64 << 20) / (4 * featureShape.count))
    for start in stride(from: 0, to: rowCount, by: block) {
      let rows = start..<min(start + block, rowCount)
      do {
        try matrix.append(
          features: try features.read(Float.self, rows: rows), shape: featureShape, pooling: architecture.pools,
          on: pool)
      } catch let error as HeadError {
        throw PipelineError("\(path): \(error)")
      }
    }
    return matrix
  }
}
