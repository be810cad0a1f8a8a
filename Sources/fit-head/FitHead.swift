import ArgumentParser
import Core
import Foundation
import Pipeline

@main
struct FitHead: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit-head",
    abstract: "Train a BatchNorm + Dropout head on cached features.",
    discussion: """
      Reads CACHE/train.h5 and CACHE/valid.h5, keeps the weights of the epoch with the lowest validation loss and writes \
      CACHE/head.weights.h5, which Keras 3 loads as it is.

      EXAMPLES
        fit-head --dropout 0.6
        fit-head --schedule 2@1e-3,10@1e-4 --seed 1
      """)

  @Option(help: "The folder that the stages share.")
  var cache = "cache"

  @Option(help: "The head's layers.")
  var head = HeadArchitecture.Preset.fastai

  @Option(help: "Dropout probability p of the last layer; the head sets the others by it.")
  var dropout: Float = 0.8

  @Option(
    help:
      "Learning rates: epochs@rate, epochs@rate, …; cosine:epochs@rate falls to zero along a cosine. (default: \(HeadFitting.defaultSchedule))",
    transform: LearningRateSchedule.init(parsing:))
  var schedule = HeadFitting.defaultSchedule

  @Option(help: "Images a training step.")
  var batchSize = 64

  @Option(help: "Seed of the initial weights, the shuffling and the dropout.")
  var seed = HeadFitting.Settings().seed

  @Option(help: "Threads that compute; no influence on the result.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Option(
    help: """
      MiB of features in memory; the others lie in a scratch file in the cache folder. No influence on the result. \
      (default: half of the machine's memory)
      """)
  var memory = FeatureMemory.defaultLimit

  @Flag(help: "Print results and errors only.")
  var quiet = false

  func validate() throws {
    guard dropout >= 0, dropout < 1 else { throw ValidationError("--dropout is a probability: from 0 to below 1.") }
    guard batchSize >= 2 else { throw ValidationError("--batch-size must be at least 2: BatchNorm needs a variance.") }
    guard memory >= 0 else { throw ValidationError("--memory is a number of MiB.") }
    guard threads >= 1 else { throw ValidationError("--threads must be at least 1.") }
  }

  func run() throws {
    var settings = HeadFitting.Settings()
    settings.cache = CacheFolder(cache)
    settings.head = head
    settings.dropout = dropout
    settings.schedule = schedule
    settings.batchSize = batchSize
    settings.seed = seed
    settings.threads = threads
    settings.memory = memory
    try HeadFitting(settings, terminal: Terminal(quiet: quiet)).run()
  }
}

extension HeadArchitecture.Preset: ExpressibleByArgument {}
