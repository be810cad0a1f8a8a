import ArgumentParser
import Core
import Foundation

/// Times the training of VGG16's last blocks and a head on made-up features: `bench fine-tune --side 14 --json`.
struct FineTuningBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fine-tune",
    abstract: "Time training steps of VGG16's last convolutions and a head, from features in memory.",
    discussion: "The weights are random (He-initialised), so that no file is needed.")

  @Option(help: "The pooling that the features come from.") var layer = "block4_pool"
  @Option(help: "Height and width of the features.") var side = 14
  @Option(help: "Images a training step.") var batchSize = 32
  @Option(help: "Classes.") var classes = 10
  @Option(help: "Dropout p.") var dropout: Float = 0.8
  @Option(help: "Threads.") var threads = 2
  @Option(help: "Measured runs, after one that is not.") var runs = 5
  @Option(help: "Training steps in a run.") var steps = 2
  @Option(help: "The build of the kernels: avx512, avx2 or baseline.") var isa = InstructionSet.current
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard min(side, batchSize, threads, runs, steps) >= 1 else { throw ValidationError("Counts must be at least 1.") }
    guard Backbone.vgg16.layer(named: layer)?.isPooling == true else {
      throw ValidationError("VGG16 has no pooling \(layer).")
    }
  }

  func run() throws {
    let cut = Backbone.vgg16.layer(named: layer)!
    let channels = Backbone.vgg16.convolutions[cut.lastConvolution].outputChannels
    let features = FeatureShape(height: side, width: side, channels: channels)
    let poolings = Backbone.vgg16.convolutions[(cut.lastConvolution + 1)...].count { $0.pooling != nil } - 1
    let last = FeatureShape(height: side >> poolings, width: side >> poolings, channels: 512)
    let architecture = try HeadArchitecture(.fastai, input: last, dropout: dropout, classes: classes)
    let tuner = try FineTuner(
      weights: .random(), cut: cut, features: features, head: Head(architecture: architecture, seed: 1),
      batchSize: batchSize, pool: WorkerPool(threads: threads), instructionSet: isa)
    let targets = try HeadTargets(labels: (0..<batchSize).map { $0 % classes }, classes: classes)
    var random = Philox(seed: 1)
    // Activations as a ReLU and a pooling leave them: some of them zero.
    let batch = (0..<batchSize * features.count).map { _ in max(random.uniform(from: -0.5, to: 1), 0) }

    func train() throws {
      for _ in 0..<steps {
        _ = try tuner.trainStep(batch, targets: targets, rows: Array(0..<batchSize), learningRate: 1e-4)
      }
    }
    try train()
    var perSecond: [Double] = []
    var perProcessorSecond: [Double] = []
    for _ in 0..<runs {
      let before = processorSeconds()
      let time = try seconds { try train() }
      perSecond.append(Double(batchSize * steps) / time)
      perProcessorSecond.append(Double(batchSize * steps * threads) / (processorSeconds() - before))
    }
    let result = Result(
      layer: layer, side: side, batchSize: batchSize, threads: threads, isa: isa.rawValue, runs: runs, steps: steps,
      imagesPerSecond: .init(median: perSecond.median, min: perSecond.min()!, max: perSecond.max()!),
      imagesPerProcessorSecond: perProcessorSecond.median, peakMemoryMib: peakMemory())
    print(json ? try result.json : result.line)
  }

  /// A run's figures; the JSON keys are their names in snake case.
  private struct Result: Encodable {
    struct Spread: Encodable {
      let median: Double
      let min: Double
      let max: Double
    }

    let layer: String
    let side: Int
    let batchSize: Int
    let threads: Int
    let isa: String
    let runs: Int
    let steps: Int
    let imagesPerSecond: Spread
    /// By processor time instead of time, times the threads: what to look at while other programs run.
    let imagesPerProcessorSecond: Double
    let peakMemoryMib: Double

    var json: String {
      get throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
      }
    }

    var line: String {
      String(
        format: """
          \(layer) \(side)×\(side), batch \(batchSize), \(threads) threads, \(isa): \
          %.1f images/s (%.1f–%.1f; by processor time %.1f), peak memory %.0f MiB
          """,
        imagesPerSecond.median, imagesPerSecond.min, imagesPerSecond.max, imagesPerProcessorSecond, peakMemoryMib)
    }
  }
}
