import Foundation

/// Classes whose names are so alike that they may be one.
enum ClassNames {
  /// - Parameter place: of the names, for the error.
  /// - Throws: ``DatasetError`` for names that are equal letter by letter, and differ in how Unicode codes these.
  static func checkForms(_ names: [String], in place: String) throws {
    var seen: [String: String] = [:]
    for name in names {
      if let other = seen[name] {
        throw DatasetError(
          "\(place): the class folders \(scalars(other)) and \(scalars(name)) differ only in how their letters are coded "
            + "(Unicode's NFC and NFD): put their pictures into one")
      }
      seen[name] = name
    }
  }

  /// Names that differ only in capitals, in spaces around them, or as `0` and `0.0` do: one line, or none.
  static func warning(_ names: [String], in place: String) -> String? {
    let alike = Dictionary(grouping: names, by: key).values.filter { $0.count > 1 }.map { $0.sorted() }
    guard let first = alike.min(by: { $0[0] < $1[0] }) else { return nil }
    let more = alike.count == 1 ? "" : ", and \(alike.count - 1) more such"
    return "\(place): the classes \(first.map(\.quoted).joined(separator: " and "))\(more): are they one?"
  }

  private static func key(_ name: String) -> String {
    let text = name.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
    return Double(text).map { "\($0)" } ?? text
  }

  /// The name with what is not ASCII by its numbers, without which two forms look the same: `caf\u{E9}`.
  static func scalars(_ name: String) -> String {
    name.unicodeScalars.map { $0.isASCII ? String($0) : "\\u{\(String($0.value, radix: 16, uppercase: true))}" }
      .joined()
  }
}
