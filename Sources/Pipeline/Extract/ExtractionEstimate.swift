import Core
import Datasets
import Foundation

/// What a run will take, by a trial with one batch of its images.
struct ExtractionEstimate {
  /// Rows of the caches that are written.
  let rowCount: Int
  /// Rows that are computed for them.
  let missingCount: Int
  let featureShape: FeatureShape
  let storage: FeatureStorage
  /// Of a row of features on disk.
  let bytesPerRow: Double
  let imagesPerSecond: Double

  /// - Parameter work: the splits that are written, and the rows that are computed for each.
  init(
    of work: [(plan: SplitPlan, missing: [Int])], inputs: ExtractionInputs, settings: Extraction.Settings,
    extractor: FeatureExtractor
  ) throws {
    rowCount = work.reduce(0) { $0 + $1.plan.rowCount }
    missingCount = work.reduce(0) { $0 + $1.missing.count }
    let largest = work.max { $0.missing.count < $1.missing.count }!
    let plan = largest.plan
    (featureShape, storage) = (plan.featureShape, plan.storage)
    let rows = largest.missing.isEmpty ? Array(0..<plan.rowCount) : largest.missing
    let trial = min(rows.count, inputs.batchSize(settings))
    let spread = (0..<trial).map { rows[$0 * rows.count / trial] }
    let batch = try inputs.loader(of: plan.split, settings: settings).load(plan.manifest, spread[...])
    guard batch.count > 0 else {
      bytesPerRow = Double(featureShape.count * storage.bytesPerValue)
      imagesPerSecond = 0
      return
    }
    // The first batch also makes room in memory.
    _ = extractor.features(of: batch, shape: featureShape)
    let start = ContinuousClock.now
    let features = extractor.features(of: batch, shape: featureShape)
    imagesPerSecond = Double(batch.count) / ((ContinuousClock.now - start) / .seconds(1))
    var chunks = try ChunkAssembler(featureShape: featureShape, storage: storage)
    try chunks.append(features)
    try chunks.finish()
    let bytes = chunks.takeChunks().reduce(0) { $0 + $1.bytes.count }
    bytesPerRow = Double(bytes) / Double(batch.count)
  }

  /// On disk, once all is done.
  var finalBytes: Int { Int(bytesPerRow * Double(rowCount)) }

  /// On disk while the caches are joined: the caches that they replace and the parts go only when all is safely done.
  var neededBytes: Int { Int(bytesPerRow * Double(rowCount + missingCount)) + (1 << 20) }

  func description(freeBytes: Int) -> String {
    let time = missingCount == 0 ? "nothing to compute" : "about \(duration(Double(missingCount) / imagesPerSecond))"
    let row = size(featureShape.count * storage.bytesPerValue)
    return "\(count(rowCount, "image")), \(grouped(missingCount)) to compute: features \(featureShape) "
      + "\(storage.type.rawValue) (\(row) an image), about \(size(finalBytes)) on disk, \(size(neededBytes)) while parts "
      + "are joined, \(size(freeBytes)) free; \(time)"
  }

  /// - Throws: ``PipelineError`` where the folder's file system has not enough room.
  func checkSpace(in folder: String, freeBytes: Int) throws {
    guard neededBytes > freeBytes else { return }
    throw PipelineError(
      "\(folder): about \(size(neededBytes)) are needed here, \(size(freeBytes)) are free; make room, give another folder "
        + "with --cache FOLDER, or go on all the same with --force")
  }
}

/// The bytes that may still be written below a path.
func freeBytes(at path: String) throws -> Int {
  var status = statvfs()
  guard statvfs(path, &status) == 0 else { throw PipelineError("\(path): can't tell the free space: \(lastSystemError())") }
  return Int(status.f_bavail) * Int(status.f_frsize)
}

/// Bytes as people say them: `72 KiB`, `1.4 GiB`.
func size(_ bytes: Int) -> String {
  let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
  var (value, unit) = (Double(bytes), 0)
  while value >= 1000, unit + 1 < units.count { (value, unit) = (value / 1024, unit + 1) }
  return "\(fixed(value, unit == 0 || value >= 10 ? 0 : 1)) \(units[unit])"
}
