import ArgumentParser
import Core
import Pipeline

/// One or more values in one argument: `0.4,0.6,0.8`.
struct CommaList<Element: LosslessStringConvertible & Sendable>: ExpressibleByArgument {
  let elements: [Element]

  init(_ elements: [Element]) {
    self.elements = elements
  }

  init?(argument: String) {
    let pieces = argument.split(separator: ",", omittingEmptySubsequences: false)
    let elements = pieces.compactMap { Element(String($0)) }
    guard elements.count == pieces.count else { return nil }
    self.elements = elements
  }

  var defaultValueDescription: String { elements.map(\.description).joined(separator: ",") }
}

extension ClassWeights: ExpressibleByArgument {}
