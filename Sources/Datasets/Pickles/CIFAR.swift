import Core

extension ImageDataset {
  /// The batches of CIFAR-10 or CIFAR-100, as Python pickles: training batches dealt out for training and validation, the test
  /// batch as it is, with its labels. A picture is called by its file and its row from 0: `data_batch_1[17]`.
  ///
  /// - Parameter files: those that were found.
  /// - Throws: ``DatasetError`` for files that are no such batches, or don't fit each other.
  static func openCIFAR(_ files: CIFARFiles, path: String, options: DatasetOptions) throws -> ImageDataset {
    let train = try files.train.map { try CIFARBatch($0, in: files.folder, key: options.labels, options) }
    let first = train[0]
    guard let key = first.key else {
      throw DatasetError(
        "\(first.name): no labels or fine_labels beside it; there are \(listed(first.keys, most: 10))")
    }
    let test = try files.test.map { try CIFARBatch($0, in: files.folder, key: key, options) }
    for batch in train + [test].compactMap(\.self) {
      guard batch.pictures.layout == first.pictures.layout, batch.pictures.range == first.pictures.range else {
        throw DatasetError(
          "\(batch.name): pictures of \(batch.pictures.layout.text), but \(first.pictures.layout.text) in \(first.name)"
        )
      }
    }
    if let batch = train.first(where: { $0.labels == nil }) {
      throw DatasetError("\(batch.name): no \(key) beside it; there are \(listed(batch.keys, most: 10))")
    }

    let names = try files.classNames(of: key)
    let classes = try CIFARClasses(train.map { $0.labels! }, names: names, in: files)
    let examples = train.flatMap { $0.examples(classes) }
    var parts = try options.split(
      Part(examples: examples, pictures: JoinedPictures(train.map(\.pictures))), withTest: test == nil)
    if let test { parts[.test] = Part(examples: test.examples(classes), pictures: test.pictures) }
    let sources = listed(files.train + [files.test].compactMap(\.self), most: 6)
    return ImageDataset(
      kind: .cifar, path: path,
      layout: "CIFAR's Python batches of \(first.pictures.layout.size)"
        + "\(first.pictures.layout.channels == 3 ? " in colour" : ""): \(sources) with \(key)",
      labelNames: classes.names, imageSize: first.pictures.layout.size, parts: parts,
      heldOut: test == nil ? [.valid, .test] : [.valid],
      notes: [
        first.pictures.note,
        names == nil
          ? "\(files.folder): no file with the names of the classes: they are called by their numbers" : nil,
      ].compactMap(\.self))
  }
}

extension CIFARFiles {
  /// The classes' names, in the order of the numbers in `labels`, `fine_labels` or `coarse_labels`; nil where no file has them.
  fileprivate func classNames(of key: String) throws -> [String]? {
    guard let meta, key.hasSuffix("labels") else { return nil }
    return try PickledDictionary("\(folder)/\(meta)").texts("\(key.dropLast("labels".count))label_names")
  }
}

/// One file of pictures, and their labels.
private struct CIFARBatch {
  /// The file, and the array.
  let name: String
  let pictures: ArrayPictures
  /// Of the labels; nil where there are none.
  let key: String?
  let labels: ArrayLabels?
  let keys: [String]
  private let file: String

  /// - Parameter key: of the labels; nil: `labels`, or CIFAR-100's `fine_labels`.
  init(_ file: String, in folder: String, key: String?, _ options: DatasetOptions) throws {
    let path = "\(folder)/\(file)"
    let dictionary = try PickledDictionary(path)
    guard let array = try dictionary.array("data") else {
      throw DatasetError("\(path): no array data; there are \(listed(dictionary.keys, most: 10))")
    }
    guard array.rowCount > 0 else { throw DatasetError("\(array.name): no rows") }
    let layout = try ArrayLayout(planes: array.shape, name: array.name)
    try options.limits.check(height: layout.size.height, width: layout.size.width)
    pictures = ArrayPictures(array: array, layout: layout, range: try ArrayPictures.Range(of: [array]))
    self.key = key ?? ["labels", "fine_labels"].first(where: dictionary.keys.contains)
    labels = try self.key.flatMap { try dictionary.labels($0, rows: array.rowCount, of: array.name) }
    (name, keys, self.file) = (array.name, dictionary.keys, file)
  }

  func examples(_ classes: CIFARClasses) -> [Example] {
    (0..<pictures.array.rowCount).map { row in
      Example(name: "\(file)[\(row)]", label: labels.map { classes.label(of: $0, row) } ?? Example.unknownLabel)
    }
  }
}

/// The classes that training pictures have, by their names.
private struct CIFARClasses {
  /// In the order of the data set's labels.
  let names: [String]
  /// The data set's label of each name.
  private let labels: [String: Int32]
  private let given: [String]?

  /// - Parameter given: the names of the numbers; nil: they are called by themselves.
  init(_ labels: [ArrayLabels], names given: [String]?, in files: CIFARFiles) throws {
    self.given = given
    if let given {
      for (batch, labels) in zip(files.train, labels) {
        guard case .numbers(let values) = labels else { continue }
        if let row = values.firstIndex(where: { Int($0) >= given.count }) {
          throw DatasetError(
            "\(files.folder)/\(batch)[\(row)]: the label \(values[row]), but \(given.count) names in \(files.meta ?? "")"
          )
        }
      }
      if let twice = Dictionary(grouping: given, by: \.self).filter({ $1.count > 1 }).keys.min() {
        throw DatasetError("\(files.folder)/\(files.meta ?? ""): two classes are called \(twice.shortened)")
      }
    }
    var numbers: Set<Int32> = []
    var texts: Set<String> = []
    for labels in labels {
      switch labels {
      case .numbers(let values): numbers.formUnion(values)
      case .texts(let values): texts.formUnion(values)
      }
    }
    let called = numbers.sorted().map { given?[Int($0)] ?? String($0) }
    names =
      given == nil && texts.isEmpty
      ? called : Set(called).union(texts).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    self.labels = Dictionary(uniqueKeysWithValues: zip(names, Int32(0)...))
  }

  /// −1 for a class that no training picture has.
  func label(of labels: ArrayLabels, _ row: Int) -> Int32 {
    let name: String?
    switch labels {
    case .numbers(let values):
      name = given.map { Int(values[row]) < $0.count ? $0[Int(values[row])] : nil } ?? String(values[row])
    case .texts(let values): name = values[row]
    }
    return name.flatMap { self.labels[$0] } ?? Example.unknownLabel
  }
}
