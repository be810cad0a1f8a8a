import Core
import Datasets
import Foundation

/// A few images, decoded, resized and preprocessed.
struct ImageBatch: Sendable {
  /// `count × height × width × 3` values, in the channel order that the weights want.
  let pixels: [Float]
  /// Of each image.
  let digests: [ContentDigest]
  var count: Int { digests.count }
  /// Those of the batch's images that could not be decoded: they have no pixels.
  let skipped: [SkippedImage]
}

/// Decodes, resizes and preprocesses images, batch by batch.
struct BatchLoader: Sendable {
  let dataset: ImageDataset
  let split: Split
  let size: ImageSize
  let resizing: Resizing
  let preprocessing: Preprocessing
  let batchSize: Int

  /// Calls `body` with batches of the given rows of the plan's manifest, in order, until it returns false.
  ///
  /// - Throws: ``PipelineError`` where an image is not the one that the manifest was made from.
  func forEachBatch(of plan: SplitPlan, rows: [Int], _ body: (ImageBatch) -> Bool) throws {
    for start in stride(from: 0, to: rows.count, by: batchSize) {
      let batch = try load(plan.manifest, rows[start..<min(start + batchSize, rows.count)])
      guard body(batch) else { return }
    }
  }

  func load(_ manifest: Manifest, _ rows: ArraySlice<Int>) throws -> ImageBatch {
    let imageLength = size.height * size.width * 3
    var skipped: [SkippedImage] = []
    var digests: [ContentDigest] = []
    let pixels = try [Float](unsafeUninitializedCapacity: rows.count * imageLength) { buffer, count in
      for row in rows {
        let content = try self.content(manifest, row)
        do {
          let target = UnsafeMutableBufferPointer(rebasing: buffer[count..<count + imageLength])
          preprocessing.apply(to: try image(row, content: content), into: target)
          count += imageLength
          digests.append(manifest.digests[row])
        } catch {
          // The cache does not depend on where the data lie.
          let reason = "\(error)".replacingOccurrences(of: dataset.path + "/", with: "")
          let name = manifest.examples[row].name
          skipped.append(SkippedImage(row: row, name: name, reason: reason, digest: manifest.digests[row]))
        }
      }
    }
    return ImageBatch(pixels: pixels, digests: digests, skipped: skipped)
  }

  /// An image of the split as the network sees it, but for the preprocessing: in three channels, resized.
  ///
  /// - Throws: `DatasetError` where it can't be decoded.
  func image(_ row: Int, content: [UInt8]) throws -> Image {
    try dataset.image(split, row, content: content, for: resizing.decodesFast ? size : nil)
      .resized(to: size, filter: resizing.filter, aspect: resizing.aspect).rgb
  }

  /// The bytes of an image, which must still be those that the manifest was made from.
  private func content(_ manifest: Manifest, _ row: Int) throws -> [UInt8] {
    let advice = "while extract was running; run it again: what is done is kept"
    guard let content = try? dataset.content(split, row) else {
      throw PipelineError("\(split.rawValue)/\(manifest.examples[row].name): this image went away \(advice)")
    }
    guard ContentDigest(of: content) == manifest.digests[row] else {
      throw PipelineError("\(split.rawValue)/\(manifest.examples[row].name): this image was changed \(advice)")
    }
    return content
  }
}
