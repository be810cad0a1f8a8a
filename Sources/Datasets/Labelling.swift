import SystemPackage

/// How the classes of pictures are told.
enum Labelling {
  /// By the first folder of the path: train/CLASS/PICTURE.
  case folders
  /// By the file's name up to the first dot, as in Kaggle's Dogs vs Cats: cat.0.jpg.
  case fileNames
  /// By a table.
  case table(PictureTable)
  /// By a table of any number of classes each.
  case tags(PictureTable, TagColumns)

  /// The one that the options ask for, or else the one that the training pictures are named by.
  ///
  /// - Parameters:
  ///   - folder: the folder of the training pictures.
  ///   - pictures: those that a table lists.
  ///   - test: those that it may list, too.
  ///   - isExact: whether it may list no others.
  /// - Throws: ``DatasetError`` where there is none.
  init(
    of folder: String, _ pictures: PictureIndex, test: PictureIndex, options: DatasetOptions, data: String,
    isExact: Bool = true
  ) throws {
    if let path = options.labels {
      let table = try readTextTable(path, besides: data, of: [pictures, test])
      if options.isMultiLabel {
        let tags = try TagColumns(table, column: options.labelColumn)
        self = .tags(
          try PictureTable(
            tags.table, value: tags.column, pictures: pictures, test: test, isExact: isExact, words: TagColumns.words),
          tags)
        return
      }
      if options.labelColumn == nil, table.columns.count > 2, !Self.usualColumns.contains(where: table.hasColumn),
        let hint = TagColumns.hintOnIndicators(table)
      {
        throw DatasetError("\(table.path): \(hint)")
      }
      let column = try table.column(
        options.labelColumn, orOneOf: Self.usualColumns, what: "classes", option: "--label-column")
      self = .table(try PictureTable(table, value: column, pictures: pictures, test: test, isExact: isExact))
    } else if options.kind == .labels {
      throw DatasetError("\(data): the kind \(DatasetKind.labels.rawValue) needs a table: --labels FILE")
    } else if options.kind != .fileNames, try !FolderContent(folder).folders.isEmpty {
      self = .folders
    } else if options.kind != .folders, pictures.names.contains(where: Self.hasClass) {
      self = .fileNames
    } else {
      throw DatasetError(
        "\(folder): no class folders: expected \(folder)/CLASS/PICTURE, one folder a class, or pictures named as "
          + "cat.0.jpg, or a table of their classes with --labels FILE\(Self.hintOnLevel(folder, data: data))")
    }
  }

  private static let usualColumns = ["label", "class"]

  var kind: DatasetKind {
    switch self {
    case .folders: .folders
    case .fileNames: .fileNames
    case .table, .tags: .labels
    }
  }

  /// The class of each picture for training and validation; nil where it is not told.
  func classes(of pictures: PictureIndex) -> [String?] {
    switch self {
    case .folders: pictures.names.map(Self.classFolder)
    case .fileNames: pictures.names.map(Self.classInFileName)
    case .table(let table), .tags(let table, _): table.values
    }
  }

  /// The same of the pictures in a folder for the test. A name in a table that training pictures have, too, is theirs: its
  /// `1.jpg` is that of train/.
  func classes(ofTest pictures: PictureIndex) -> [String?] {
    table?.testValues ?? classes(of: pictures)
  }

  /// The one that tells the classes.
  var table: PictureTable? {
    switch self {
    case .table(let table), .tags(let table, _): table
    case .folders, .fileNames: nil
    }
  }

  /// Whether a picture has any number of classes.
  var isMultiLabel: Bool { if case .tags = self { true } else { false } }

  /// The classes of a picture, from what ``classes(of:)`` tells of it; nil where they are not known.
  func names(_ value: String?) -> [String]? { isMultiLabel ? TagColumns.tags(value) : value.map { [$0] } }

  /// The pictures that a table lists without a class.
  var blank: Set<Int> { table?.blank ?? [] }

  /// What was assumed, in lines.
  ///
  /// - Parameter isSingle: whether one folder has the pictures of all splits.
  func notes(isSingle: Bool) -> [String] {
    guard let table else { return [] }
    let forms = table.classOfTwoForms { names($0) ?? [] }.map {
      "\(table.path): the class \($0.shortened) is written in two ways (Unicode's NFC and NFD), and taken for one"
    }
    return [blankNote(table, isSingle: isSingle), forms, splitNote(table), unreadNote(table)].compactMap(\.self)
      + (tagColumns?.notes ?? [])
  }

  private var tagColumns: TagColumns? { if case .tags(_, let tags) = self { tags } else { nil } }

  private func splitNote(_ table: PictureTable) -> String? {
    table.splitColumns.first.map {
      "\(table.path): not read: \($0.shortened), which seems to tell the splits: these are told by folders, train/ and valid/"
    }
  }

  private func unreadNote(_ table: PictureTable) -> String? {
    let unread = (tagColumns?.unread ?? []).filter { $0 != table.nameColumn && !table.splitColumns.contains($0) }
    return unread.isEmpty ? nil : "\(table.path): not read: \(listed(unread, most: 10))"
  }

  private func blankNote(_ table: PictureTable, isSingle: Bool) -> String? {
    guard !table.blank.isEmpty else { return nil }
    let count = table.blank.count == 1 ? "1 image has" : "\(grouped(table.blank.count)) images have"
    let fate = isSingle ? "among the test images" : "left out"
    return "\(table.path): \(count) no class here, or NaN: \(fate)"
  }

