import Core

/// Pictures that are files below a folder.
private struct ImageFiles: PictureSource {
  let folder: String
  let names: [String]
  let limits: ImageLimits

  func image(at index: Int, content: [UInt8]) throws -> Image {
    do {
      return try ImageDecoder.decode(content, limits: limits)
    } catch let error as DatasetError {
      throw DatasetError("\(folder)/\(names[index]): \(error)")
    }
  }

  func content(at index: Int) throws -> [UInt8] {
    try readFile("\(folder)/\(names[index])")
  }

  func file(at index: Int) -> String? { "\(folder)/\(names[index])" }
}

extension ImageDataset {
  /// The layout of fast.ai and Keras: train/CLASS/, valid/CLASS/ and test/; or class folders alone.
  ///
  /// Without a folder for validation, a part of each class of train/ is held out; class folders alone are dealt out to
  /// all three splits. The pictures of test/ have the label of their folder, if that is a class; else it is not known.
  static func openFolders(_ path: String, options: DatasetOptions) throws -> ImageDataset {
    let hasTrain = fileType("\(path)/train") == .folder
    let train = try LabelledFolder(hasTrain ? "\(path)/train" : path, limits: options.limits)
    let validPath = hasTrain ? ["valid", "val", "validation"].map { "\(path)/\($0)" }.first(where: isFolder) : nil
    let hasTest = hasTrain && isFolder("\(path)/test")

    var parts: [Split: Part]
    if let validPath {
      let valid = try LabelledFolder(validPath, classes: train.classes, limits: options.limits)
      try valid.requireLabels()
      parts = [.train: train.part(), .valid: valid.part()]
    } else {
      parts = try train.split(options, withTest: !hasTrain)
    }
    if hasTest {
      parts[.test] = try LabelledFolder("\(path)/test", classes: train.classes, limits: options.limits).part()
    }
    return ImageDataset(kind: .folders, path: path, labelNames: train.classes, imageSize: nil, parts: parts)
  }

  private static func isFolder(_ path: String) -> Bool {
    fileType(path) == .folder
  }
}

/// The pictures below a folder, and their classes by the names of its subfolders.
private struct LabelledFolder {
  let path: String
  /// Sorted by UTF-8 bytes.
  let classes: [String]
  /// Sorted by the UTF-8 bytes of their names.
  let examples: [Example]
  let limits: ImageLimits

  /// A folder that defines the classes: every subfolder is one.
  init(_ path: String, limits: ImageLimits) throws {
    let classes = try folderEntries(path).filter { $0.type == .folder }.map(\.name)
    guard !classes.isEmpty else {
      throw DatasetError("\(path): no class folders: expected \(path)/CLASS/PICTURE, one folder a class")
    }
    try self.init(path, classes: classes, limits: limits)
    try requireLabels()
    var counts = [Int](repeating: 0, count: classes.count)
    for example in examples { counts[Int(example.label)] += 1 }
    if let empty = counts.firstIndex(of: 0) {
      throw DatasetError("\(path)/\(classes[empty]): no pictures in this class folder")
    }
  }

  /// A folder whose classes are given. What is in no folder of a class's name has no label.
  init(_ path: String, classes: [String], limits: ImageLimits) throws {
    self.path = path
    self.classes = classes
    self.limits = limits
    let labels = Dictionary(uniqueKeysWithValues: zip(classes, Int32(0)...))
    examples = try listPictures(path).map { name in
      let folder = name.utf8.firstIndex(of: UInt8(ascii: "/")).map { String(name[..<$0]) }
      return Example(name: name, label: folder.flatMap { labels[$0] } ?? Example.unknownLabel)
    }
  }

  /// - Throws: ``DatasetError`` where a picture has no class.
  func requireLabels() throws {
    if let stray = examples.first(where: { $0.label == Example.unknownLabel }) {
      throw DatasetError("\(path)/\(stray.name): in none of the class folders \(abridged(classes))")
    }
  }

  func part(rows: [Int]? = nil) -> ImageDataset.Part {
    let examples = rows.map { $0.map { self.examples[$0] } } ?? self.examples
    let files = ImageFiles(folder: path, names: examples.map(\.name), limits: limits)
    return ImageDataset.Part(examples: examples, pictures: files)
  }

  func split(_ options: DatasetOptions, withTest: Bool) throws -> [Split: ImageDataset.Part] {
    try options.checkFractions()
    let rows = stratifiedSplit(
      labels: examples.map(\.label), classCount: classes.count, validFraction: options.validFraction,
      testFraction: withTest ? options.testFraction : 0, seed: options.seed)
    return rows.mapValues { part(rows: $0) }
  }

  private func abridged(_ names: [String]) -> String {
    names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
  }
}
