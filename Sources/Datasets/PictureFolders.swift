import SystemPackage

/// Where the pictures of a data set lie: in train/, valid/ and test/, however these are spelt, as fast.ai, Keras and Kaggle
/// have them, perhaps below another folder; or all in one.
struct PictureFolders {
  let train: String
  private(set) var valid: String?
  private(set) var test: String?
  /// Whether one folder has the pictures of all splits.
  let isSingle: Bool
  /// The folder that has those of the splits.
  let root: String
  /// The folder in the test folder that has all its images, where there is one that is no class.
  private(set) var unwrapped: String?
  /// What was assumed to find them.
  private var notes: [String] = []
  /// What lies beside the folders of the splits: folders end with a slash.
  private var beside: [String] = []

  /// - Throws: ``DatasetError`` where folders are there that could be several splits, or that are splits without train.
  init(_ path: String, options: DatasetOptions) throws {
    let content = try FolderContent(path)
    guard let found = try Self.root(content, options: options) else {
      (train, root, isSingle) = (path, path, true)
      notes = try Self.classNote(content, options: options).map { [$0] } ?? []
      return
    }
    (root, isSingle) = (found.content.path, false)
    var wrappers: [String] = []
    func folder(_ split: Split) throws -> String? {
      guard let name = found.splits[split] else { return nil }
      let folder = try Self.unwrapped("\(found.content.path)/\(name)", as: split)
      if folder != "\(found.content.path)/\(name)" { wrappers.append(folder) }
      return folder
    }
    train = try folder(.train)!
    valid = try folder(.valid)
    test = try folder(.test)
    if root != path { notes.append("the images are those of \(root)") }
    notes += wrappers.map { "the \(SplitName.split(of: name(of: $0))!.rawValue) images are those of \($0)" }
    beside = found.content.folders.filter { !found.splits.values.contains($0) }.map { "\($0)/" } + found.content.files
  }

  /// The test images of a data set whose classes are known lie in one folder that is no class, such as test/unknown, as
  /// Keras' generators want it: what they are called begins below it.
  ///
  /// - Parameter pictures: those of the test folder.
  mutating func unwrapTest(_ pictures: [String], labelNames: [String]) {
    guard let test, let only = pictures.first.flatMap(Labelling.classFolder), !labelNames.contains(only),
      pictures.allSatisfy({ Labelling.classFolder($0) == only })
    else { return }
    unwrapped = only
    self.test = "\(test)/\(only)"
  }

  /// What was assumed or ignored to find them.
  ///
  /// - Parameter tables: the paths of files that are not ignored.
  func notes(besides tables: [String]) -> [String] {
    let ignored = beside.filter { name in !tables.contains { isSameFile($0, "\(root)/\(name)") } }
    let besides = ignored.isEmpty ? nil : "ignored beside \(name(of: train))/: \(listed(ignored, most: 5))"
    let unwrapping = unwrapped.flatMap { _ in test }.map {
      "the test images are those of \($0), which is no class: their names begin below it"
    }
    return notes + [besides, unwrapping].compactMap(\.self)
  }

  /// The splits that have no folder of their own, and got images of others.
  func heldOut(_ parts: [Split: ImageDataset.Part]) -> Set<Split> {
    // In a single folder with a table, those that it does not list are the test images.
    let isTestDealt = isSingle && parts[.test]?.examples.allSatisfy(\.isLabelled) == true
    return Set((valid == nil ? [Split.valid] : []) + (isTestDealt ? [.test] : []))
  }

  /// How the data lie: `train/CLASS, valid/CLASS, test/`.
  ///
  /// - Parameter path: of the data set.
  func layout(of labelling: Labelling, at path: String) -> String {
    let places = [train, valid, test].compactMap { folder in folder.map { Self.relative($0, to: path) } }
    let inside =
      switch labelling {
      case .folders: places.count == 1 && isSingle ? "CLASS/" : "CLASS"
      case .fileNames: "CLASS.NUMBER"
      case .table, .tags: ""
      }
    let all = places.enumerated().map { index, place in
      index == places.count - 1 && test != nil ? place : place + inside
    }
    guard let table = labelling.table else { return all.joined(separator: ", ") }
    let folders = all == [""] ? "a folder" : all.joined(separator: ", ")
    let columns = if case .tags(_, let tags) = labelling { tags.description } else { "column \(table.valueColumn)" }
    return "\(folders) with \(table.path), \(columns)"
  }

  /// `train/`; nothing for the folder itself.
  private static func relative(_ folder: String, to path: String) -> String {
    folder == path ? "" : "\(folder.dropFirst(path.count + 1))/"
  }

  // MARK: - Finding them

  private typealias Found = (content: FolderContent, splits: [Split: String])

