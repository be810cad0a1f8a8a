import ArgumentParser
import Core
import Foundation

/// Times the training of a head on made-up features: `bench head --samples 2000 --side 14 --json`.
struct HeadBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "head", abstract: "Time epochs of head training on made-up features.")

  @Option(help: "Rows of features.")
  var samples = 2000

  @Option(help: "Height and width of the features, before pooling.")
  var side = 14

  @Option(help: "Channels of the features.")
  var channels = 512

  @Option(help: "The part of the features that is zero, before pooling. Of VGG16's block5_conv3 it is about 0.95.")
  var zeros: Float = 0.95

  @Option(help: "Classes.")
  var classes = 10

  @Option(help: "Dropout p.")
  var dropout: Float = 0.8

  @Option(help: "Rows a training step.")
  var batchSize = 64

  @Option(help: "Threads.")
  var threads = 2

  @Option(help: "Epochs that are timed, after one that is not.")
  var runs = 5

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let pool = WorkerPool(threads: threads)
    let shape = FeatureShape(height: side, width: side, channels: channels)
    let architecture = try HeadArchitecture(.fastai, input: shape, dropout: dropout, classes: classes)
    let clock = ContinuousClock()

    let features = madeUpFeatures(of: shape)
    let targets = try HeadTargets(labels: (0..<samples).map { $0 % classes }, classes: classes)
    var pooled = FeatureMatrix(columnCount: architecture.pooled.count)
    let pooling = try clock.measure {
      try pooled.append(features: features, shape: shape, pooling: architecture.pools, on: pool)
    }

    let trainer = try HeadTrainer(
      head: Head(architecture: architecture, seed: 1), batchSize: batchSize, seed: 1, pool: pool)
    _ = try trainer.trainEpoch(pooled, targets: targets, learningRate: 1e-3)
    let speeds = try (0..<runs).map { _ in
      let epoch = try clock.measure { _ = try trainer.trainEpoch(pooled, targets: targets, learningRate: 1e-3) }
      return Double(samples) / (epoch / .seconds(1))
    }.sorted()

    let result = Result(
      samplesPerSecond: speeds[speeds.count / 2], min: speeds[0], max: speeds[speeds.count - 1],
      poolingSeconds: pooling / .seconds(1), samples: samples, inputs: architecture.pooled.count, zeros: zeros,
      batchSize: batchSize, threads: threads, runs: runs, instructionSet: InstructionSet.current.rawValue,
      peakMemoryMib: peakMemory())
    print(json ? try result.json : result.line)
  }

  func validate() throws {
    guard samples >= 1, channels >= 1, side >= 2, runs >= 1, threads >= 1 else {
      throw ValidationError("--samples, --channels, --runs and --threads must be at least 1, --side at least 2")
    }
  }

  /// Uniform values between 0 and 30, most of them replaced by zeros. N×side×side×channels.
  private func madeUpFeatures(of shape: FeatureShape) -> [Float] {
    var random = Philox(seed: 1)
    let zeros = self.zeros
    return (0..<samples * shape.count).map { _ in
      let draw = random.uniform()
      return draw < zeros ? 0 : 30 * (draw - zeros) / (1 - zeros)
    }
  }

  private struct Result: Encodable {
    let samplesPerSecond: Double
    let min: Double
    let max: Double
    let poolingSeconds: Double
    let samples: Int
    let inputs: Int
    let zeros: Float
    let batchSize: Int
    let threads: Int
    let runs: Int
    let instructionSet: String
    let peakMemoryMib: Double

    var json: String {
      get throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
      }
    }

    var line: String {
      "\(Int(samplesPerSecond)) samples/s (\(Int(min)) to \(Int(max))), \(inputs) inputs, batch \(batchSize), "
        + "\(threads) threads, \(instructionSet)"
    }
  }
}
