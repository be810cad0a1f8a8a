import Core
import Foundation
import SystemPackage

extension ImageDataset {
  /// Opens a data set and splits it. What is there says what kind it is, unless the options force one.
  ///
  /// - Parameters:
  ///   - name: a folder, an archive of one (.zip, .tar, .tar.gz), a table, a file of arrays, one of MNIST's files, or the name of a data set: `mnist-5k` (its table is in the cache
  ///     folder) or `fashion-mnist` (Debian's package dataset-fashion-mnist).
  ///   - options: what the user says of it.
  /// - Throws: ``DatasetError`` in one line: what was found, and what was expected.
  public static func open(_ name: String, options: DatasetOptions = DatasetOptions()) throws -> ImageDataset {
    let known = KnownDataset.all(options)
    let place = known[name]?.path ?? name
    let archive = try Archives.open(place)
    defer { withExtendedLifetime(archive) {} }
    let path = try archive == nil ? place : Archives.root(place)
    let type = fileType(path)
    guard type == .regular || type == .folder else {
      if type == .special { throw DatasetError("\(path): neither a file nor a folder") }
      let meant = nearestName(to: name, among: known.keys.sorted()).map { "; did you mean the data set \($0)?" }
      let hint = known[name].map { ": \($0.remedy)" } ?? meant ?? ""
      throw DatasetError("\(path): no such file or folder\(hint)")
    }
    guard URL(fileURLWithPath: path).standardizedFileURL.path != "/" else {
      throw DatasetError("\(path): this is the root of the file system; give the folder that the pictures are in")
    }
    let kind = try options.kind ?? known[name]?.kind ?? recognisedKind(path, type: type, options: options)
    if type == .regular, kind != .arrays { try requireTable(path) }
    var all = try open(kind, path, type: type, options: options)
    // Which images are in a sample does not depend on what is thought of some.
    let sample = all.sample(limit: options.limit, seed: options.seed)
    if let limit = options.limit, all.parts.values.contains(where: { $0.examples.count > limit }) {
      let which = all.isMultiLabel ? "drawn from all" : "as many of each class"
      all = all.with(all.parts, note: "--limit \(limit): at most \(grouped(limit)) images of each split, \(which)")
    }
    let dataset = try all.reviewed(options, sample: sample)
    try requireClasses(dataset)
    return dataset
  }

  /// - Parameter kind: nil: a table, whose first line tells which.
  private static func open(
    _ kind: DatasetKind?, _ path: String, type: FileType, options: DatasetOptions
  ) throws -> ImageDataset {
    let isPictureFiles = kind == .folders || kind == .fileNames || kind == .labels
    let areArrays = kind == .arrays
    for (option, table) in [
      ("--labels", areArrays || kind == .cifar ? nil : options.labels), ("--groups", options.groups),
    ]
    where table != nil {
      guard isPictureFiles else {
        throw DatasetError("\(path): \(option) is for folders of pictures, and this is none")
      }
    }
    guard !options.isMultiLabel || isPictureFiles && options.labels != nil else {
      throw DatasetError("\(path): --tags is for pictures whose tags are in a table, --labels FILE")
    }
    if options.images != nil, !areArrays {
      throw DatasetError("\(path): --images is for files of arrays (.npz, HDF5, a folder of .npy), and this is none")
    }
    switch (kind, type) {
    case (.folders, .folder), (.fileNames, .folder), (.labels, .folder):
      return try openFolders(path, options: options)
    case (.digitRecognizer, .folder):
      return try openDigitRecognizer(path, options: options)
    case (.digitRecognizer, .regular) where try tablePath("train", in: path) != nil:
      return try openDigitRecognizer(path, options: options)
    case (.idx, _):
      return try openIDX(path, options: options)
    case (.webDataset, .folder):
      return try openWebDataset(path, options: options)
    case (.cifar, .folder):
      guard let files = try CIFARFiles.find(in: path) else {
        throw DatasetError("\(path): no CIFAR batches: expected data_batch_1, …, test_batch; or train, test")
      }
      return try openCIFAR(files, path: path, options: options)
    case (.arrays, _):
      return try openArrays(path, options: options)
    case (.sample, .regular), (.digitRecognizer, .regular), (nil, .regular):
      return try openTable(path, kind: kind, options: options)
    default:
      let (found, expected) = type == .folder ? ("a folder", "a table") : ("a file", "a folder")
      throw DatasetError("\(path): \(found), expected \(expected)\(kind.map { " for the kind \($0.rawValue)" } ?? "")")
    }
  }

