import ArgumentParser
import Report
import Stages

/// What seems to be wrong with one's images.
package struct InspectCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: Tool.inspect.name,
    abstract: "Find copies, labels that look wrong and bad pictures among the images, those of the test split, too.",
    usage: "./pipeline.sh inspect [--cache FOLDER] [--output FILE] [--weights FILE]",
    discussion:
      "From the cached features, what heads predict for images that they were trained without (folds are made where there "
      + "are none, by the head's own recipe, with no more epochs than judging takes), and the pictures: blurred, tiny, of one colour, of an odd size. Prints the "
      + "worst, shows them in CACHE/report.html, and writes CACHE/suspects.csv, which extract --drop and --relabel take. "
      + "Changes nothing.",
    version: Version.line)

  @Option(help: "The table to write. (default: CACHE/suspects.csv)", transform: path)
  var output: String?

  @OptionGroup var weights: WeightsOption
  @OptionGroup var cache: CacheOption
  @OptionGroup var threads: ThreadsOption
  @OptionGroup var quiet: QuietOption

  package init() {}

  package func run() throws {
    let report = Report(cache.folder, threads: threads.threads, terminal: quiet.terminal)
    try Inspection(
      of: cache.folder, output: output, weights: weights.weights, threads: threads.threads, terminal: quiet.terminal
    ).run(completion: report.update)
  }
}
