import ArgumentParser
import Stages

/// Frees the space of features that are not in use.
package struct CleanCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: Tool.clean.name,
    abstract:
      "Say what can go to free disk space: kept features, and what stopped extractions left. Remove it with --yes.",
    usage: "./pipeline.sh clean [--yes | --dry-run] [--cache FOLDER]",
    version: Version.line)

  @Flag(help: "Remove what is listed.")
  var yes = false

  @Flag(help: "List it only, as without --yes.")
  var dryRun = false

  @OptionGroup var cache: CacheOption
  @OptionGroup var quiet: QuietOption

  package init() {}

  package func validate() throws {
    guard !(yes && dryRun) else { throw ValidationError("--yes removes, --dry-run does not: give one of them.") }
  }

  package func run() throws { try Cleaning(cache.folder, terminal: quiet.terminal).run(removes: yes) }
}
