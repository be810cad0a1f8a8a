import Core
import Support

/// Which of two classes is answered: the positive one where its probability is at least a threshold.
package struct DecisionThreshold: Codable, Sendable, Equatable {
  /// Index of the class, 0 or 1.
  package let positive: Int
  /// Above 0, below 1.
  package let value: Double

  package init(positive: Int, value: Double) {
    (self.positive, self.value) = (positive, value)
  }

  /// - Parameter p: the probabilities of both classes.
  package func label(of p: ArraySlice<Float>) -> Int {
    Double(p[p.startIndex + positive]) >= value ? positive : 1 - positive
  }
}

extension DecisionThreshold? {
  /// The class that is answered: without a threshold the most probable one, of equal ones the first.
  ///
  /// - Parameter p: the probabilities of all classes.
  package func label(of p: ArraySlice<Float>) -> Int { self?.label(of: p) ?? mostProbable(p) }
}

extension DecisionThreshold {
  /// `dog where its probability is at least 0.31, cat elsewhere`
  package func summary(_ labelNames: [String]) -> String {
    "\(labelNames[positive]) where its probability is at least \(TwoClassJudgement.text(value)), "
      + "\(labelNames[1 - positive]) elsewhere"
  }
}
