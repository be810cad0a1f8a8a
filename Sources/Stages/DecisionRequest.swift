import FeatureStore
import Support

/// From which probability on one of two classes is answered.
public struct DecisionRequest: Sendable {
  /// Above 0, below 1.
  public var threshold: Double
  /// The class whose probability it is; the second one where nil.
  public var positive: String?

  public init(threshold: Double, positive: String? = nil) {
    (self.threshold, self.positive) = (threshold, positive)
  }

  /// - Throws: `PipelineError` where there are more than two classes, or none of that name, or an image has any number.
  func resolved(for head: HeadFile) throws -> DecisionThreshold {
    guard !head.isMultiLabel else {
      throw PipelineError(
        "--threshold tells two classes apart, and this head has a threshold for each tag, chosen by images that it was not "
          + "trained on; leave it out")
    }
    let labelNames = head.labelNames
    guard labelNames.count == 2 else {
      throw PipelineError(
        "--threshold tells two classes apart, and the head knows \(labelNames.count): the most probable one is answered"
      )
    }
    guard let positive else { return DecisionThreshold(positive: 1, value: threshold) }
    guard let index = labelNames.firstIndex(of: positive) else {
      throw PipelineError("--positive \(positive): no such class; there are \(labelNames.joined(separator: " and "))")
    }
    return DecisionThreshold(positive: index, value: threshold)
  }
}
