import ArgumentParser
import Datasets
import Report
import Stages

/// How good a head is on pictures whose classes are known.
package struct EvaluateCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: Tool.evaluate.name,
    abstract: """
      Say how good the trained head is on pictures whose classes are known: FOLDER/CLASS/picture, or by a table.
      """,
    usage: """
      ./pipeline.sh evaluate FOLDER [--cache FOLDER] [--head FILE] [--report FILE]
      ./pipeline.sh evaluate FOLDER --labels FILE [--tags]
      """,
    discussion: """
      Prints accuracy with its interval, log-loss and the confusion matrix; where an image has any number of labels, F2, F1 \
      and average precision, by the head's thresholds. Writes CACHE/evaluation.html.
      """,
    version: Version.line)

  @Argument(
    help: "Has a folder for each class, called as in training; with --labels the pictures that the table tells of.",
    transform: path)
  var folder: String

  @OptionGroup var table: LabelTableOptions

  @Option(help: "The page to write. (default: CACHE/evaluation.html)", transform: path)
  var report: String?

  @OptionGroup var head: HeadFileOption
  @OptionGroup var weights: WeightsOption
  @OptionGroup var cache: CacheOption
  @OptionGroup var threads: ThreadsOption
  @OptionGroup var quiet: QuietOption

  package init() {}

  /// For `Plan`: what is to be fetched.
  var needsWeights: Bool { weights.weights == nil }

  /// The table; nil where the folders tell the classes.
  private var labels: DatasetOptions? {
    guard table.labels != nil else { return nil }
    var options = DatasetOptions()
    table.apply(to: &options)
    return options
  }

  package func run() throws {
    let page = EvaluationReport(cache.folder, path: report, threads: threads.threads, terminal: quiet.terminal)
    let head = head.source(in: cache, weights: weights)
    try page.check(inputs: head.files + [table.labels].compactMap(\.self))
    try Evaluation(
      of: folder, labels: labels, with: head, threads: threads.threads,
      terminal: quiet.terminal
    ).run(preparation: page.check(inputs:), completion: page.write)
  }
}
