import ArgumentParser
import Stages

/// Files of the trained head for other programs.
struct ExportOptions: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      """
      Write the head as .safetensors, or the whole network, from an image (N×height×width×3, RGB, 0–255) to \
      probabilities, as .onnx. Give it twice for both.
      """, valueName: "file"),
    transform: path)
  var export: [String] = []
}
