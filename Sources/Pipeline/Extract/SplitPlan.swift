import Core
import Datasets

/// What is to be done for one split: its rows, its key, and the parts that it is written as.
struct SplitPlan: Sendable {
  let split: Split
  let examples: [Example]
  let labelNames: [String]
  let provenance: Provenance
  let key: String
  /// The weight file's name and format, for the reader of the cache.
  let weightsSource: String
  /// One row of `/features`.
  let featureShape: FeatureShape
  let storage: FeatureStorage
  /// Contiguous ranges of `examples`, each a multiple of the chunk's rows long, but for the last.
  let parts: [Range<Int>]

  init(
    split: Split, examples: [Example], labelNames: [String], provenance: Provenance, weightsSource: String,
    featureShape: FeatureShape, storage: FeatureStorage, partBytes: Int
  ) {
    self.split = split
    self.examples = examples
    self.labelNames = labelNames
    self.provenance = provenance
    self.key = provenance.key
    self.weightsSource = weightsSource
    self.featureShape = featureShape
    self.storage = storage
    let rowsPerChunk = storage.rowsPerChunk(featureShape)
    let chunkBytes = rowsPerChunk * featureShape.count * storage.bytesPerValue
    let rowsPerPart = max(1, partBytes / chunkBytes) * rowsPerChunk
    parts = stride(from: 0, to: examples.count, by: rowsPerPart).map { $0..<min($0 + rowsPerPart, examples.count) }
  }

  var rowsPerChunk: Int { storage.rowsPerChunk(featureShape) }
}
