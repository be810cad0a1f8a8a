import Core
import Crypto
import Datasets
import Foundation

/// The images of a split and the digests of their content, and the rows that they make: a row for each image, and then,
/// pass after pass, one for each augmented image.
struct Manifest: Sendable {
  let examples: [Example]
  let labelNames: [String]
  /// Of each example's image.
  let contents: [ContentDigest]
  let passes: AugmentedPasses
  /// What the features of each row are found by.
  let digests: [ContentDigest]

  init(examples: [Example], labelNames: [String], contents: [ContentDigest], passes: AugmentedPasses) {
    self.examples = examples
    self.labelNames = labelNames
    self.contents = contents
    self.passes = passes
    digests = (0...passes.count).flatMap { pass in contents.map { passes.digest(of: $0, pass: pass) } }
  }

  var rowCount: Int { digests.count }
  /// Which of the examples a row is of.
  func index(ofRow row: Int) -> Int { row % examples.count }
  func example(ofRow row: Int) -> Example { examples[index(ofRow: row)] }
  /// 0 for the image itself.
  func pass(ofRow row: Int) -> Int { row / examples.count }

  /// What is done to a row's image, resized to `size`; nil for the image itself.
  func augmentation(ofRow row: Int, size: ImageSize) -> Augmentation? {
    passes.augmentation(of: contents[index(ofRow: row)], pass: pass(ofRow: row), size: size)
  }

  /// SHA-256 over everything that decides a split's images: names, labels, groups and the content, in order.
  var digest: String {
    var hash = SHA256()
    for name in labelNames { hash.update(data: Data("\(name.utf8.count):\(name)\n".utf8)) }
    for (example, digest) in zip(examples, contents) {
      let group = example.group ?? ""
      let row = "\(example.name.utf8.count):\(example.name) \(example.label) \(group.utf8.count):\(group)\n"
      hash.update(data: Data(row.utf8))
      hash.update(data: Data(digest.bytes))
    }
    return hash.finalize().hexadecimal
  }
}

extension ImageDataset {
  /// The digests of a split's images. Every image whose digest is not known yet is read.
  ///
  /// - Throws: `DatasetError` where an image can't be read.
  func contents(of split: Split, known: DigestCache, pool: WorkerPool, terminal: Terminal) throws -> [ContentDigest] {
    let total = examples(in: split).count
    let progress = Progress("reading \(split.rawValue)", total: total, unit: "images", quiet: terminal.quiet)
    defer { progress.finish() }
    var contents: [ContentDigest] = []
    let blockSize = 64 * pool.threadCount
    for start in stride(from: 0, to: total, by: blockSize) {
      let count = min(blockSize, total - start)
      contents += try pool.map(count) { index in
        let row = start + index
        guard let file = file(split, row) else { return ContentDigest(of: try content(split, row)) }
        return try known.digest(ofFile: file) { try content(split, row) }
      }
      progress.advance(by: count)
    }
    return contents
  }
}
