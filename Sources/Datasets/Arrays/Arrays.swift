import Core

extension ImageDataset {
  /// Pictures and labels in arrays: a NumPy archive (.npz), an HDF5 file, or a folder of .npy files.
  ///
  /// Arrays that are called after validation or test are these splits; without them, training pictures are held out. A
  /// picture is called by its array and its row from 0: `x_train[17]`.
  ///
  /// - Throws: ``DatasetError`` where arrays are not there, don't fit each other, or are no pictures.
  static func openArrays(_ path: String, options: DatasetOptions) throws -> ImageDataset {
    let files = try ArrayFiles(path)
    let roles = try ArrayRoles(files.keys, images: options.images, labels: options.labels, path: path)
    let arrays = try roles.pairs.mapValues { try ArrayPart.array(files, $0) }
    let range = try ArrayPictures.Range(of: Split.allCases.compactMap { arrays[$0] })
    let train = try ArrayPart(files, arrays[.train]!, range, roles.pairs[.train]!, options)
    guard let labels = train.labels else { throw DatasetError("\(path): no labels of \(roles.pairs[.train]!.images)") }
    let classes = labels.classes
    var parts = [Split.train: train.part(classes)]
    var heldOut: Set<Split> = []
    for split in [Split.valid, .test] {
      guard let pair = roles.pairs[split] else { continue }
      let other = try ArrayPart(files, arrays[split]!, range, pair, options)
      guard other.layout.size == train.layout.size, other.layout.channels == train.layout.channels else {
        throw DatasetError("\(other.name): pictures of \(other.layout.text), but \(train.layout.text) in \(train.name)")
      }
      parts[split] = other.part(classes)
      if split == .valid, let row = parts[split]!.examples.firstIndex(where: { $0.label == Example.unknownLabel }) {
        throw DatasetError("\(other.name)[\(row)]: no picture of \(train.name) has its label, or it has none")
      }
    }
    if parts[.valid] == nil {
      let isTestThere = parts[.test] != nil
      let dealt = try options.split(parts[.train]!, withTest: !isTestThere)
      (parts[.train], parts[.valid]) = (dealt[.train], dealt[.valid])
      if !isTestThere { parts[.test] = dealt[.test] }
      heldOut = isTestThere ? [.valid] : [.valid, .test]
    } else if parts[.test] == nil {
      parts[.test] = Part()
    }
    let keys = Split.allCases.compactMap { roles.pairs[$0] }.map { pair in
      pair.labels.map { "\(pair.images) with \($0)" } ?? pair.images
    }
    return ImageDataset(
      kind: .arrays, path: path, layout: "arrays of \(train.layout.text): \(keys.joined(separator: ", "))",
      labelNames: classes, imageSize: train.layout.size, parts: parts, heldOut: heldOut,
      notes: train.notes + (roles.ignored.isEmpty ? [] : ["ignored beside them: \(listed(roles.ignored, most: 5))"]))
  }
}

/// The pictures of one array, and their labels.
private struct ArrayPart {
  let name: String
  let layout: ArrayLayout
  let labels: ArrayLabels?
  private let key: String
  private let pictures: ArrayPictures

  static func array(_ files: ArrayFiles, _ pair: ArrayRoles.Pair) throws -> any StoredArray {
    let array = try files.array(pair.images)
    guard array.rowCount > 0 else { throw DatasetError("\(array.name): no rows") }
    return array
  }

  init(
    _ files: ArrayFiles, _ array: any StoredArray, _ range: ArrayPictures.Range, _ pair: ArrayRoles.Pair,
    _ options: DatasetOptions
  ) throws {
    key = pair.images
    name = array.name
    layout = try ArrayLayout(array.shape, name: array.name)
    try options.limits.check(height: layout.size.height, width: layout.size.width)
    pictures = ArrayPictures(array: array, layout: layout, range: range)
    labels = try pair.labels.map { try ArrayLabels(files.array($0), rows: array.rowCount, of: array.name) }
  }

  /// What was assumed.
  var notes: [String] { [pictures.note].compactMap(\.self) }

  /// Rows whose label is none of the classes have none.
  func part(_ classes: [String]) -> ImageDataset.Part {
    let indices = Dictionary(uniqueKeysWithValues: zip(classes, Int32(0)...))
    let names = labels?.names
    return ImageDataset.Part(
      examples: (0..<pictures.array.rowCount).map { row in
        Example(name: "\(key)[\(row)]", label: names.flatMap { indices[$0[row]] } ?? Example.unknownLabel)
      },
      pictures: pictures)
  }
}
