import Core

/// How much the rows of each class count.
public enum ClassWeights: String, Codable, Sendable, CaseIterable {
  /// Each row the same.
  case none
  /// Each class the same: a row by N / (K · its class's rows).
  case balanced

  package func weights(of labels: [Int], classes: Int) -> [Float]? {
    self == .balanced ? HeadTargets.balancedWeights(of: labels, classes: classes) : nil
  }
}
