import ArgumentParser

/// A share of a whole: `0.8`, or `80%`.
package struct Share: LosslessStringConvertible, ExpressibleByArgument {
  package let value: Double

  package init(_ value: Double) {
    self.value = value
  }

  /// The share that is printed in the same way: 0.8, not 0.800000011920929.
  package init(_ value: Float) {
    self.value = Double(value.description) ?? Double(value)
  }

  package init?(_ text: String) {
    guard let number = Double(text.hasSuffix("%") ? String(text.dropLast()) : text) else { return nil }
    value = text.hasSuffix("%") ? number / 100 : number
  }

  package init?(argument: String) {
    self.init(argument.filter { !$0.isWhitespace })
  }

  package var description: String { "\(value)" }
}
