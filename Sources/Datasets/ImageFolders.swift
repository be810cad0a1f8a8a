import Core

extension ImageDataset {
  /// Whether a folder has one for the training pictures.
  static func hasTrainFolder(_ path: String) -> Bool { !PictureFolders(path).isSingle }

  /// Folders of pictures whose classes are told by folders, by file names or by a table.
  ///
  /// Without a folder for validation, a part of the training pictures is held out: of each class, or whole groups. A
  /// single folder is dealt out to all three splits; but where a table has the classes of only some of its pictures, the
  /// others are the test split. The pictures of test/ have the label that their folder or name tells, if that is a class.
  ///
  /// - Throws: ``DatasetError`` where a picture has no class, or a group is in two splits.
  static func openFolders(_ path: String, options: DatasetOptions) throws -> ImageDataset {
    let folders = PictureFolders(path)
    let trainNames = try listPictures(folders.train)
    // A table may list the pictures of both folders.
    let names = trainNames + (try folders.valid.map(listPictures) ?? [])
    let labelling = try Labelling(of: folders.train, pictures: names, options: options, data: path)
    let classes = try labelling.classes(of: names)
    let labelNames = try labelling.labelNames(classes.prefix(trainNames.count), folder: folders.train)
    let groups = try PictureGroups(options, pictures: names, data: path)
    let examples = labelled(
      names, classes: classes, labelNames: labelNames, groups: try groups?.values(for: names))

    var parts = [Split.train: Part(folders.train, examples.prefix(trainNames.count), options)]
    if let valid = folders.valid {
      parts[.valid] = Part(valid, examples.dropFirst(trainNames.count), options)
    } else {
      parts = try parts[.train]!.split(
        options, isSingle: folders.isSingle, mayLackLabels: labelling.kind == .labels, hasGroups: groups != nil)
    }
    let problem = labelling.whatIsMissing(labelNames)
    try parts[.train]?.requireLabels(in: folders.train, problem)
    try parts[.valid]?.requireLabels(in: folders.valid ?? folders.train, problem)
    if let test = folders.test {
      let names = try listPictures(test)
      parts[.test] = Part(
        test, labelled(names, classes: labelling.classes(ofTest: names), labelNames: labelNames)[...], options)
    }
    return ImageDataset(
      kind: labelling.kind, path: path, labelNames: labelNames, parts: parts,
      warnings: try PictureGroups.leakWarnings(parts, groups: groups, data: path))
  }

  /// - Parameters:
  ///   - classes: of each picture, if it is known; a class that is not among `labelNames` is not.
  ///   - groups: of each picture, if there are any.
  private static func labelled(
    _ names: [String], classes: [String?], labelNames: [String], groups: [String?]? = nil
  ) -> [Example] {
    let labels = Dictionary(uniqueKeysWithValues: zip(labelNames, Int32(0)...))
    return names.indices.map { row in
      Example(
        name: names[row], label: classes[row].flatMap { labels[$0] } ?? Example.unknownLabel, group: groups?[row])
    }
  }
}

/// Where the pictures of a data set lie.
private struct PictureFolders {
  let train: String
  let valid: String?
  let test: String?
  /// Whether one folder has the pictures of all splits.
  let isSingle: Bool

  /// As fast.ai, Keras and Kaggle have them: train/, valid/ and test/, perhaps below imgs/ (State Farm); or one folder.
  init(_ path: String) {
    let root = ["imgs", "images"].map { "\(path)/\($0)" }.first { isFolder("\($0)/train") } ?? path
    func first(_ names: String...) -> String? { names.map { "\(root)/\($0)" }.first(where: isFolder) }
    let train = first("train")
    self.train = train ?? path
    isSingle = train == nil
    valid = isSingle ? nil : first("valid", "val", "validation")
    test = isSingle ? nil : first("test", "test1")
  }
}

private func isFolder(_ path: String) -> Bool {
  fileType(path) == .folder
}

extension ImageDataset.Part {
  /// The pictures of a folder.
  fileprivate init(_ folder: String, _ examples: ArraySlice<Example>, _ options: DatasetOptions) {
    self.init(
      examples: Array(examples),
      pictures: ImageFiles(folder: folder, names: examples.map(\.name), limits: options.limits))
  }

  /// - Throws: ``DatasetError`` naming the first picture that has no label, and the problem.
  fileprivate func requireLabels(in folder: String, _ problem: String) throws {
    guard let stray = examples.first(where: { $0.label == Example.unknownLabel }) else { return }
    throw DatasetError("\(folder)/\(stray.name): \(problem)")
  }

  /// Deals the rows out to training and validation, and to test where this is the only folder.
  ///
  /// - Parameter mayLackLabels: whether rows of the only folder that have no label are the test split.
  fileprivate func split(
    _ options: DatasetOptions, isSingle: Bool, mayLackLabels: Bool, hasGroups: Bool
  ) throws -> [Split: ImageDataset.Part] {
    let unlabelled = examples.indices.filter { examples[$0].label == Example.unknownLabel }
    if unlabelled.isEmpty { return try options.split(self, hasGroups: hasGroups, withTest: isSingle) }
    guard isSingle && mayLackLabels else { return [.train: self] }
    let labelled = examples.indices.filter { examples[$0].label != Example.unknownLabel }
    var parts = try options.split(selecting(labelled), hasGroups: hasGroups, withTest: false)
    parts[.test] = selecting(unlabelled)
    return parts
  }
}

/// Pictures that are files below a folder.
private struct ImageFiles: PictureSource {
  let folder: String
  let names: [String]
  let limits: ImageLimits

  func image(at index: Int, content: [UInt8], for size: ImageSize?) throws -> Image {
    do {
      return try ImageDecoder.decode(content, for: size, limits: limits)
    } catch let error as DatasetError {
      throw DatasetError("\(folder)/\(names[index]): \(error)")
    }
  }

  func content(at index: Int) throws -> [UInt8] {
    try readFile("\(folder)/\(names[index])")
  }

  func file(at index: Int) -> String? { "\(folder)/\(names[index])" }
}
