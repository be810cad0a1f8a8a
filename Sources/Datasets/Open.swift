extension ImageDataset {
  /// Opens a data set and splits it, by what is there.
  ///
  /// - Parameter name: a folder, a table, or the name of a data set: `mnist-5k`.
  /// - Throws: ``DatasetError`` in one line: what was found, and what was expected.
  public static func open(_ name: String, options: DatasetOptions = DatasetOptions()) throws -> ImageDataset {
    let known = KnownDataset.all(options)[name]
    let path = known?.path ?? name
    let type = fileType(path)
    guard type != .missing else {
      throw DatasetError("\(path): no such file or folder\(known.map { ": \($0.remedy)" } ?? "")")
    }
    switch options.kind ?? known?.kind {
    case .sample:
      return try openTable(path, kind: .sample, options: options)
    case .digitRecognizer where type == .regular:
      return try openTable(path, kind: .digitRecognizer, options: options)
    case .digitRecognizer:
      return try openDigitRecognizer(path, options: options)
    case nil where type == .regular:
      return try openTable(path, kind: nil, options: options)
    case nil:
      return try openDigitRecognizer(path, options: options)
    }
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
        kind: .sample, path: "\(options.cacheFolder)/data/mnist_5k.csv.gz", remedy: "./pipeline.sh setup gets it")
    ]
  }
}
