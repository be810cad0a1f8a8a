import Core
import Datasets
import Foundation
import Storage

/// The images of a split and the digests of their content, and the rows that they make: a row for each image, and then,
/// pass after pass, one for each augmented image.
package struct Manifest: Sendable {
  package let examples: [Example]
  package let labelNames: [String]
  /// Whether an image has any number of classes.
  package let isMultiLabel: Bool
  /// Of each example's image.
  package let contents: [ContentDigest]
  package let passes: AugmentedPasses
  /// What the features of each row are found by.
  package let digests: [ContentDigest]

  package init(
    examples: [Example], labelNames: [String], isMultiLabel: Bool = false, contents: [ContentDigest],
    passes: AugmentedPasses
  ) {
    self.examples = examples
    self.isMultiLabel = isMultiLabel
    self.labelNames = labelNames
    self.contents = contents
    self.passes = passes
    digests = (0...passes.count).flatMap { pass in contents.map { passes.digest(of: $0, pass: pass) } }
  }

  package var rowCount: Int { digests.count }
  /// Which of the examples a row is of.
  package func index(ofRow row: Int) -> Int { row % examples.count }
  func example(ofRow row: Int) -> Example { examples[index(ofRow: row)] }
  /// 0 for the image itself.
  package func pass(ofRow row: Int) -> Int { row / examples.count }

  /// What is done to a row's image, resized to `size`; nil for the image itself.
  package func augmentation(ofRow row: Int, size: ImageSize) -> Augmentation? {
    passes.augmentation(of: contents[index(ofRow: row)], pass: pass(ofRow: row), size: size)
  }

  /// SHA-256 over everything that decides a split's images: names, labels, groups and the content, in order.
  package var digest: String {
    var hash = SHA256()
    for name in labelNames { hash.update(data: Data("\(name.utf8.count):\(name)\n".utf8)) }
    for (example, digest) in zip(examples, contents) {
      let group = example.group ?? ""
      let label = example.tags.map { $0.map(String.init).joined(separator: ",") + ";" } ?? "\(example.label)"
      let row = "\(example.name.utf8.count):\(example.name) \(label) \(group.utf8.count):\(group)\n"
      hash.update(data: Data(row.utf8))
      hash.update(data: Data(digest.bytes))
    }
    return hash.finalize().hexadecimal
  }
}
