import ArgumentParser
import Stages

/// Which of two classes is answered.
struct DecisionOptions: ParsableArguments {
  @Option(
    help: """
      Of two classes, answer the positive one where its probability is at least this: 0.31. The report has a table of \
      thresholds. (default: the more probable one)
      """)
  var threshold: Double?

  @Option(help: "The class whose probability --threshold is. (default: the second one)")
  var positive: String?

  func validate() throws {
    guard threshold.map({ $0 > 0 && $0 < 1 }) ?? true else {
      throw ValidationError("--threshold is a probability: above 0 and below 1.")
    }
    guard positive == nil || threshold != nil else {
      throw ValidationError("--positive says what --threshold is of: give both.")
    }
  }

  var decision: DecisionRequest? { threshold.map { DecisionRequest(threshold: $0, positive: positive) } }
}
