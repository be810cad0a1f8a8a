/// Comma-separated values (RFC 4180).
enum CommaSeparated {
  /// A line, with its line break. A field with a comma, quote or line break stands in quotes, and its quotes are doubled.
  static func line(_ fields: [String]) -> String {
    fields.map(quoted).joined(separator: ",") + "\n"
  }

  private static func quoted(_ field: String) -> String {
    guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }

  /// The fields of every line that is not empty, without a byte order mark.
  static func rows(_ bytes: [UInt8]) -> [[String]] {
    let (comma, quote, newline, carriageReturn) = (UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(13))
    var rows: [[String]] = []
    var row: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    var quoteHasClosed = false
    func endField() {
      row.append(String(decoding: field, as: UTF8.self))
      field = []
    }
    func endRow() {
      endField()
      if row != [""] { rows.append(row) }
      row = []
    }
    for byte in bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...] {
      let isDoubled = quoteHasClosed && byte == quote
      quoteHasClosed = false
      switch byte {
      case quote where isQuoted:
        isQuoted = false
        quoteHasClosed = true
      case quote where isDoubled:
        field.append(quote)
        isQuoted = true
      case quote where field.isEmpty: isQuoted = true
      case comma where !isQuoted: endField()
      case newline where !isQuoted: endRow()
      case carriageReturn where !isQuoted: break
      default: field.append(byte)
      }
    }
    endRow()
    return rows
  }
}
