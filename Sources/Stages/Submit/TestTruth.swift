import FeatureStore
import Support

/// What is known of the test images, by which a head is judged.
struct TestTruth {
  /// The classes of each; nil where nobody knows them, and of images that the head has seen, such as copies of training images.
  let classes: [[Int]?]
  /// Whether it can't be told which ones the head has seen.
  let isUnclear: Bool
  /// What is to be said beside how good the head is on them.
  let remark: String?

  /// - Throws: as `FeatureCache`.
  init(_ test: FeatureCache, for head: HeadEnsemble) throws {
    var classes = try test.classes().prefix(test.imageCount).map { $0?.map(Int.init) }
    let labelled = classes.indices.filter { classes[$0] != nil }
    isUnclear = !labelled.isEmpty && head.seenImages == nil
    let digests = labelled.isEmpty ? [] : try test.digests()
    let known = labelled.filter { head.seenImages?.contains(digests[$0]) == true }
    for image in known { classes[image] = nil }
    remark =
      isUnclear
      ? "the head may have been trained on some of these test images"
      : known.isEmpty
        ? nil
        : "\(count(known.count, "test image")) that the head was trained on or chosen by \(known.count == 1 ? "does" : "do") not count"
    self.classes = classes
  }
}
