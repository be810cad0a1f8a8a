import ArgumentParser
import CommandLine

@main
struct Predict: Program {
  static let stage = Stage.predict
  static let configuration = CommandConfiguration(
    commandName: stage.name,
    abstract: "Classify pictures with a trained head.",
    discussion: """
      How pictures are read is in the head file, CACHE/head.weights.h5 or --head FILE; the weights are found by their digest.

      EXAMPLES
        predict photo.jpg
        predict --top 3 holiday/ --csv predictions.csv
        find . -name '*.jpg' | predict - --json
      """,
    version: Version.line)

  @OptionGroup var options: PredictOptions

  func run() throws { try options.run() }
}
