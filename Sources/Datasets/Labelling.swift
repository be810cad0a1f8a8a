/// How the classes of pictures are told.
enum Labelling {
  /// By the first folder of the path: train/CLASS/PICTURE.
  case folders
  /// By the file's name up to the first dot, as in Kaggle's Dogs vs Cats: cat.0.jpg.
  case fileNames
  /// By a table.
  case table(PictureTable)

  /// The one that the options ask for, or else the one that the training pictures are named by.
  ///
  /// - Parameters:
  ///   - folder: the folder of the training pictures.
  ///   - pictures: those that a table lists.
  /// - Throws: ``DatasetError`` where there is none.
  init(of folder: String, pictures: [String], options: DatasetOptions, data: String) throws {
    if let path = options.labels {
      let table = try readTextTable(path, besides: data)
      let column = try table.column(
        options.labelColumn, orOneOf: ["label", "class"], what: "classes", option: "--label-column")
      self = .table(try PictureTable(table, value: column, pictures: pictures))
    } else if options.kind == .labels {
      throw DatasetError("\(data): the kind \(DatasetKind.labels.rawValue) needs a table: --labels FILE")
    } else if options.kind != .fileNames, try folderEntries(folder).contains(where: { $0.type == .folder }) {
      self = .folders
    } else if options.kind != .folders, pictures.contains(where: { Self.classInFileName($0) != nil }) {
      self = .fileNames
    } else {
      throw DatasetError(
        "\(folder): no class folders: expected \(folder)/CLASS/PICTURE, one folder a class, or pictures named as "
          + "cat.0.jpg, or a table of their classes with --labels FILE")
    }
  }

  var kind: DatasetKind {
    switch self {
    case .folders: .folders
    case .fileNames: .fileNames
    case .table: .labels
    }
  }

  /// The class of each picture for training and validation; nil where it is not told.
  ///
  /// - Throws: ``DatasetError`` where a table lists a picture that is not there.
  func classes(of pictures: [String]) throws -> [String?] {
    switch self {
    case .folders: pictures.map(Self.classFolder)
    case .fileNames: pictures.map(Self.classInFileName)
    case .table(let table): try table.values(for: pictures, isExact: true)
    }
  }

  /// The same of pictures in a folder for the test, of which a table says nothing: its `1.jpg` is that of train/.
  func classes(ofTest names: [String]) -> [String?] {
    switch self {
    case .folders: names.map(Self.classFolder)
    case .fileNames: names.map(Self.classInFileName)
    case .table: names.map { _ in nil }
    }
  }

  /// The names of all classes, sorted: by value where all are numbers in a table, else by their UTF-8 bytes.
  ///
  /// - Parameters:
  ///   - classes: those of the training pictures.
  ///   - folder: the folder of the training pictures, each subfolder of which is a class if folders tell it.
  /// - Throws: ``DatasetError`` for a class folder without pictures.
  func labelNames(_ classes: ArraySlice<String?>, folder: String) throws -> [String] {
    let found = Set(classes.compactMap(\.self))
    if case .folders = self {
      let names = try folderEntries(folder).filter { $0.type == .folder }.map(\.name)
      if let empty = names.first(where: { !found.contains($0) }) {
        throw DatasetError("\(folder)/\(empty): no pictures in this class folder")
      }
      return names
    }
    let numbers = found.compactMap { name in Int(name).map { (value: $0, name: name) } }
    if numbers.count == found.count { return numbers.sorted { $0 < $1 }.map(\.name) }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// What a picture without a class lacks, for an error.
  ///
  /// - Parameter labelNames: the classes that there are.
  func whatIsMissing(_ labelNames: [String]) -> String {
    let some = labelNames.prefix(5).joined(separator: ", ") + (labelNames.count > 5 ? ", …" : "")
    return switch self {
    case .folders: "in none of the class folders \(some)"
    case .fileNames: "its name does not begin with a class (\(some)) and a number, as cat.0.jpg"
    case .table(let table): "\(table.path) does not give it a class (\(some))"
    }
  }

  private static func classFolder(_ name: String) -> String? {
    name.utf8.firstIndex(of: UInt8(ascii: "/")).map { String(name[..<$0]) }
  }

  /// `cat` of `cat.0.jpg`, in whatever folder.
  private static func classInFileName(_ name: String) -> String? {
    let parts = name.split(separator: "/").last?.split(separator: ".", omittingEmptySubsequences: false) ?? []
    guard parts.count == 3, !parts[0].isEmpty, Int(parts[1]) != nil else { return nil }
    return String(parts[0])
  }
}
