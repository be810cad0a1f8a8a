import Foundation
import SystemPackage

/// A table of text with a header, its fields separated by commas (RFC 4180), semicolons or tabs: they may stand in quotes,
/// in which a quote is doubled.
package struct TextTable: Sendable {
  package struct Row: Sendable {
    /// Of the file, from 1: where the row begins.
    package let line: Int
    package let fields: [String]
  }

  /// The file's name, for the errors.
  package let path: String
  /// The names in the header, without the spaces around them.
  package let columns: [String]
  /// Each has as many fields as there are columns.
  package let rows: [Row]
  /// The first line.
  let first: Row

  /// - Parameters:
  ///   - separator: nil: the one that is most often in the first line.
  ///   - mayBeEmpty: whether a header alone will do.
  /// - Throws: ``DatasetError`` naming the line that is no row of the table.
  init(_ bytes: [UInt8], path: String, separator: Separator? = .comma, mayBeEmpty: Bool = false) throws {
    let separator = separator ?? Separator(of: bytes)
    var scanner = RowScanner(
      bytes: bytes, offset: bytes.starts(with: Self.byteOrderMark) ? 3 : 0, separator: separator)
    var rows: [Row] = []
    do {
      while let row = try scanner.next() {
        if let header = rows.first, row.fields.count != header.fields.count {
          throw RowScanner.Problem(
            line: row.line, reason: "expected \(header.fields.count) columns as in line 1, found \(row.fields.count)")
        }
        rows.append(row)
      }
    } catch let problem as RowScanner.Problem {
      throw DatasetError("\(path): line \(problem.line): \(problem.reason)")
    }
    guard rows.count > (mayBeEmpty ? 0 : 1) else {
      throw DatasetError("\(path): expected a table with a header and rows below it")
    }
    self.path = path
    columns = rows[0].fields.map { $0.trimmingCharacters(in: .whitespaces) }
    self.rows = Array(rows.dropFirst())
    first = rows[0]
  }

  /// The table where its first line is no header but a row: the columns are called 1, 2, ….
  var withoutHeader: TextTable {
    TextTable(path: path, columns: columns.indices.map { "\($0 + 1)" }, rows: [first] + rows, first: first)
  }

  init(path: String, columns: [String], rows: [Row], first: Row) {
    (self.path, self.columns, self.rows, self.first) = (path, columns, rows, first)
  }

  /// Reads a file: plain, gzipped, or the only one in a zip archive.
  ///
  /// - Parameters: as above.
  /// - Throws: ``DatasetError``.
  package init(contentsOf path: String, separator: Separator? = .comma, mayBeEmpty: Bool = false) throws {
    try self.init(readTable(path), path: path, separator: separator, mayBeEmpty: mayBeEmpty)
  }

  /// What stands between fields.
  package enum Separator: UInt8, CaseIterable, Sendable {
    case comma = 0x2C
    case semicolon = 0x3B
    case tab = 0x09

    /// The one that is most often in a table's first line, outside quotes; a comma where there is none.
    init(of bytes: some Collection<UInt8>) {
      var counts: [UInt8: Int] = [:]
      var isQuoted = false
      for byte in bytes {
        if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
        if byte == UInt8(ascii: "\n"), !isQuoted { break }
        if !isQuoted { counts[byte, default: 0] += 1 }
      }
      self = Self.allCases.reduce(.comma) {
        counts[$1.rawValue, default: 0] > counts[$0.rawValue, default: 0] ? $1 : $0
      }
    }
  }

  /// The lower-case names in a file's header; nil where it has none within its first 64 KiB.
  static func header(ofFile path: String) -> [String]? {
    guard let start = try? readFile(path, upTo: 1 << 16), start.contains(0x0A) else {
      return nil
    }
    var scanner = RowScanner(
      bytes: start, offset: start.starts(with: byteOrderMark) ? 3 : 0, separator: Separator(of: start))
    return try? scanner.next()?.fields.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  func hasColumn(_ name: String) -> Bool { column(named: name) != nil }

  /// The index of the column of that name, whatever the case of its letters.
  func column(named name: String) -> Int? {
    columns.firstIndex { $0.caseInsensitiveCompare(name) == .orderedSame }
  }
}

/// Takes a table's bytes apart, row by row.
private struct RowScanner {
  let bytes: [UInt8]
  /// Of the next row's first byte.
  var offset: Int
  private let separator: TextTable.Separator
  private var line = 1

  struct Problem: Error {
    let line: Int
    let reason: String
  }

  private static let quote = UInt8(ascii: "\"")
  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(bytes: [UInt8], offset: Int, separator: TextTable.Separator) {
    self.bytes = bytes
    self.offset = offset
    self.separator = separator
  }

  /// The next row that is not an empty line; nil at the end.
  mutating func next() throws -> TextTable.Row? {
    while offset < bytes.count, skipLineEnd() { line += 1 }
    guard offset < bytes.count else { return nil }
    let first = line
    var fields: [String] = []
    repeat {
      fields.append(try field())
    } while skip(separator.rawValue)
    guard offset == bytes.count || skipLineEnd() else {
      throw Problem(line: line, reason: "expected a \(separator) or the line's end behind the closing quote")
    }
    line += 1
    return TextTable.Row(line: first, fields: fields)
  }

  private mutating func field() throws -> String {
    let content: [UInt8]
    if skip(Self.quote) {
      content = try quoted()
    } else {
      let start = offset
      while offset < bytes.count, !isSeparator(bytes[offset]) { offset += 1 }
      content = Array(bytes[start..<offset])
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw Problem(line: line, reason: "expected UTF-8 text")
    }
    return text
  }

  /// The rest of a field behind its opening quote.
  private mutating func quoted() throws -> [UInt8] {
    let first = line
    var content: [UInt8] = []
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      if byte == Self.quote && !skip(Self.quote) { return content }
      if byte == Self.newline { line += 1 }
      content.append(byte)
    }
    throw Problem(line: first, reason: "a field that begins with a quote has no closing quote")
  }

  private func isSeparator(_ byte: UInt8) -> Bool {
    byte == separator.rawValue || byte == Self.newline || byte == Self.carriageReturn
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    guard offset < bytes.count, bytes[offset] == byte else { return false }
    offset += 1
    return true
  }

  private mutating func skipLineEnd() -> Bool {
    if skip(Self.carriageReturn) {
      _ = skip(Self.newline)
      return true
    }
    return skip(Self.newline)
  }
}

