extension String {
  /// What of this text, which a damaged or hostile file may have made up, can be shown on a terminal in one line.
  package var printable: String {
    let scalars = unicodeScalars.prefix(1000).map { scalar -> Unicode.Scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: "\u{fffd}"
      default: scalar
      }
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
