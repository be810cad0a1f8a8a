import Foundation

extension Locale {
  /// Whether programs print UTF-8 in an environment: the first of these variables that is set tells. Where none is, the locale
  /// is POSIX', which has ASCII.
  package static func isUTF8(_ environment: [String: String]) -> Bool {
    let name = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? "C"
    let encoding = name.lowercased().split(separator: ".").dropFirst().first ?? ""
    return ["utf-8", "utf8"].contains(encoding.prefix { $0 != "@" })
  }
}

extension String {
  /// The text with nothing but ASCII: signs by the nearest there are, letters by their numbers, `\u{E9}`.
  package var inASCII: String {
    guard unicodeScalars.contains(where: { !$0.isASCII }) else { return self }
    return unicodeScalars.map { scalar in
      if scalar.isASCII { return String(scalar) }
      return Self.signs[scalar] ?? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }.joined()
  }

  private static let signs: [Unicode.Scalar: String] = [
    "·": "-", "×": "x", "…": "...", "━": "=", "–": "-", "—": "-", "→": "->", "°": " degrees", "−": "-", "≥": ">=",
    "≤": "<=", "‘": "'", "’": "'", "“": "\"", "”": "\"", "±": "+/-", "\u{A0}": " ", "⁻": "^-", "ˣ": "^x", "ξ": "xi",
  ]
}