  /// The folder that has the splits: this one, or one in it; nil where there are none.
  private static func root(_ content: FolderContent, options: DatasetOptions, depth: Int = 0) throws -> Found? {
    if let splits = try splits(in: content, options: options) { return (content, splits) }
    let inner = try content.folders.map { try FolderContent("\(content.path)/\($0)") }
    if let only = inner.first, content.onlyFolder != nil, depth < 4 {
      return try root(only, options: options, depth: depth + 1)
    }
    try checkScattered(inner, in: content)
    let found = try inner.compactMap { folder -> Found? in
      let names = try names(in: folder)
      // A folder called train alone may be a class, of vehicles.
      let isRoot = names[.train] != nil && (names.count > 1 || SplitName.isFiller(name(of: folder.path)))
      return isRoot ? try splits(in: folder, options: options).map { (folder, $0) } : nil
    }
    guard found.count < 2 else {
      let folders = found.map { "\(name(of: $0.content.path))/\($0.splits[.train]!)" }
      throw DatasetError(
        "\(content.path): several folders for training: \(listed(folders)); give the one folder that has train/CLASS with "
          + "--data")
    }
    return found.first
  }

  /// - Throws: ``DatasetError`` for folders all of which hold nothing but splits, such as a/Train and b/Test: they are no
  ///   classes, and nothing tells which belong together.
  private static func checkScattered(_ inner: [FolderContent], in content: FolderContent) throws {
    let areSplits = inner.allSatisfy { folder in
      !folder.folders.isEmpty && !folder.hasPictures && folder.folders.allSatisfy { SplitName.split(of: $0) != nil }
    }
    // Where one has all that is needed, it is found below.
    guard inner.count > 1, areSplits,
      try !inner.contains(where: { try names(in: $0)[.train] != nil && $0.folders.count > 1 })
    else { return }
    let splits = inner.flatMap { folder in folder.folders.map { "\(name(of: folder.path))/\($0)" } }
    throw DatasetError(
      "\(content.path): the splits lie in several folders: \(listed(splits)); put them into one, as train/, valid/ and test/, "
        + "and give that with --data")
  }

  /// The folders that are splits by their name.
  private static func names(in content: FolderContent) throws -> [Split: String] {
    var names: [Split: String] = [:]
    for folder in content.folders {
      guard let split = SplitName.split(of: folder) else { continue }
      if let other = names[split] {
        throw DatasetError(
          "\(content.path): both \(other)/ and \(folder)/ seem to have the \(split.rawValue) images: put them into one, or "
            + "move one away")
      }
      names[split] = folder
    }
    return names
  }

  /// Nil where there are none.
  private static func splits(in content: FolderContent, options: DatasetOptions) throws -> [Split: String]? {
    let names = try names(in: content)
    guard let other = names.values.min() else { return nil }
    guard names[.train] != nil else {
      let classes = content.folders.filter { !names.values.contains($0) }.map { "\($0)/" }
      let remedy = classes.isEmpty ? "name one train" : "move \(listed(classes)) into \(content.path)/train"
      throw DatasetError("\(content.path): \(other)/ is here, but no folder with training images: \(remedy)")
    }
    return try isClass(content, names, options: options) ? nil : names
  }

  /// Whether a folder called train is a class, as bus and car beside it are: it is the only split by its name, and has
  /// pictures whose classes nothing tells.
  private static func isClass(
    _ content: FolderContent, _ names: [Split: String], options: DatasetOptions
  ) throws -> Bool {
    guard names.count == 1, options.labels == nil, options.kind == nil || options.kind == .folders else { return false }
    let train = try FolderContent("\(content.path)/\(names[.train]!)")
    guard train.folders.isEmpty, train.hasPictures, !train.files.contains(where: Labelling.hasClass) else {
      return false
    }
    return try content.folders.contains { folder in
      try folder != names[.train] && FolderContent("\(content.path)/\(folder)").hasPictures
    }
  }

  private static func classNote(_ content: FolderContent, options: DatasetOptions) throws -> String? {
    guard let train = try names(in: content)[.train] else { return nil }
    return "\(train)/ is taken for a class, as the folders beside it are: it has pictures and no class folders"
  }

  /// Kaggle's archives often unpack to train/train, or seg_test/seg_test.
  private static func unwrapped(_ path: String, as split: Split) throws -> String {
    guard let only = try FolderContent(path).onlyFolder, SplitName.split(of: only) == split else { return path }
    return try unwrapped("\(path)/\(only)", as: split)
  }
}

extension FolderContent {
  /// The only folder, where no pictures lie beside it.
  var onlyFolder: String? { folders.count == 1 && !hasPictures ? folders[0] : nil }
}
