extension String {
  /// What of this text, which a damaged or hostile file may have made up, can be shown on a terminal in one line: at most
  /// its first thousand characters.
  package var printable: String { String(String.UnicodeScalarView(unicodeScalars.prefix(1000))).onOneLine }

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
