/// The labels of an array's rows: whole numbers, texts, or a column for each class of which one is 1.
enum ArrayLabels {
  case numbers([Int32])
  case texts([String])

  /// - Parameter rows: how many there must be.
  /// - Throws: ``DatasetError`` naming the row that is no label.
  init(_ array: any StoredArray, rows: Int, of pictures: String) throws {
    guard array.rowCount == rows else {
      throw DatasetError("\(array.name): \(array.rowCount) labels, but \(rows) pictures in \(pictures)")
    }
    let columns = array.rowSize
    guard array.shape.count <= 2, columns >= 1, columns <= 1 << 16 else {
      throw DatasetError(
        "\(array.name): the shape \(array.shapeText) is not that of labels: expected N, N×1, or N×classes")
    }
    if array.isText {
      guard columns == 1 else {
        throw DatasetError("\(array.name): \(columns) texts a picture, and one class is expected")
      }
      self = .texts(try array.texts(0..<rows))
      return
    }
    var values: [Int32] = []
    values.reserveCapacity(rows)
    let step = max(1, (1 << 20) / columns)
    for first in stride(from: 0, to: rows, by: step) {
      let block = try array.numbers(first..<min(first + step, rows))
      for start in stride(from: 0, to: block.count, by: columns) {
        values.append(try Self.label(block[start..<start + columns], row: values.count, name: array.name))
      }
    }
    self = .numbers(values)
  }

  private static func label(_ row: ArraySlice<Double>, row index: Int, name: String) throws -> Int32 {
    guard row.count > 1 else {
      guard let label = Int32(exactly: row.first!), label >= 0 else {
        throw DatasetError("\(name)[\(index)]: the label \(row.first!): expected a whole number from 0")
      }
      return label
    }
    guard let label = row.firstIndex(of: 1), row.allSatisfy({ $0 == 0 || $0 == 1 }), row.count(where: { $0 == 1 }) == 1
    else {
      throw DatasetError("\(name)[\(index)]: not one class of \(row.count): one label a picture is expected")
    }
    return Int32(label - row.startIndex)
  }

  /// As the classes are called.
  var names: [String] {
    switch self {
    case .numbers(let values): values.map(String.init)
    case .texts(let texts): texts
    }
  }

  /// The classes that occur: numbers by value, texts by their UTF-8 bytes.
  var classes: [String] {
    switch self {
    case .numbers(let values): Set(values).sorted().map(String.init)
    case .texts(let texts): Set(texts).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
  }
}
