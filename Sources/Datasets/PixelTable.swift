import Core

/// A comma-separated table of pictures: one a row, one pixel a column (0–255, whole numbers), and perhaps a label.
///
/// Parsed as bytes, in one pass: Kaggle's 42,000 × 785 numbers take about a tenth of a second.
struct PixelTable {
  /// Rows × pixels.
  private(set) var pixels: [UInt8] = []
  /// The value of the label column, row by row; empty where the table has none.
  private(set) var labels: [Int32] = []
  private(set) var rowCount = 0
  /// The side of the square picture.
  let side: Int

  /// Where the label is.
  enum Layout {
    /// A header names the columns: `label` and the pixels.
    case header
    /// No header; the last column is the label.
    case labelLast

    /// By whether the first line has anything but numbers.
    init(of bytes: [UInt8]) {
      let firstLine = bytes.prefix { $0 != newline }
      let fields = firstLine.split(separator: comma, omittingEmptySubsequences: false)
      self = fields.contains { Int(String(decoding: $0, as: UTF8.self).trimmingQuotes) == nil } ? .header : .labelLast
    }
  }

  /// The largest number a label may be.
  static let maximumLabel: Int32 = 65535

  private let labelColumn: Int?
  private let columnCount: Int

  /// - Parameters:
  ///   - path: the file's name, for the errors.
  /// - Throws: ``DatasetError`` naming line, column and what was expected there.
  init(_ bytes: [UInt8], layout: Layout, path: String) throws {
    guard !bytes.isEmpty else { throw DatasetError("\(path): an empty file: expected a table of pixels") }
    let firstLine = bytes[..<(bytes.firstIndex(of: newline) ?? bytes.endIndex)]
    let fields = firstLine.split(separator: comma, omittingEmptySubsequences: false)
    let names = fields.map { String(decoding: $0, as: UTF8.self).trimmingQuotes }
    let isHeader = names.contains { Int($0) == nil }
    columnCount = fields.count
    switch (layout, isHeader) {
    case (.header, true):
      labelColumn = names.firstIndex { $0.lowercased() == "label" }
    case (.header, false):
      throw DatasetError("\(path): line 1: no header: expected label,pixel0,pixel1,…")
    case (.labelLast, false):
      labelColumn = columnCount - 1
    case (.labelLast, true):
      let column = names.firstIndex { Int($0) == nil }!
      throw DatasetError(
        "\(path): line 1, column \(column + 1): expected a whole number, found \(quoted(fields[column]))")
    }
    let pixelCount = labelColumn == nil ? columnCount : columnCount - 1
    side = Int(Double(pixelCount).squareRoot())
    guard pixelCount > 0, side * side == pixelCount else {
      throw DatasetError(
        "\(path): line 1: \(pixelCount) pixel columns: expected a square number, 784 for 28×28 digits")
    }
    try parse(bytes, from: isHeader ? firstLine.endIndex + 1 : 0, firstLine: isHeader ? 2 : 1, path: path)
  }

  private mutating func parse(_ bytes: [UInt8], from start: Int, firstLine: Int, path: String) throws {
    // Two bytes a field is the least that a row can have.
    let mostRows = max(bytes.count - start, 0) / (2 * columnCount) + 1
    let pixelCount = side * side
    let (columnCount, labelColumn) = (columnCount, labelColumn ?? -1)
    var labels: [Int32] = []
    var problem: Problem?
    pixels = [UInt8](unsafeUninitializedCapacity: mostRows * pixelCount) { output, count in
      bytes.withUnsafeBufferPointer { input in
        var scanner = FieldScanner(input: input, offset: start)
        var line = firstLine
        while problem == nil && !scanner.isAtEnd {
          for column in 0..<columnCount {
            let largest = column == labelColumn ? Self.maximumLabel : 255
            let end: UInt8 = column == columnCount - 1 ? newline : comma
            guard let value = scanner.number(upTo: largest, end: end) else {
              problem = Problem(line: line, column: column, offset: scanner.offset)
              return
            }
            if column == labelColumn {
              labels.append(value)
            } else {
              output[count] = UInt8(truncatingIfNeeded: value)
              count += 1
            }
          }
          line += 1
        }
      }
    }
    if let problem { throw problem.error(in: bytes, path: path, columnCount: columnCount, labelColumn: labelColumn) }
    self.labels = labels
    rowCount = pixels.count / pixelCount
    guard rowCount > 0 else { throw DatasetError("\(path): no rows below the header") }
  }
}

private let comma = UInt8(ascii: ",")
private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")

/// Reads whole numbers off the bytes of a table.
private struct FieldScanner {
  let input: UnsafeBufferPointer<UInt8>
  /// Of the field that comes next; where one could not be read, of that one.
  var offset: Int

  /// Nothing is left but line ends.
  var isAtEnd: Bool {
    var rest = offset
    while rest < input.count, input[rest] == newline || input[rest] == carriageReturn { rest += 1 }
    return rest >= input.count
  }

  /// The number at the offset, and the offset moved behind the separator that ends it.
  ///
  /// Nil, and the offset where it was, for anything that is not a number from 0 to `limit` followed by `end`
  /// (where that is a newline, also by the file's end).
  @inline(__always)
  mutating func number(upTo limit: Int32, end: UInt8) -> Int32? {
    var position = offset
    var value: Int32 = 0
    while position < input.count {
      let digit = input[position] &- UInt8(ascii: "0")
      if digit > 9 { break }
      value = value &* 10 &+ Int32(digit)
      if value > limit { return nil }
      position += 1
    }
    guard position > offset else { return nil }
    if end == newline {
      if position < input.count && input[position] == carriageReturn { position += 1 }
      if position < input.count && input[position] != newline { return nil }
    } else if position == input.count || input[position] != end {
      return nil
    }
    offset = position + 1
    return value
  }
}

/// A field that could not be read.
private struct Problem {
  let line: Int
  /// From 0.
  let column: Int
  /// Of the field's first byte.
  let offset: Int

  /// Looks at the field again, at leisure, for what is wrong with it.
  func error(in bytes: [UInt8], path: String, columnCount: Int, labelColumn: Int) -> DatasetError {
    let rest = bytes[min(offset, bytes.count)...]
    let field = rest.prefix { $0 != comma && $0 != newline && $0 != carriageReturn }
    let separator = rest.dropFirst(field.count).first
    let limit = column == labelColumn ? PixelTable.maximumLabel : 255
    guard let value = Int(String(decoding: field, as: UTF8.self)), value >= 0, value <= limit else {
      let place = "\(path): line \(line), column \(column + 1)"
      return DatasetError("\(place): expected a whole number from 0 to \(limit), found \(quoted(field))")
    }
    let isShort = separator != comma
    let found = isShort ? "only \(column + 1)" : "more than \(columnCount)"
    return DatasetError("\(path): line \(line): expected \(columnCount) columns as in line 1, found \(found)")
  }
}

/// The start of a field for an error: short, and in one line whatever it holds.
private func quoted(_ field: ArraySlice<UInt8>) -> String {
  let text = String(decoding: field.prefix(20), as: UTF8.self)
  return "'" + String(text.map { $0.isNewline || $0.asciiValue.map { $0 < 32 || $0 == 127 } == true ? "?" : $0 }) + "'"
}

extension String {
  /// Without the spaces, line end and quotes around it.
  fileprivate var trimmingQuotes: String {
    let around: Set<Character> = [" ", "\t", "\r", "\"", "\u{FEFF}"]
    return String(drop { around.contains($0) }.reversed().drop { around.contains($0) }.reversed())
  }
}
