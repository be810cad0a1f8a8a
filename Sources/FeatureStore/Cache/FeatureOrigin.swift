import Core
import Support

/// What features of different files must have in common to be used together.
package struct FeatureOrigin: Sendable, Equatable {
  package let features: FeatureSpec
  package let labelNames: [String]
  /// Whether an image has any number of classes.
  package let isMultiLabel: Bool

  /// - Throws: ``PipelineError`` naming what differs first, both files and both values.
  package func check(against other: FeatureOrigin, path: String, otherPath: String) throws {
    func refusal(_ name: String, _ mine: String, _ theirs: String) -> PipelineError {
      PipelineError(
        "\(path) and \(otherPath) don't belong together: \(name) is \(mine) in the one and \(theirs) in the other; "
          + "run the earlier stages again")
    }
    if let difference = features.differences(from: other.features).first {
      throw refusal(difference.name, difference.mine, difference.theirs)
    }
    guard isMultiLabel == other.isMultiLabel else {
      func number(_ isMultiLabel: Bool) -> String { isMultiLabel ? "any number" : "one" }
      throw refusal("the number of labels of an image", number(isMultiLabel), number(other.isMultiLabel))
    }
    guard labelNames == other.labelNames else {
      throw refusal("the list of classes", "\(labelNames)".printable, "\(other.labelNames)".printable)
    }
  }
}
