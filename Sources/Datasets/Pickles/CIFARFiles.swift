/// The files of CIFAR's Python version: `data_batch_1`, …, `test_batch` and `batches.meta` of CIFAR-10, `train`, `test` and
/// `meta` of CIFAR-100 (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009). Each is a pickled
/// dictionary.
struct CIFARFiles {
  let folder: String
  /// Names in the folder, by their numbers.
  let train: [String]
  let test: String?
  /// Has the classes' names.
  let meta: String?

  private static let batch = "data_batch_"

  /// The number of a training batch, by its file's name.
  private static func number(_ name: String) -> Int? {
    guard name.hasPrefix(batch) else { return nil }
    return Int(name.dropFirst(batch.count)).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// The files in a folder, or in the only folder in it; nil where there are none.
  ///
  /// - Throws: ``DatasetError`` where it can't be read.
  static func find(in path: String) throws -> CIFARFiles? {
    let content = try FolderContent(path)
    if let files = try CIFARFiles(content) { return files }
    guard let only = content.onlyFolder else { return nil }
    return try CIFARFiles(FolderContent("\(path)/\(only)"))
  }

  /// The batches that a file is one of; nil for others.
  static func holding(_ name: String, in folder: String) throws -> CIFARFiles? {
    guard number(name) != nil || ["test_batch", "batches.meta", "train", "test", "meta"].contains(name),
      let files = try CIFARFiles(FolderContent(folder))
    else { return nil }
    return (files.train + [files.test, files.meta].compactMap(\.self)).contains(name) ? files : nil
  }

  private init?(_ content: FolderContent) throws {
    func isPickle(_ name: String) throws -> Bool {
      guard content.files.contains(name), fileType("\(content.path)/\(name)") == .regular else { return false }
      let file = try FileRegion("\(content.path)/\(name)")
      return PickledDictionary.isPickle(try file.read(0..<min(file.size, 64), name: name))
    }
    folder = content.path
    let batches = try content.files.filter { try Self.number($0) != nil && isPickle($0) }
    if batches.isEmpty {
      guard try isPickle("train"), try isPickle("test") || isPickle("meta") else { return nil }
      train = ["train"]
      test = try isPickle("test") ? "test" : nil
      meta = try isPickle("meta") ? "meta" : nil
    } else {
      train = batches.sorted { (Self.number($0)!, $0) < (Self.number($1)!, $1) }
      test = try isPickle("test_batch") ? "test_batch" : nil
      meta = try isPickle("batches.meta") ? "batches.meta" : nil
    }
  }
}
