extension String {
  /// What of this text, which a damaged or hostile file may have made up, can be shown on a terminal in one line: at most
  /// its first thousand characters.
  package var printable: String { String(String.UnicodeScalarView(unicodeScalars.prefix(1000))).onOneLine }

  /// At most its first hundred characters, and an ellipsis where there are more: what a line tells of a name or a cell, which
  /// is meant for people, and may be a whole file where a separator or a quote is missing.
  package var shortened: String {
    let scalars = unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: 100, limitedBy: scalars.endIndex),
      end < scalars.endIndex
    else { return self }
    return String(String.UnicodeScalarView(scalars[..<end])) + "…"
  }

  /// The same between quotes, as messages quote what a file has.
  package var quoted: String { "'\(shortened)'" }

  /// This text as one line that a terminal shows and does not obey: line breaks, control characters and characters that
  /// turn the direction of writing are replaced.
  package var onOneLine: String {
    guard unicodeScalars.contains(where: { $0.isControl }) else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.map { $0.isControl ? "\u{fffd}" : $0 }))
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
