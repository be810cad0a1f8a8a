import ArgumentParser
import Stages

/// What seems to be wrong with one's images.
package struct InspectCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: Tool.inspect.name,
    abstract: "Find copies, near copies and labels that look wrong among the training and validation images.",
    usage: "./pipeline.sh inspect [--cache FOLDER] [--output FILE]",
    discussion:
      "From the cached features, and what heads predict for images that they were trained without (folds are made where there "
      + "are none). Prints the worst, and writes CACHE/suspects.csv, which extract --drop and --relabel take. Changes nothing.",
    version: Version.line)

  @Option(help: "The table to write. (default: CACHE/suspects.csv)", transform: path)
  var output: String?

  @OptionGroup var cache: CacheOption
  @OptionGroup var threads: ThreadsOption
  @OptionGroup var quiet: QuietOption

  package init() {}

  package func run() throws {
    try Inspection(of: cache.folder, output: output, threads: threads.threads, terminal: quiet.terminal).run()
  }
}