extension TextTable {
  /// The index of the column that the user named, or of the first that goes by one of some usual names, or of the second
  /// of two.
  ///
  /// - Parameters:
  ///   - what: what the column has, for the error.
  ///   - option: how the user names it.
  /// - Throws: ``DatasetError`` listing the columns that there are.
  func column(_ name: String?, orOneOf usual: [String], what: String, option: String) throws -> Int {
    let found = (name.map { [$0] } ?? usual).lazy.compactMap { column(named: $0) }.first
    if let found { return found }
    if name == nil && columns.count == 2 { return 1 }
    let problem = name.map { "no column \($0.quoted)" } ?? "which column has the \(what)? Say it with \(option)"
    throw DatasetError("\(path): \(problem); the columns are \(listed(columns, most: 20))")
  }
}

/// A table that the user names: a path as it is, or in the data set's folder, or beside that. Its first line is a row, and
/// no header, where it names one of the pictures.
func readTextTable(_ path: String, besides data: String, of pictures: [PictureIndex]) throws -> TextTable {
  let found = [path, "\(data)/\(path)", "\(data)/../\(path)"].first { fileType($0) == .regular } ?? path
  let table = try TextTable(contentsOf: found, separator: nil)
  return table.beginsWithPicture(pictures) ? table.withoutHeader : table
}

extension TextTable {
  fileprivate func beginsWithPicture(_ pictures: [PictureIndex]) -> Bool {
    guard !columns.contains(where: { Self.usualNames.contains($0.lowercased()) }) else { return false }
    let folder = FilePath(path).folder
    return columns.contains { column in pictures.contains { $0.find(column, table: folder) != .missing } }
  }

  /// Of columns: a picture that is called so does not make a row of a header.
  private static let usualNames: Set = [
    "breed", "category", "class", "driver", "file", "file_name", "filename", "id", "image", "image_id", "img", "label",
    "labels", "name", "path", "subject", "target",
  ]
}
