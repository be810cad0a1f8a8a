import FeatureStore

/// What the file looks like that is submitted, and where it is written.
public struct SubmissionForm: Sendable {
  /// Where nil: what the sample submission shows, and labels without one.
  public var format: SubmissionFormat?
  /// A competition's sample submission, whose columns, order and ids are taken.
  public var sample: String?
  /// The file to write, gzipped where it ends in .gz; submission.csv in the cache folder where nil.
  public var output: String?

  public init(format: SubmissionFormat? = nil, sample: String? = nil, output: String? = nil) {
    (self.format, self.sample, self.output) = (format, sample, output)
  }
}
