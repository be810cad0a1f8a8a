import ArgumentParser
import Report
import Stages

/// Which heads were trained on which features, and the way back to one of them.
package struct HistoryCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: Tool.history.name,
    abstract: "List the heads that were trained and the features that are kept, or bring one back.",
    usage: "./pipeline.sh history [--use N] [--cache FOLDER]",
    discussion: """
      Features that give way to others (another --size, --layer, --weights, --data or --limit) are kept in CACHE/kept, and \
      every head that fit-head chose in CACHE/history.
      """,
    version: Version.line)

  @Option(help: ArgumentHelp("Bring this head back, with its features where they are kept.", valueName: "N"))
  var use: Int?

  @OptionGroup var cache: CacheOption
  @OptionGroup var threads: ThreadsOption
  @OptionGroup var quiet: QuietOption

  package init() {}

  package func run() throws {
    let history = HistoryKeeping(cache.folder, threads: threads.threads, terminal: quiet.terminal)
    guard let use else { return try history.list() }
    try history.use(
      use, completion: Report(cache.folder, threads: threads.threads, terminal: quiet.terminal).update)
  }
}
