import Datasets
import Support

/// Which images without labels are trained on by what a first head predicts for them (Hinton, Vinyals and Dean 2015;
/// Lee 2013), as in the fast.ai course's State Farm notebook.
public struct PseudoLabelling: Codable, Sendable, Hashable, CustomStringConvertible {
  /// The part of each batch that they make up; the notebook's is about a quarter.
  public let share: Double

  /// Of the test split.
  ///
  /// - Precondition: `share` is more than 0 and less than 1.
  public init(share: Double = 0.25) {
    precondition(share > 0 && share < 1, "a share of \(share)")
    self.share = share
  }

  public var description: String { "\(Split.test):\(share)" }

  /// - Parameter text: `test` or `test:0.25`.
  /// - Throws: `PipelineError` for other splits, with the reason, and for other shares.
  public init(parsing text: String) throws {
    let pieces = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    switch Split(rawValue: String(pieces[0])) {
    case .test: break
    case .valid:
      throw PipelineError(
        "the validation images can't be pseudo-labelled: heads are chosen and judged by them, and one that was trained on "
          + "them looks better than it is")
    case .train: throw PipelineError("the training images have labels: --pseudo-label is for test")
    case nil: throw PipelineError("expected test or test:SHARE, such as test:0.25")
    }
    guard pieces.count == 2 else {
      self.init()
      return
    }
    guard let share = Double(pieces[1]), share > 0, share < 1 else {
      throw PipelineError("the share of each batch is more than 0 and less than 1")
    }
    self.init(share: share)
  }
}
