import ArgumentParser
import Stages

/// Writes the trained head for other programs.
package struct ExportCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: Tool.export.name,
    abstract: "Write the trained head for other programs; it trains nothing.",
    usage: "./pipeline.sh export FILE… [--cache FOLDER] [--weights FILE]",
    version: Version.line)

  @Argument(
    help: """
      NAME.onnx: the whole network, from an image (N×height×width×3, RGB, 0–255) to probabilities. NAME.safetensors: the \
      head's variables.
      """,
    transform: path)
  var files: [String]

  @OptionGroup var weights: WeightsOption
  @OptionGroup var cache: CacheOption
  @OptionGroup var quiet: QuietOption

  package init() {}

  package func run() throws {
    try Exporting(cache.folder, terminal: quiet.terminal).run(files, weights: weights.weights)
  }
}
