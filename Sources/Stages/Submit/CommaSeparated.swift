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
}
