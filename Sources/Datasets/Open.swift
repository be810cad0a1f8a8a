extension ImageDataset {
  /// Opens a data set and splits it. What is there says what kind it is, unless the options force one.
  ///
  /// - Parameter name: a folder, a table, or the name of a data set: `mnist-5k` (its table is in the cache folder) or
  ///   `fashion-mnist` (Debian's package dataset-fashion-mnist).
  /// - Throws: ``DatasetError`` in one line: what was found, and what was expected.
  public static func open(_ name: String, options: DatasetOptions = DatasetOptions()) throws -> ImageDataset {
    let known = KnownDataset.all(options)[name]
    let path = known?.path ?? name
    let type = fileType(path)
    guard type != .missing else {
      throw DatasetError("\(path): no such file or folder\(known.map { ": \($0.remedy)" } ?? "")")
    }
    let kind = options.kind ?? known?.kind
    if type == .regular {
      guard kind == nil || kind == .sample || kind == .digitRecognizer else {
        throw DatasetError("\(path): a file, expected a folder for the kind \(kind!.rawValue)")
      }
      return try openTable(path, kind: kind, options: options)
    }
    switch try kind ?? recognisedKind(path) {
    case .sample:
      throw DatasetError("\(path): a folder, expected a table for the kind \(DatasetKind.sample.rawValue)")
    case .digitRecognizer:
      return try openDigitRecognizer(path, options: options)
    case .folders:
      return try openFolders(path, options: options)
    case .idx:
      guard let files = try IDXFiles(in: path) else {
        throw DatasetError("\(path): no file train-images-idx3-ubyte, plain or .gz, in this folder")
      }
      return try openIDX(files, path: path, options: options)
    }
  }

  /// The kind of a folder.
  private static func recognisedKind(_ path: String) throws -> DatasetKind {
    if fileType("\(path)/train") == .folder { return .folders }
    if tablePath("train", in: path) != nil { return .digitRecognizer }
    if try IDXFiles(in: path) != nil { return .idx }
    if try folderEntries(path).contains(where: { $0.type == .folder }) { return .folders }
    throw DatasetError(
      "\(path): no data set: expected train/CLASS/ folders, CLASS/ folders, train.csv, or train-images-idx3-ubyte")
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
