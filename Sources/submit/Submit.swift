import ArgumentParser
import Foundation
import Pipeline

@main
struct Submit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Predict the test images and write a Kaggle submission.",
    discussion: """
      Reads CACHE/test.h5 and CACHE/head.weights.h5 and writes CACHE/submission.csv, a row for every test image, in order.

      EXAMPLES
        submit
        submit --format probabilities
      """)

  @Option(help: "The folder that the stages share.")
  var cache = "cache"

  @Option(help: "labels: ImageId,Label as in Digit Recognizer; probabilities: the id and one column a class.")
  var format = SubmissionFormat.labels

  @Option(help: "Threads that compute; no influence on the result.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Flag(help: "Print results and errors only.")
  var quiet = false

  func validate() throws {
    guard threads >= 1 else { throw ValidationError("--threads must be at least 1.") }
  }

  func run() throws {
    var settings = Submission.Settings()
    settings.cache = CacheFolder(cache)
    settings.format = format
    settings.threads = threads
    try Submission(settings, terminal: Terminal(quiet: quiet)).run()
  }
}

extension SubmissionFormat: ExpressibleByArgument {}
