/// Which arrays are the pictures of a split and which their labels, by their keys: `x_train`, `train_images`, `train_set_x`
/// of Keras', MedMNIST's and others' files.
struct ArrayRoles {
  struct Pair: Equatable {
    let images: String
    /// Nil where the pictures have none.
    let labels: String?
  }

  private(set) var pairs: [Split: Pair] = [:]
  /// Keys that are neither.
  private(set) var ignored: [String] = []

  private enum Role { case images, labels }

  private static let imageWords: Set = ["image", "images", "img", "imgs", "data", "pictures", "pixels"]
  private static let labelWords: Set = ["label", "labels", "target", "targets", "class", "classes"]

  /// - Parameters:
  ///   - images: the key that the user names; nil: found.
  ///   - labels: the same.
  /// - Throws: ``DatasetError`` where a key is not there, no pictures are found, or several could be meant.
  init(_ keys: [String], images: String? = nil, labels: String? = nil, path: String) throws {
    let there = keys.isEmpty ? "no arrays" : "the arrays \(listed(keys, most: 10))"
    if images != nil || labels != nil {
      guard let images, let labels else {
        throw DatasetError(
          "\(path): --images and --labels go together, each with the name of an array; there are \(there)")
      }
      let named = try [images, labels].map { key in
        let plain = key.hasPrefix("/") ? String(key.dropFirst()) : key
        guard keys.contains(plain) else { throw DatasetError("\(path): no array \(key); there are \(there)") }
        return plain
      }
      pairs[.train] = Pair(images: named[0], labels: named[1])
      ignored = keys.filter { !named.contains($0) }
      return
    }
    let told = keys.map { (key: $0, split: Self.split(of: $0), role: Self.role(of: $0)) }
    // Arrays without a split are the pictures where no others are.
    let hasSplits = told.contains { $0.split != nil && $0.role == .images }
    for split in Split.allCases {
      func key(_ role: Role) throws -> String? {
        let found = told.filter { key in
          key.role == role && (hasSplits ? key.split == split : split == .train && key.split == nil)
        }
        guard found.count < 2 else {
          throw DatasetError(
            "\(path): both \(found[0].key) and \(found[1].key) could be meant: say which with --images KEY --labels KEY"
          )
        }
        return found.first?.key
      }
      if let images = try key(.images) { pairs[split] = Pair(images: images, labels: try key(.labels)) }
    }
    guard let train = pairs[.train], train.labels != nil else {
      guard !FileSignature.areNetworks(keys) else { throw DatasetError("\(path): \(FileSignature.weights)") }
      let missing = pairs[.train] == nil ? "training images" : "their labels"
      throw DatasetError(
        "\(path): \(there), of which none is seen to have \(missing): name them with --images KEY --labels KEY")
    }
    let used = pairs.values.flatMap { [$0.images, $0.labels].compactMap(\.self) }
    ignored = keys.filter { !used.contains($0) }
  }

  private static func words(_ key: String) -> [String] {
    key.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }

  private static func split(of key: String) -> Split? {
    words(key).lazy.compactMap { word in
      SplitName.split(of: word) ?? (letter(word) == nil ? nil : SplitName.split(of: String(word.dropFirst())))
    }
    .first
  }

  /// The x or y that begins `xtrain` or `ytest`.
  private static func letter(_ word: String) -> Role? {
    guard SplitName.split(of: String(word.dropFirst())) != nil else { return nil }
    return word.hasPrefix("x") ? .images : word.hasPrefix("y") ? .labels : nil
  }

  private static func role(of key: String) -> Role? {
    let words = words(key)
    if let role = words.lazy.compactMap(letter).first { return role }
    if words.contains("x") { return .images }
    if words.contains("y") { return .labels }
    // In `data_labels` it is the labels that say more.
    if words.contains(where: labelWords.contains) { return .labels }
    return words.contains(where: imageWords.contains) ? .images : nil
  }
}
