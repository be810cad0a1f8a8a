import ArgumentParser
import Core
import Foundation
import Pipeline
import Programs

@main
struct FitHead: Program {
  static let configuration = CommandConfiguration(
    commandName: "fit-head",
    abstract: "Train a BatchNorm + Dropout head on cached features.",
    discussion: """
      Reads CACHE/train.h5 and CACHE/valid.h5, keeps the weights of the epoch with the lowest validation loss and writes \
      CACHE/head.weights.h5, which Keras 3 loads as it is, and CACHE/report.html, which shows how good it is. Of several \
      heads, dropouts or schedules it trains every combination and keeps the best.

      EXAMPLES
        fit-head --dropout 0.4,0.6,0.8 --head fastai,keras
        fit-head --schedule 2@1e-3,10@1e-4 --ensemble 6 --pseudo-label test
      """)

  @OptionGroup(title: "Head") var head: HeadOptions
  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Ensembles and pseudo-labels") var combination: CombinationOptions
  @OptionGroup(title: "Export") var export: ExportOptions
  @OptionGroup(title: "Running") var running: RunningOptions

  func run() throws {
    if running.checkOptions { return }
    var settings = HeadFitting.Settings()
    head.fill(&settings)
    training.fill(&settings)
    combination.fill(&settings)
    export.fill(&settings)
    running.fill(&settings)
    try HeadFitting(settings, terminal: Terminal(quiet: running.quiet)).run()
  }
}

private let defaults = HeadFitting.Settings()

struct HeadOptions: ParsableArguments {
  @Option(
    help: "The head's layers: fastai, fastai-augmented, keras, or several of them. (default: fastai)",
    transform: heads(named:))
  var head = CommaList(defaults.heads)

  @Option(help: "Hidden layers of one's own, in place of --head: their units, as in 256,128.")
  var hidden: CommaList<Int>?

  @Option(help: "Dropout probability p of the last layer, or several; the head sets the others by it.")
  var dropout = CommaList(defaults.dropouts)

  func validate() throws {
    guard dropout.elements.allSatisfy({ $0 >= 0 && $0 < 1 }) else {
      throw ValidationError("--dropout is a probability: from 0 to below 1.")
    }
    guard hidden?.elements.allSatisfy({ (1...65_536).contains($0) }) ?? true else {
      throw ValidationError("--hidden takes the units of each hidden layer: 1 to 65536.")
    }
    try check("the layers of --hidden", hidden?.elements.count, in: 1...32, "a head is no network of its own")
  }

  func fill(_ settings: inout HeadFitting.Settings) {
    settings.heads = hidden.map { [.hidden($0.elements)] } ?? head.elements
    settings.dropouts = dropout.elements
  }
}

private func heads(named names: String) throws -> CommaList<HeadDesign> {
  CommaList(
    try names.split(separator: ",", omittingEmptySubsequences: false).map { name in
      if let design = HeadDesign(String(name)) { return design }
      let known = HeadDesign.named.map(\.description)
      let hint = nearestName(to: String(name), among: known).map { "Did you mean '\($0)'?" }
      throw ValidationError("no head '\(name)'. \(hint ?? "There are \(known.joined(separator: ", ")).")")
    })
}

struct TrainingOptions: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: """
      Learning rates: epochs@rate,epochs@rate,…; cosine:epochs@rate falls to zero along a cosine. Give it several times \
      to try several. (default: \(defaults.schedules[0]))
      """,
    transform: LearningRateSchedule.init(parsing:))
  var schedule: [LearningRateSchedule] = []

  @Option(help: "Stop when the validation loss has not got better for so many epochs. (default: with the schedule)")
  var patience: Int?

  @Option(help: "Images a training step.")
  var batchSize = defaults.batchSize

  @Option(help: "balanced: every class counts the same, however many images it has.")
  var classWeights = defaults.classWeights

  @Option(help: "How much of each target is spread evenly over all classes.")
  var labelSmoothing = defaults.labelSmoothing

  @Option(help: "λ of a penalty λ Σ w² on the dense layers' kernels.")
  var l2 = defaults.l2

  @Option(help: "How many of the augmented passes in CACHE/train.h5 are used. (default: all)")
  var augmentedPasses: Int?

  @Option(help: "Seed of the initial weights, the shuffling and the dropout.")
  var seed = defaults.seed

  func validate() throws {
    guard (2...65_536).contains(batchSize) else {
      throw ValidationError("--batch-size is 2 to 65536: BatchNorm needs a variance.")
    }
    try check("--patience", patience, in: 1...Int(Int32.max), "no schedule is longer")
    guard labelSmoothing >= 0, labelSmoothing < 1 else {
      throw ValidationError("--label-smoothing is a share: from 0 to below 1.")
    }
    guard l2 >= 0, l2 <= 1 else { throw ValidationError("--l2 is 0 to 1.") }
    try check("--augmented-passes", augmentedPasses, in: 0...AugmentedPasses.maximumCount, "extract makes no more")
  }

  func fill(_ settings: inout HeadFitting.Settings) {
    if !schedule.isEmpty { settings.schedules = schedule }
    settings.patience = patience
    settings.batchSize = batchSize
    settings.classWeights = classWeights
    settings.labelSmoothing = labelSmoothing
    settings.l2 = l2
    settings.augmentedPasses = augmentedPasses
    settings.seed = seed
  }
}

struct CombinationOptions: ParsableArguments {
  @Option(help: "Train the best head with so many seeds; submit averages their predictions.")
  var ensemble = defaults.ensemble

  @Option(
    help: ArgumentHelp(
      """
      test or test:SHARE: let the heads predict the test images, then train them again with those predictions as labels, \
      which make up SHARE (0.25) of each batch.
      """, valueName: "split"),
    transform: PseudoLabelling.init(parsing:))
  var pseudoLabel: PseudoLabelling?

  func validate() throws {
    guard (1...1000).contains(ensemble) else { throw ValidationError("--ensemble is 1 to 1000.") }
  }

  func fill(_ settings: inout HeadFitting.Settings) {
    settings.ensemble = ensemble
    settings.pseudoLabelling = pseudoLabel
  }
}

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

  @Option(
    help: "For .onnx: the weights that the features were extracted with. (default: those in CACHE/weights)",
    transform: path)
  var weights: String?

  func fill(_ settings: inout HeadFitting.Settings) {
    settings.exports = export
    settings.weights = weights
  }
}

struct RunningOptions: ParsableArguments {
  @Option(help: "The folder that the stages share.", transform: path)
  var cache = "cache"

  @Option(help: "Threads that compute; no influence on the result.")
  var threads = defaults.threads

  @Option(
    help: """
      MiB of features in memory, by default half of the machine's; the others lie in a scratch file in the cache folder. \
      No influence on the result.
      """)
  var memory = defaults.memory

  @Flag(help: ArgumentHelp("Check the options, and do nothing.", visibility: .hidden))
  var checkOptions = false

  @Flag(help: "Print results and errors only.")
  var quiet = false

  func validate() throws {
    try check(threads: threads)
    try check("--memory", memory, in: 0...FeatureMemory.maximumLimit, "so many MiB this machine gives the process")
  }

  func fill(_ settings: inout HeadFitting.Settings) {
    settings.cache = CacheFolder(cache, downloads: "cache")
    settings.threads = threads
    settings.memory = memory
  }
}
