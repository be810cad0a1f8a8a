import Core

extension ImageDataset {
  /// One table of labelled rows, dealt out to three splits.
  ///
  /// - Parameter kind: nil: a header makes it Digit Recognizer's table, none the sample's.
  static func openTable(_ path: String, kind: DatasetKind?, options: DatasetOptions) throws -> ImageDataset {
    let layout: PixelTable.Layout? = kind.map { $0 == .sample ? .labelLast : .header }
    let table = try PixelTable(readTable(path), layout: layout, path: path)
    let rows = try LabelledRows(table, path: path)
    let classes = LabelClasses(rows.values)
    let isSample = table.layout == .labelLast
    return ImageDataset(
      kind: isSample ? .sample : .digitRecognizer, path: path,
      layout: "a table of \(rows.size) pixels, \(isSample ? "the label last" : "with a header")",
      labelNames: classes.names, imageSize: rows.size, parts: try options.split(rows.part(classes), withTest: true),
      heldOut: [.valid, .test])
  }

  /// Kaggle's Digit Recognizer: train.csv dealt out for training and validation, or valid.csv beside it; test.csv as it is.
  ///
  /// - Parameter place: the folder of the tables, or an archive of them as it comes from Kaggle.
  static func openDigitRecognizer(_ place: String, options: DatasetOptions) throws -> ImageDataset {
    guard let trainPath = try tablePath("train", in: place) else {
      throw DatasetError("\(place): no train.csv here, plain, .gz or .zip")
    }
    let validPath = try ["valid", "val", "validation"].lazy.compactMap { try tablePath($0, in: place) }.first
    let testPath = try tablePath("test", in: place)
    if testPath == nil && validPath == nil { return try openTable(trainPath, kind: .digitRecognizer, options: options) }
    let train = try PixelTable(readTable(trainPath), layout: .header, path: trainPath)
    let rows = try LabelledRows(train, path: trainPath)
    let classes = LabelClasses(rows.values)
    func table(_ path: String) throws -> PixelTable {
      let table = try PixelTable(readTable(path), layout: .header, path: path)
      guard table.side == train.side else {
        throw DatasetError(
          "\(path): \(table.side)×\(table.side) pixels a row, but \(train.side)×\(train.side) in \(trainPath)")
      }
      return table
    }
    var parts =
      validPath == nil ? try options.split(rows.part(classes), withTest: testPath == nil) : [.train: rows.part(classes)]
    if let validPath {
      let valid = try LabelledRows(table(validPath), path: validPath)
      parts[.valid] = valid.part(classes)
      if let row = parts[.valid]!.examples.firstIndex(where: { $0.label == Example.unknownLabel }) {
        throw DatasetError("\(validPath): row \(row + 1): no row of \(trainPath) has the label \(valid.values[row])")
      }
    }
    let test = try testPath.map(table)
    if let testPath { parts[.test] = try test?.part(classes, path: testPath) }
    let tables = [trainPath, validPath, testPath].compactMap { $0.map(name(of:)) }
    var dataset = ImageDataset(
      kind: .digitRecognizer, path: place, layout: tables.joined(separator: ", "), labelNames: classes.names,
      imageSize: rows.size, parts: parts, heldOut: validPath == nil ? [.valid] : [])
    // pandas' index has no name.
    dataset.idColumn = (test?.idName).map { $0.isEmpty ? "id" : $0 }
    return dataset
  }
}

extension PixelTable {
  /// All rows, called by their ids, or else by their number from 1.
  ///
  /// - Throws: ``DatasetError`` where two rows have one id.
  fileprivate func part(_ classes: LabelClasses, path: String) throws -> ImageDataset.Part {
    let names = ids.isEmpty ? (0..<rowCount).map { String($0 + 1) } : ids
    if let id = Dictionary(grouping: names, by: \.self).filter({ $0.value.count > 1 }).keys.min() {
      throw DatasetError("\(path): two rows have the id \(id.quoted)")
    }
    return ImageDataset.Part(
      examples: names.enumerated().map { row, name in
        Example(name: name, label: labels.isEmpty ? Example.unknownLabel : classes.label(of: labels[row]))
      },
      pictures: PixelRows(pixels: pixels, size: ImageSize(height: side, width: side)))
  }
}

extension LabelledRows {
  fileprivate init(_ table: PixelTable, path: String) throws {
    guard !table.labels.isEmpty else { throw DatasetError("\(path): line 1: no column is named label") }
    self.init(pixels: table.pixels, size: ImageSize(height: table.side, width: table.side), values: table.labels)
  }
}
