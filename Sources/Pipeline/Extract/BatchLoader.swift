import Core
import Datasets
import Foundation

/// A few images of one part, decoded, resized and preprocessed.
struct ImageBatch: Sendable {
  /// Index into ``SplitPlan/parts``.
  let part: Int
  let isLastOfPart: Bool
  /// `count × height × width × 3` values, in the channel order that the weights want.
  let pixels: [Float]
  let count: Int
  /// Those of the batch's images that could not be decoded: they have no pixels.
  let skipped: [SkippedImage]
}

/// Decodes, resizes and preprocesses images, part by part, batch by batch.
struct BatchLoader: Sendable {
  let dataset: ImageDataset
  let split: Split
  let size: ImageSize
  let resizing: Resizing
  let preprocessing: Preprocessing
  let batchSize: Int

  /// Calls `body` with the batches of the given parts in order, until it returns false.
  func forEachBatch(of plan: SplitPlan, parts: [Int], _ body: (ImageBatch) -> Bool) {
    for part in parts {
      let rows = plan.parts[part]
      for start in stride(from: rows.lowerBound, to: rows.upperBound, by: batchSize) {
        let end = min(start + batchSize, rows.upperBound)
        let batch = load(plan.examples, start..<end, part: part, isLastOfPart: end == rows.upperBound)
        guard body(batch) else { return }
      }
    }
  }

  private func load(_ examples: [Example], _ rows: Range<Int>, part: Int, isLastOfPart: Bool) -> ImageBatch {
    let imageLength = size.height * size.width * 3
    var skipped: [SkippedImage] = []
    let pixels = [Float](unsafeUninitializedCapacity: rows.count * imageLength) { buffer, count in
      for row in rows {
        do {
          let image = try dataset.image(split, row, for: resizing.decodesFast ? size : nil)
            .resized(to: size, filter: resizing.filter, aspect: resizing.aspect).rgb
          let target = UnsafeMutableBufferPointer(rebasing: buffer[count..<count + imageLength])
          preprocessing.apply(to: image, into: target)
          count += imageLength
        } catch {
          // The cache does not depend on where the data lie.
          let reason = "\(error)".replacingOccurrences(of: dataset.path + "/", with: "")
          skipped.append(SkippedImage(row: row, name: examples[row].name, reason: reason))
        }
      }
    }
    return ImageBatch(
      part: part, isLastOfPart: isLastOfPart, pixels: pixels, count: pixels.count / imageLength, skipped: skipped)
  }
}