  /// What to warn of: classes that may be one, or that may be none.
  func warnings(_ labelNames: [String], _ pictures: PictureIndex, folder: String) -> [String] {
    [
      ClassNames.warning(labelNames, in: table?.path ?? folder),
      kind == .folders ? Self.levelWarning(pictures.names, folder: folder) : nil, tagsWarning(labelNames), unreadTable,
    ].compactMap(\.self)
  }

  /// A table of validation images beside the one that was given, which is not looked for.
  private var unreadTable: String? {
    guard let table else { return nil }
    let folder = FilePath(table.path).removingLastComponent().string
    let others = ["valid", "val", "validation"].lazy.compactMap {
      try? tablePath($0, in: folder.isEmpty ? "." : folder)
    }
    guard let other = others.first(where: { !isSameFile($0, table.path) }) else { return nil }
    return "\(other) is not read: put its rows into \(table.path), or its pictures into a folder valid/"
  }

  private func tagsWarning(_ labelNames: [String]) -> String? {
    switch self {
    case .table(let table): TagColumns.hintOnCells(labelNames, in: table.path)
    case .tags(let table, _): TagColumns.hintOnSpaces(labelNames, in: table.path)
    case .folders, .fileNames: nil
    }
  }

  /// The names of all classes, sorted: by value where all are numbers in a table, else by their UTF-8 bytes.
  ///
  /// - Parameters:
  ///   - classes: those of the training pictures.
  ///   - folder: the folder of the training pictures, each subfolder of which is a class if folders tell it.
  /// - Throws: ``DatasetError`` for a class folder without pictures.
  func labelNames(_ classes: ArraySlice<String?>, folder: String) throws -> [String] {
    let found = Set(classes.flatMap { names($0) ?? [] })
    if case .folders = self {
      let names = try FolderContent(folder).folders
      try ClassNames.checkForms(names, in: folder)
      if let empty = names.first(where: { !found.contains($0) }) {
        throw DatasetError(
          "\(folder)/\(empty): no pictures in this class folder\(try Self.cause(of: empty, in: folder, names))")
      }
      return names
    }
    let numbers = found.compactMap { name in Int(name).map { (value: $0, name: name) } }
    if numbers.count == found.count { return numbers.sorted { $0 < $1 }.map(\.name) }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether the data may be one class of those beside it.
  private static func hintOnLevel(_ folder: String, data: String) -> String {
    let above = FilePath(data).folder
    guard folder == data, let folders = try? FolderContent(above).folders, folders.count > 1 else { return "" }
    return "; is this one level too low? \(above) holds \(listed(folders))"
  }

  /// What is likely to be wrong with a class folder without pictures.
  private static func cause(of empty: String, in folder: String, _ names: [String]) throws -> String {
    for name in names {
      let inner = try FolderContent("\(folder)/\(name)").folders
      if inner.count > 1 { return "; is this one level too high? \(folder)/\(name) holds \(listed(inner))" }
    }
    let files = try FolderContent("\(folder)/\(empty)").files
    return files.isEmpty ? ": remove it" : "; \(listed(files)) \(files.count == 1 ? "is no picture" : "are none")"
  }

  /// Class folders that hold only folders, and all the same ones, may be parts of a data set: what to warn of, or nil.
  private static func levelWarning(_ pictures: [String], folder: String) -> String? {
    var inner: [Substring: Set<Substring>] = [:]
    for picture in pictures {
      let parts = picture.split(separator: "/", maxSplits: 2)
      guard parts.count == 3 else { return nil }
      inner[parts[0], default: []].insert(parts[1])
    }
    guard inner.count > 1, let first = inner.values.first, first.count > 1, inner.values.allSatisfy({ $0 == first })
    else { return nil }
    return
      "\(folder): \(listed(inner.keys.sorted())) hold \(listed(first.sorted())) each: if these are the classes, put "
      + "the pictures of each into one folder"
  }

  /// What a picture without a class lacks, for an error.
  ///
  /// - Parameter labelNames: the classes that there are.
  func whatIsMissing(_ labelNames: [String]) -> String {
    let some = labelNames.prefix(5).map(\.shortened).joined(separator: ", ") + (labelNames.count > 5 ? ", …" : "")
    return switch self {
    case .folders: "in none of the class folders \(some)"
    case .fileNames: "its name does not begin with a class (\(some)) and a number, as cat.0.jpg"
    case .table(let table), .tags(let table, _): "\(table.path) does not give it a class (\(some))"
    }
  }

  /// Whether a picture's name begins with its class.
  static func hasClass(_ name: String) -> Bool { classInFileName(name) != nil }

  static func classFolder(_ name: String) -> String? {
    name.utf8.firstIndex(of: UInt8(ascii: "/")).map { String(name[..<$0]) }
  }

  /// `cat` of `cat.0.jpg`, in whatever folder.
  private static func classInFileName(_ name: String) -> String? {
    let parts = name.split(separator: "/").last?.split(separator: ".", omittingEmptySubsequences: false) ?? []
    guard parts.count == 3, !parts[0].isEmpty, Int(parts[1]) != nil else { return nil }
    return String(parts[0])
  }
}
