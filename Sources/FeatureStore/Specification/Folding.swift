import Core
import Support

/// How images are dealt out to folds, each of which is predicted by heads that were trained on the others (Stone 1974,
/// "Cross-validatory choice and assessment of statistical predictions").
public enum Folding: Codable, Hashable, Sendable, CustomStringConvertible {
  /// Into so many, of which each gets about the same share of every class.
  case count(Int)
  /// Every group is one.
  case groups

  /// How many folds there may be.
  public static let counts = 2...100

  /// - Parameter text: a number, or `groups`.
  /// - Throws: `PipelineError` for anything else.
  public init(parsing text: String) throws {
    if text == "groups" {
      self = .groups
    } else if let count = Int(text), Self.counts.contains(count) {
      self = .count(count)
    } else {
      throw PipelineError(
        "expected a number from \(Self.counts.lowerBound) to \(Self.counts.upperBound), such as 5, or groups: a fold for "
          + "every group")
    }
  }

  public var description: String {
    switch self {
    case .count(let count): "\(count)"
    case .groups: "groups"
    }
  }
}

/// Which fold a head was trained without.
package struct FoldSpec: Specification {
  package var folding: Folding
  /// Of the order in which groups are dealt out.
  package var seed: UInt64
  /// From 0.
  package var index: Int

  package init(folding: Folding, seed: UInt64, index: Int) {
    (self.folding, self.seed, self.index) = (folding, seed, index)
  }

  package var readable: [Readable] { [Readable("fold", "\(index + 1), of \(folding), seed \(seed)")] }
}
