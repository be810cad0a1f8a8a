import Core
import Datasets
import FeatureStore
import Foundation
import Support

/// What a run will take, by the first batch of its images.
struct ExtractionEstimate {
  /// A cache that is to be written.
  struct Work {
    let plan: SplitPlan
    let store: RowStore
    /// The rows that must be computed.
    let missing: [Int]

    /// - Parameter shard: the one whose rows are computed; all are where nil.
    init(_ plan: SplitPlan, store: RowStore, shard: Shard? = nil) {
      self.plan = plan
      self.store = store
      let all = store.missingRows(of: plan)
      missing = shard.map { all.filter($0.rows(of: plan).contains) } ?? all
    }
  }

  /// Rows of the caches that are written.
  let rowCount: Int
  /// Rows that are computed for them.
  let missingCount: Int
  let featureShape: FeatureShape
  let storage: FeatureStorage
  /// Of a row of features on disk.
  let bytesPerRow: Double
  /// Nil where nothing is computed.
  let trial: TrialBatch?

  /// - Throws: as ``BatchLoader``.
  init(
    of work: [Work], inputs: ExtractionInputs, extractor: OnFirstUse<FeatureExtractor>
  ) throws {
    rowCount = work.reduce(0) { $0 + $1.plan.rowCount }
    missingCount = work.reduce(0) { $0 + $1.missing.count }
    let largest = work.max { ($0.missing.count, $0.plan.rowCount) < ($1.missing.count, $1.plan.rowCount) }!
    let plan = largest.plan
    (featureShape, storage) = (plan.featureShape, plan.storage)
    trial = try largest.missing.isEmpty ? nil : largest.trial(inputs, extractor: extractor)
    let features = trial?.batch.features ?? largest.storedFeatures(of: inputs.batchSize)
    bytesPerRow = try plan.encodedSize(of: features) ?? Double(featureShape.count * storage.bytesPerValue)
  }

  /// On disk, once all is done.
  var finalBytes: Int { Int(bytesPerRow * Double(rowCount)) }

  /// On disk while the caches are joined: the caches that they replace and the parts go only when all is safely done.
  var neededBytes: Int { Int(bytesPerRow * Double(rowCount + missingCount)) + (1 << 20) }

  func description(freeBytes: Int) -> String {
    let time =
      missingCount == 0
      ? "; nothing to compute" : (trial?.imagesPerSecond).map { "; about \(duration(Double(missingCount) / $0))" } ?? ""
    let row = size(featureShape.count * storage.bytesPerValue)
    return "\(count(rowCount, "image")), \(grouped(missingCount)) to compute: features \(featureShape) "
      + "\(storage.type.rawValue) (\(row) an image), about \(size(finalBytes)) on disk, \(size(neededBytes)) while parts "
      + "are joined, \(size(freeBytes)) free\(time)"
  }

  /// - Throws: `PipelineError` where the folder's file system has not enough room.
  func checkSpace(in folder: String, freeBytes: Int) throws {
    guard neededBytes > freeBytes else { return }
    throw PipelineError(
      "\(folder): about \(size(neededBytes)) are needed here, \(size(freeBytes)) are free; make room, for one with "
        + "./pipeline.sh clean or --discard, give another folder with --cache FOLDER, or go on all the same with --force"
    )
  }
}

extension ExtractionEstimate.Work {
  /// The first rows that are missing.
  fileprivate func trial(_ inputs: ExtractionInputs, extractor: OnFirstUse<FeatureExtractor>) throws -> TrialBatch {
    let rows = missing.prefix(inputs.batchSize)
    let images = try inputs.loader(of: plan.split).load(plan.manifest, rows)
    let extractor = extractor.value
    let start = ContinuousClock.now
    let features = extractor.features(of: images.pixels)
    return TrialBatch(
      split: plan.split, rowCount: rows.count, batch: FeatureBatch(images: images, features: features),
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  /// The features of some rows that are there; of less where they are damaged, which their reader will say.
  fileprivate func storedFeatures(of count: Int) -> [Float] {
    let reader = RowReader()
    return (0..<plan.rowCount).spread(count).flatMap { row in
      store[plan.manifest.digests[row]].flatMap { try? Array(reader.row(at: $0)) } ?? []
    }
  }
}

extension SplitPlan {
  /// Bytes of a row on disk, by those of some rows; nil where there are none.
  fileprivate func encodedSize(of features: [Float]) throws -> Double? {
    guard !features.isEmpty else { return nil }
    var chunks = try ChunkAssembler(featureShape: featureShape, storage: storage)
    try chunks.append(features)
    try chunks.finish()
    let bytes = chunks.takeChunks().reduce(0) { $0 + $1.bytes.count }
    return Double(bytes * featureShape.count) / Double(features.count)
  }
}
