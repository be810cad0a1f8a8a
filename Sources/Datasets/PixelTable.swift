/// A table of pictures: one a row, one pixel a column (0–255, whole numbers), and perhaps a label and an id; separated by
/// commas, semicolons or tabs.
///
/// Parsed as bytes, in one pass: Kaggle's 42,000 × 785 numbers take a fifth of a second.
struct PixelTable {
  /// Where the label is.
  enum Layout {
    /// A header names the columns: `label` and the pixels.
    case header
    /// No header; the last column is the label.
    case labelLast
  }

  let layout: Layout
  /// Rows × pixels.
  private(set) var pixels: [UInt8] = []
  /// The value of the label column, row by row; empty where the table has none.
  private(set) var labels: [Int32] = []
  /// What the id column calls each row; empty where the table has none.
  private(set) var ids: [String] = []
  /// The side of the square picture.
  let side: Int

  var rowCount: Int { pixels.count / (side * side) }

  /// The largest number a label may be.
  static let maximumLabel: Int32 = 65535

  private let labelColumn: Int?
  private let idColumn: Int?
  /// What the header calls it; nil where there is none.
  private(set) var idName: String?
  private let columnCount: Int
  private let separator: UInt8

  /// Names of columns that are no pixels: Kaggle's, and those of pandas' index.
  private static let idNames: Set = ["id", "imageid", "image_id", "index", "", "unnamed: 0"]

  /// - Parameters:
  ///   - layout: nil: by whether the first line has anything but numbers.
  ///   - path: the file's name, for the errors.
  /// - Throws: ``DatasetError`` naming line, column and what was expected there.
  init(_ bytes: [UInt8], layout: Layout? = nil, path: String) throws {
    separator = TextTable.Separator(of: bytes.prefix(1 << 20)).rawValue
    let first = try FirstLine(bytes, separator: separator, path: path)
    self.layout = layout ?? (first.word == nil ? .labelLast : .header)
    columnCount = first.fields.count
    idColumn =
      self.layout == .labelLast
      ? nil : first.fields.prefix(1).firstIndex { Self.idNames.contains(text($0).lowercased()) }
    idName = idColumn.map { text(first.fields[$0]) }
    switch (self.layout, first.word) {
    case (.header, nil):
      throw DatasetError("\(path): line 1: no header: expected label,pixel0,pixel1,…")
    case (.header, _?):
      labelColumn = first.fields.firstIndex { text($0).lowercased() == "label" }
    case (.labelLast, let column?):
      let field = quoted(first.fields[column])
      throw DatasetError("\(path): line 1, column \(column + 1): expected a whole number, found \(field)")
    case (.labelLast, nil):
      labelColumn = columnCount - 1
    }
    let pixelCount = columnCount - (labelColumn == nil ? 0 : 1) - (idColumn == nil ? 0 : 1)
    side = Int(Double(pixelCount).squareRoot())
    guard pixelCount > 0, side * side == pixelCount else {
      throw DatasetError(
        "\(path): line 1: \(pixelCount) pixel columns: expected a square number, 784 for 28×28 digits"
          + (pixelCount == 0 ? labelsRemedy : ""))
    }
    let isHeader = self.layout == .header
    try parse(bytes, from: isHeader ? first.end + 1 : 0, firstLine: isHeader ? 2 : 1, path: path)
  }

