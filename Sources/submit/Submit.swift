import ArgumentParser
import CommandLine

@main
struct Submit: Program {
  static let stage = Stage.submit
  static let configuration = CommandConfiguration(
    commandName: stage.name,
    abstract: "Predict the test images and write a Kaggle submission.",
    discussion: """
      Reads CACHE/test.h5 and CACHE/head.weights.h5 and writes CACHE/submission.csv, a row for every test image, in order. \
      The heads of an ensemble are averaged. CACHE/report.html gets a section on it.

      EXAMPLES
        submit --format probabilities
        submit --sample-submission sample_submission.csv --output submission.csv.gz
      """,
    version: Version.line)

  @OptionGroup var options: SubmitOptions

  func run() throws { try options.run() }
}
