import ArgumentParser
import Stages

/// All that can be asked of `predict`.
package struct PredictOptions: ParsableArguments {
  @Argument(
    help: "Picture files, folders of pictures, or - for a list of paths on standard input.", transform: path)
  var paths: [String] = []

  @OptionGroup(title: "Network") var weights: WeightsOption
  @OptionGroup(title: "Network") var head: HeadFileOption
  @OptionGroup(title: "Output") var answers: AnswerOptions
  @OptionGroup(title: "Output") var decision: DecisionOptions
  @OptionGroup(title: "Running") var cache: CacheOption
  @OptionGroup(title: "Running") var threads: ThreadsOption
  @OptionGroup(title: "Running") var quiet: QuietOption

  package init() {}

  package func validate() throws {
    guard !paths.isEmpty else {
      throw ValidationError("predict wants pictures: files, folders, or - for a list of paths on standard input.")
    }
  }

  package func run() throws {
    try Predicting(
      paths, with: head.source(in: cache, weights: weights), as: answers.form, decidedBy: decision.decision,
      threads: threads.threads,
      terminal: quiet.terminal
    ).run()
  }
}

/// Who answers.
struct HeadFileOption: ParsableArguments {
  @Option(help: "A head file. (default: CACHE/head.weights.h5, or all members of its ensemble)", transform: path)
  var head: String?

  func source(in cache: CacheOption, weights: WeightsOption) -> HeadSource {
    HeadSource(head ?? cache.cache, weights: weights.weights, downloads: cache.folder.downloads)
  }
}

/// How it is said.
struct AnswerOptions: ParsableArguments {
  @Option(help: "So many of the most probable classes for each picture.")
  var top = 1

  @Flag(help: "A line of JSON for each picture.")
  var json = false

  @Option(help: "Write the probabilities of all classes to this file, too.", transform: path)
  var csv: String?

  @Option(
    help:
      "Write where the network looks in the only picture to this PNG file: Grad-CAM for the class that is answered.",
    transform: path)
  var explain: String?

  var form: Predicting.Form { .init(top: top, json: json, csv: csv, explanation: explain) }

  func validate() throws {
    try check("--top", top, in: 1...1000, "the most probable classes, of which one is the first")
    if let explain, !explain.lowercased().hasSuffix(".png") {
      throw ValidationError("--explain writes a PNG picture: give a name that ends in .png, not \(explain.quoted)")
    }
  }
}
