import Console
import Core
import FeatureStore
import Support
import Weights

/// The features that fine-tuning starts at, and the convolutions that it trains, as they are before.
struct TunedData: Sendable {
  let cut: Backbone.Layer
  /// Of an image.
  let shape: FeatureShape
  /// N×(H·W·C).
  let train: FeatureMatrix
  let valid: FeatureMatrix
  /// Of the whole network.
  let weights: BackboneWeights
  /// Those of them that are trained.
  let frozen: BackboneTail

  /// - Throws: as ``FeatureCache``; `PipelineError` where there are no weights that the features are of.
  init(
    train: FeatureCache, valid: FeatureCache, _ fitting: HeadFitting, memory: FeatureMemory, pool: WorkerPool,
    terminal: Terminal
  ) throws {
    cut = try FineTuningCut(train).layer
    shape = train.featureShape
    weights = try PublishedWeights.read(
      fitting.weights, in: fitting.cache, for: train.spec.features, ofHead: train.path
    ).weights
    frozen = BackboneTail(of: weights, behind: cut)
    self.train = try train.flattened(
      augmentedPasses: fitting.training.augmentedPasses, pool: pool, memory: memory, terminal: terminal)
    self.valid = try valid.flattened(pool: pool, memory: memory, terminal: terminal)
  }

  /// The same convolutions with other rows.
  init(_ other: TunedData, train: FeatureMatrix, valid: FeatureMatrix) {
    (cut, shape, weights, frozen) = (other.cut, other.shape, other.weights, other.frozen)
    (self.train, self.valid) = (train, valid)
  }

  /// What a head takes of the features.
  ///
  /// - Parameters:
  ///   - rows: N×(H·W·C), of the cut.
  ///   - tail: the convolutions that they pass through; nil: the frozen ones.
  /// - Throws: `HeadError` where a value is not finite; what keeping the rows throws.
  func headFeatures(
    of rows: FeatureMatrix, through tail: BackboneTail? = nil, _ head: HeadArchitecture,
    memory: FeatureMemory? = nil, pool: WorkerPool, terminal: Terminal
  ) throws -> FeatureMatrix {
    let batch = 32
    let extractor = FeatureExtractor(tail: tail ?? frozen, features: shape, maximumBatch: batch, pool: pool)
    let progress = ProgressBar(
      "convolving", total: rows.rows.count, unit: "images", quiet: terminal.quiet || rows.rows.count < 256)
    defer { progress.finish() }
    var matrix = FeatureMatrix(columnCount: head.pooled.count, keep: memory?.keep)
    for start in stride(from: 0, to: rows.rows.count, by: batch) {
      let block = rows.rows[start..<min(start + batch, rows.rows.count)]
      let values = [Float](unsafeUninitializedCapacity: block.count * shape.count) { buffer, count in
        for (index, row) in block.enumerated() {
          row.copy(to: buffer.baseAddress! + index * shape.count, count: shape.count)
        }
        count = block.count * shape.count
      }
      try matrix.append(
        features: extractor.features(of: values), shape: head.input, pooling: head.pools, on: pool)
      progress.advance(by: block.count)
    }
    return matrix
  }
}
