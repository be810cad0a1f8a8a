import ArgumentParser
import Foundation
import Pipeline
import Programs

@main
struct Submit: Program {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Predict the test images and write a Kaggle submission.",
    discussion: """
      Reads CACHE/test.h5 and CACHE/head.weights.h5 and writes CACHE/submission.csv, a row for every test image, in order. \
      The heads of an ensemble are averaged. CACHE/report.html gets a section on it.

      EXAMPLES
        submit --format probabilities
        submit --sample-submission sample_submission.csv --output submission.csv.gz
      """)

  @OptionGroup(title: "Submission") var submission: SubmissionOptions
  @OptionGroup(title: "Clipping") var clipping: ClippingOptions
  @OptionGroup(title: "Running") var running: RunningOptions

  func run() throws {
    if running.checkOptions { return }
    var settings = Submission.Settings()
    submission.fill(&settings)
    clipping.fill(&settings)
    running.fill(&settings)
    try Submission(settings, terminal: Terminal(quiet: running.quiet)).run()
  }
}

private let defaults = Submission.Settings()

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

  @Option(
    help: """
      How many of the augmented passes in CACHE/test.h5 the predictions are averaged over (see extract --test-augment). \
      (default: all)
      """)
  var augmentedPasses: Int?

  func validate() throws {
    try check("--augmented-passes", augmentedPasses, in: 0...AugmentedPasses.maximumCount, "extract makes no more")
  }

  func fill(_ settings: inout Submission.Settings) {
    settings.augmentedPasses = augmentedPasses
    settings.format = format
    settings.sampleSubmission = sampleSubmission
    settings.output = output
  }
}

struct ClippingOptions: ParsableArguments {
  @Option(
    help: """
      The greatest probability that is written: a number such as 0.93, auto (the one with the lowest log-loss on the \
      validation split) or off. (default: auto for probabilities, off for labels)
      """)
  var clip: Clipping.Choice?

  @Option(
    help: """
      What follows p = min(max(p, (1 - clip) / (K - 1)), clip): plain, nothing, as in the course's notebook; renormalized, \
      rows sum to 1 again.
      """)
  var clipFormula = defaults.clipFormula

  func fill(_ settings: inout Submission.Settings) {
    settings.clip = clip
    settings.clipFormula = clipFormula
  }
}

struct RunningOptions: ParsableArguments {
  @Option(help: "The folder that the stages share.", transform: path)
  var cache = "cache"

  @Option(help: "Threads that compute; no influence on the result.")
  var threads = defaults.threads

  @Flag(help: ArgumentHelp("Check the options, and do nothing.", visibility: .hidden))
  var checkOptions = false

  @Flag(help: "Print results and errors only.")
  var quiet = false

  func validate() throws {
    try check(threads: threads)
  }

  func fill(_ settings: inout Submission.Settings) {
    settings.cache = CacheFolder(cache, downloads: "cache")
    settings.threads = threads
  }
}

extension SubmissionFormat: ExpressibleByArgument {}
extension Clipping.Choice: ExpressibleByArgument {}
extension Clipping.Formula: ExpressibleByArgument {}
