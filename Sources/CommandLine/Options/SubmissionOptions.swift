import ArgumentParser
import FeatureStore
import Stages

/// The file that is written.
struct SubmissionOptions: ParsableArguments {
  @Option(
    help: """
      labels: ImageId,Label for the rows of a table, id,label for files; probabilities: the id and one column a class. \
      (default: as in the sample submission; labels without one)
      """)
  var format: SubmissionFormat?

  @Option(
    help: "The competition's sample submission (CSV or .gz): its columns, order and ids are taken.", transform: path)
  var sampleSubmission: String?

  @Option(help: "The file to write; gzipped where it ends in .gz. (default: CACHE/submission.csv)", transform: path)
  var output: String?

  var form: SubmissionForm { SubmissionForm(format: format, sample: sampleSubmission, output: output) }
}

extension SubmissionFormat: ExpressibleByArgument {}
