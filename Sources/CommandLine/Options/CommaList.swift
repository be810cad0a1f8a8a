import ArgumentParser
import Core

/// One or more values in one argument: `0.4,0.6,0.8`, or with blanks.
package struct CommaList<Element: LosslessStringConvertible & Sendable>: ExpressibleByArgument {
  package let elements: [Element]

  package init(_ elements: [Element]) {
    self.elements = elements
  }

  package init?(argument: String) {
    let pieces = Self.pieces(of: argument)
    let elements = pieces.compactMap { Element($0) }
    guard elements.count == pieces.count else { return nil }
    self.elements = elements
  }

  /// What stands between commas, or between blanks; an empty piece between two commas is a piece.
  static func pieces(of text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).flatMap { piece in
      let words = piece.split(whereSeparator: \.isWhitespace)
      return words.isEmpty ? [""] : words.map(String.init)
    }
  }

  package var defaultValueDescription: String { elements.map(\.description).joined(separator: ",") }
}
