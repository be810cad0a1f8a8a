/// The split that a folder's name means, however people spell it: `train`, `Training`, `training_set`, `Train_Data`,
/// `val`, `Validation`, `test1`, `seg_test`.
enum SplitName {
  private static let meanings: [Split: Set<String>] = [
    .train: ["train", "training", "trainset", "trainingset", "traindata", "trainingdata"],
    .valid: ["valid", "val", "validation", "validate", "validset", "valset", "validationset", "dev"],
    .test: ["test", "testing", "testset", "testingset", "testdata"],
  ]

  /// Words that say nothing of the split.
  private static let fillers: Set = [
    "data", "dataset", "datasets", "folder", "image", "images", "img", "imgs", "jpeg", "jpg", "photos", "pictures",
    "png", "seg", "set", "split", "tif", "tiff",
  ]

  /// Whether a folder's name says nothing but that there are images in it.
  static func isFiller(_ name: String) -> Bool { fillers.contains(name.lowercased()) }

  /// Whether a table's column of that name tells the splits, as fast.ai's `is_valid`. One called `train` may be a tag.
  static func isColumn(_ name: String) -> Bool {
    let words = name.lowercased().split { !$0.isLetter }
    return words == ["split"] || words.count == 2 && words[0] == "is" && split(of: String(words[1])) != nil
  }

  /// Nil for a name that means none, as that of a class.
  static func split(of name: String) -> Split? {
    let words = name.lowercased().split { !$0.isLetter }.map(String.init).filter { !fillers.contains($0) }
    guard words.count == 1 else { return nil }
    return Split.allCases.first { meanings[$0]!.contains(words[0]) }
  }
}
