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
    return ImageDataset(
      kind: table.layout == .labelLast ? .sample : .digitRecognizer, path: path, labelNames: classes.names,
      imageSize: rows.size, parts: try options.split(rows.part(classes), withTest: true))
  }

  /// Kaggle's Digit Recognizer: train.csv dealt out for training and validation, test.csv as it is.
  ///
  /// - Parameter place: the folder of the tables, or an archive of them as it comes from Kaggle.
  static func openDigitRecognizer(_ place: String, options: DatasetOptions) throws -> ImageDataset {
    guard let trainPath = try tablePath("train", in: place) else {
      throw DatasetError("\(place): no train.csv here, plain, .gz or .zip")
    }
    guard let testPath = try tablePath("test", in: place) else {
      return try openTable(trainPath, kind: .digitRecognizer, options: options)
    }
    let train = try PixelTable(readTable(trainPath), layout: .header, path: trainPath)
    let test = try PixelTable(readTable(testPath), layout: .header, path: testPath)
    let rows = try LabelledRows(train, path: trainPath)
    let classes = LabelClasses(rows.values)
    guard test.side == train.side else {
      throw DatasetError(
        "\(testPath): \(test.side)×\(test.side) pixels a row, but \(train.side)×\(train.side) in \(trainPath)")
    }
    var parts = try options.split(rows.part(classes), withTest: false)
    parts[.test] = ImageDataset.Part(
      examples: (0..<test.rowCount).map { row in
        let label = test.labels.isEmpty ? Example.unknownLabel : classes.label(of: test.labels[row])
        return Example(name: String(row + 1), label: label)
      },
      pictures: PixelRows(pixels: test.pixels, size: rows.size))
    return ImageDataset(
      kind: .digitRecognizer, path: place, labelNames: classes.names, imageSize: rows.size, parts: parts)
  }
}

extension LabelledRows {
  fileprivate init(_ table: PixelTable, path: String) throws {
    guard !table.labels.isEmpty else { throw DatasetError("\(path): line 1: no column is named label") }
    self.init(pixels: table.pixels, size: ImageSize(height: table.side, width: table.side), values: table.labels)
  }
}