  private mutating func parse(_ bytes: [UInt8], from start: Int, firstLine: Int, path: String) throws {
    // Two bytes a field is the least that a row can have, and one of an id, which may be empty.
    let fewestBytes = 2 * columnCount - (idColumn == nil ? 0 : 1)
    let mostRows = max(bytes.count - start, 0) / fewestBytes + 1
    let pixelCount = side * side
    let (columnCount, labelColumn, idColumn, separator) = (columnCount, labelColumn ?? -1, idColumn ?? -1, separator)
    var labels: [Int32] = []
    var ids: [String] = []
    var problem: Problem?
    pixels = [UInt8](unsafeUninitializedCapacity: mostRows * pixelCount) { output, count in
      bytes.withUnsafeBufferPointer { input in
        var scanner = FieldScanner(input: input, offset: start)
        var line = firstLine
        while problem == nil && !scanner.isAtEnd {
          for column in 0..<columnCount {
            if column == idColumn {
              ids.append(scanner.id(end: separator))
              continue
            }
            let largest = column == labelColumn ? Self.maximumLabel : 255
            let end: UInt8 = column == columnCount - 1 ? newline : separator
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
    if let problem {
      throw problem.error(
        in: bytes, path: path, columnCount: columnCount, labelColumn: labelColumn, separator: separator)
    }
    self.labels = labels
    self.ids = ids
    guard rowCount > 0 else { throw DatasetError("\(path): no rows below the header") }
  }
}

/// What the first line of a table says about it.
private struct FirstLine {
  let fields: [ArraySlice<UInt8>]
  /// The first field that is not a whole number; nil: the line is a row, and the table has no header.
  let word: Int?
  /// The offset of the newline.
  let end: Int

  init(_ bytes: [UInt8], separator: UInt8, path: String) throws {
    guard !bytes.isEmpty else { throw DatasetError("\(path): an empty file: expected a table of pixels") }
    let line = bytes.prefix(1 << 20).prefix { $0 != newline }
    guard line.count < 1 << 20 else { throw DatasetError("\(path): line 1 is longer than a megabyte: not a table") }
    fields = line.split(separator: separator, omittingEmptySubsequences: false)
    word = fields.firstIndex { Int(text($0)) == nil }
    end = line.endIndex
  }
}

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

  /// The text up to the separator, and the offset moved behind that; nothing at the end of a line, and the offset there.
  mutating func id(end: UInt8) -> String {
    let start = offset
    while offset < input.count, input[offset] != end, input[offset] != newline, input[offset] != carriageReturn {
      offset += 1
    }
    let field = text(ArraySlice(input[start..<offset]))
    if offset < input.count, input[offset] == end { offset += 1 }
    return field
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
  func error(in bytes: [UInt8], path: String, columnCount: Int, labelColumn: Int, separator: UInt8) -> DatasetError {
    let rest = bytes[min(offset, bytes.count)...]
    let field = rest.prefix { $0 != separator && $0 != newline && $0 != carriageReturn }
    let next = rest.dropFirst(field.count).first
    let limit = column == labelColumn ? PixelTable.maximumLabel : 255
    guard let value = Int(String(decoding: field, as: UTF8.self)), value >= 0, value <= limit else {
      let place = "\(path): line \(line), column \(column + 1)"
      let isWord = field.contains { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 }
      // No picture of as few pixels is worth classifying.
      let remedy = isWord && columnCount <= 16 ? labelsRemedy : ""
      return DatasetError("\(place): expected a whole number from 0 to \(limit), found \(quoted(field))\(remedy)")
    }
    let isShort = next != separator
    let found = isShort ? "only \(column + 1)" : "more than \(columnCount)"
    return DatasetError("\(path): line \(line): expected \(columnCount) columns as in line 1, found \(found)")
  }
}

private let labelsRemedy =
  "; if this tells the classes of pictures, give it with --labels, and with --data the folder that they are in"

/// The start of a field for an error: short, and in one line whatever it holds.
private func quoted(_ field: ArraySlice<UInt8>) -> String {
  let text = String(decoding: field.prefix(20), as: UTF8.self)
  return "'" + String(text.map { $0.isNewline || $0.asciiValue.map { $0 < 32 || $0 == 127 } == true ? "?" : $0 }) + "'"
}

/// A field of the first line, without the spaces, the line end and the quotes around it, and the file's byte order mark.
private func text(_ field: ArraySlice<UInt8>) -> String {
  let string = String(decoding: field, as: UTF8.self)
  return String(string.drop { isAround($0) }.reversed().drop { isAround($0) }.reversed())
}

private func isAround(_ character: Character) -> Bool {
  switch character {
  case " ", "\t", "\r", "\"", "\u{FEFF}": true
  default: false
  }
}
