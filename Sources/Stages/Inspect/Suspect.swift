import Datasets
import Support

/// An image with which something seems to be wrong: a line of suspects.csv.
package struct Suspect: Sendable, Equatable {
  package enum Problem: String, Sendable, CaseIterable {
    /// Equal to another one to the last byte.
    case copy
    /// Shows almost what another one does.
    case nearCopy = "near copy"
    /// Most probably of another class than it is said to be.
    case label
  }

  package let name: String
  package let split: Split
  package let problem: Problem
  /// The class that it is said to be of.
  package let given: String
  /// The class that it seems to be of, or the image that it is a copy of, with its split and class.
  package let suggested: String
  /// From 0 to 1: the probability of the given class for labels, the cosine for copies.
  package let score: Double

  static let columns = ["path", "split", "problem", "given", "suggested", "score"]

  /// In the order of the columns.
  var fields: [String] { [name, split.rawValue, problem.rawValue, given, suggested, fixed(score, 4)] }
}
