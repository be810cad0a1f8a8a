import Core
import Datasets
import FeatureStore
import Foundation
import Support

/// A few images, decoded, resized and preprocessed.
struct ImageBatch: Sendable {
  /// `count × height × width × 3` values, in the channel order that the weights want.
  let pixels: [Float]
  /// What the features of each image are found by.
  let digests: [ContentDigest]
  var count: Int { digests.count }
  /// Those of the batch's rows whose images can't be decoded: they have no pixels.
  let skipped: [SkippedImage]
}

/// Loads images batch by batch, those of a batch on all threads.
struct BatchLoader: Sendable {
  let images: ImageLoader
  let batchSize: Int
  /// Not the one that computes: a batch is loaded while another one is computed.
  let pool: WorkerPool
  /// What to say of an image that is not the one in the manifest.
  let adviceOnChange: String

  /// Calls `body` with batches of the given rows of the plan's manifest, in order, until it returns false.
  ///
  /// - Throws: `PipelineError` where an image is not the one that the manifest was made from.
  func forEachBatch(of plan: SplitPlan, rows: [Int], _ body: (ImageBatch) -> Bool) throws {
    for start in stride(from: 0, to: rows.count, by: batchSize) {
      let batch = try load(plan.manifest, rows[start..<min(start + batchSize, rows.count)])
      guard body(batch) else { return }
    }
  }

  /// - Throws: as ``forEachBatch(of:rows:_:)``.
  func load(_ manifest: Manifest, _ rows: ArraySlice<Int>) throws -> ImageBatch {
    let rows = Array(rows)
    let (pixels, skipped) = try pool.pixels(of: rows.count, length: images.preparation.length) { index, room in
      try load(manifest, rows[index], into: room)
    }
    let digests = zip(rows, skipped).compactMap { row, skipped in skipped == nil ? manifest.digests[row] : nil }
    return ImageBatch(pixels: pixels, digests: digests, skipped: skipped.compactMap(\.self))
  }

  /// Fills `target` with a row's pixels.
  ///
  /// - Returns: nil, or the row's image if it can't be decoded.
  private func load(
    _ manifest: Manifest, _ row: Int, into target: UnsafeMutableBufferPointer<Float>
  ) throws -> SkippedImage? {
    let index = manifest.index(ofRow: row)
    let content = try content(manifest, index)
    do {
      let augmentation = manifest.augmentation(ofRow: row, size: images.preparation.size)
      try images.fill(target, with: index, content: content, augmentation: augmentation)
      return nil
    } catch let error as DatasetError {
      // The cache does not depend on where the data lie, and the image's name is told anyway.
      return SkippedImage(
        row: row, name: manifest.examples[index].name, reason: error.statement, digest: manifest.contents[index])
    }
  }

  /// The bytes of an image, which must still be those that the manifest was made from.
  private func content(_ manifest: Manifest, _ index: Int) throws -> [UInt8] {
    let name = "\(images.split.rawValue)/\(manifest.examples[index].name)"
    guard let content = try? images.dataset.content(images.split, index) else {
      throw PipelineError("\(name): this image went away \(adviceOnChange)")
    }
    guard ContentDigest(ofImage: content) == manifest.contents[index] else {
      throw PipelineError("\(name): this image was changed \(adviceOnChange)")
    }
    return content
  }
}