  /// Nil: a table.
  private static func recognisedKind(_ path: String, type: FileType, options: DatasetOptions) throws -> DatasetKind? {
    if type == .regular {
      if IDXFiles.setName(ofTrainImages: path) != nil { return .idx }
      if try ArrayFiles.areAt(path, type: type) { return .arrays }
      let folder = FilePath(path).folder
      if try CIFARFiles.holding(FilePath(path).lastComponent?.string ?? "", in: folder) != nil {
        throw DatasetError("\(path): one of CIFAR's batches: give the folder that has them all, --data \(folder)")
      }
      return try tablePath("train", in: path) == nil ? nil : .digitRecognizer
    }
    if options.images != nil { return .arrays }
    if try WebDatasetShards.areIn(path) { return .webDataset }
    if try CIFARFiles.find(in: path) != nil { return .cifar }
    if options.labels != nil { return .labels }
    if try hasTrainFolder(path, options: options) { return .folders }
    if try tablePath("train", in: path) != nil { return .digitRecognizer }
    if try IDXFiles.areIn(path) { return .idx }
    if try !FolderContent(path).folders.isEmpty || !PictureListing(of: path).pictures.isEmpty { return .folders }
    if try ArrayFiles.areAt(path, type: type) { return .arrays }
    throw DatasetError(
      "\(path): no data set: expected train/CLASS/ folders, CLASS/ folders, train.csv, train-images-idx3-ubyte, arrays (.npy), "
        + "CIFAR's batches or WebDataset's shards"
        + (try hintOnFiles(path)))
  }

  /// - Throws: ``DatasetError`` for a file that is no table, as its first bytes show.
  private static func requireTable(_ path: String) throws {
    let start = try readFile(path, upTo: FileSignature.length)
    if let reason = FileSignature.otherThanTable(start) { throw DatasetError("\(path): \(reason)") }
  }

  /// - Throws: ``DatasetError`` for a single class.
  private static func requireClasses(_ dataset: ImageDataset) throws {
    guard dataset.labelNames.count < 2 else { return }
    let remedy = "give data that have two classes or more, each in a folder of its own, or labelled in a table"
    guard let only = dataset.labelNames.first else {
      throw DatasetError("\(dataset.path): no class at all: no image has a label; \(remedy)")
    }
    guard !dataset.isMultiLabel else {
      throw DatasetError(
        "\(dataset.path): one tag only, \(only): whether a picture has it is a question of two classes; leave --tags out"
      )
    }
    throw DatasetError("\(dataset.path): one class only, \(only): a head needs two to tell apart; \(remedy)")
  }

  /// Kaggle's downloads are archives of folders.
  private static func hintOnFiles(_ path: String) throws -> String {
    let names = try folderEntries(path).map(\.name)
    func first(_ endings: String...) -> String? { names.first { name in endings.contains { name.hasSuffix($0) } } }
    if let archive = first(".zip", ".tar", ".tgz", ".tar.gz") { return "; give the archive, --data \(path)/\(archive)" }
    if let archive = first(".7z", ".rar", ".tar.bz2", ".tar.xz") { return "; unpack \(archive) first" }
    let reasons = names.lazy.compactMap { name -> String? in
      let start = try? readFile("\(path)/\(name)", upTo: FileSignature.length)
      return start.flatMap(FileSignature.otherThanTable).map { "; \(name): \($0)" }
    }
    return reasons.first ?? ""
  }
}
/// A data set that is known by name.
private struct KnownDataset {
  let kind: DatasetKind
  let path: String
  /// What to do where it is missing.
  let remedy: String

  static func all(_ options: DatasetOptions) -> [String: KnownDataset] {
    [
      "mnist-5k": KnownDataset(
        kind: .sample, path: "\(options.cacheFolder)/data/mnist_5k.csv.gz", remedy: "./pipeline.sh setup gets it"),
      "fashion-mnist": KnownDataset(
        kind: .idx, path: "/usr/share/datasets/fashion-mnist",
        remedy: "install Debian's package dataset-fashion-mnist, or name the folder that has the files"),
    ]
  }
}
