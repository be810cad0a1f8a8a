import ArgumentParser
import Core
import Foundation
import KernelInterface

extension InstructionSet: ExpressibleByArgument {}

struct ConvolutionBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conv",
    abstract: "Measures VGG16's convolutions, from images in memory to features in memory.",
    discussion: """
      The weights are random (He-initialised), so that no file is needed: the arithmetic does not depend on them, and the \
      activations keep their size from layer to layer. Where others compute the same, --input has their weights and images.
      """)

  @Option(help: "Height and width of the images, in pixels.") var size = 224
  @Option(help: "Images that are computed together.") var batch = 8
  @Option(help: "Threads.") var threads = 2
  @Option(help: "Measured runs, after one that is not.") var runs = 10
  @Option(help: "The layer to cut the network after.") var layer = "block5_conv3"
  @Option(help: "The build of the kernels: avx512, avx2 or baseline.") var isa = InstructionSet.current
  @Option(help: "A file of float32: kernels 3×3×Cin×Cout and biases, layer by layer, and then images H×W×3.")
  var input: String?
  @Option(help: "The file to write the last image's features to, H×W×C in float32.") var output: String?
  @Flag(help: "Print the time of each layer.") var layers = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard size >= Backbone.vgg16.minimumSize else { throw ValidationError("--size must be at least 32.") }
    guard min(batch, threads, runs) >= 1 else { throw ValidationError("Counts must be at least 1.") }
    guard Backbone.vgg16.layer(named: layer) != nil else { throw ValidationError("VGG16 has no layer \(layer).") }
    guard InstructionSet.supported.contains(isa) else { throw ValidationError("This machine has no \(isa).") }
  }

  func run() throws {
    let cut = Backbone.vgg16.layer(named: layer)!
    let kernels = KernelTable(for: isa)
    var given = try input.map { try FloatFile(contentsOf: $0) }
    let extractor = FeatureExtractor(
      weights: try given?.readWeights() ?? .random(), cut: cut, height: size, width: size, maximumBatch: batch,
      pool: WorkerPool(threads: threads), instructionSet: isa)
    let images = try given?.read(batch * size * size * 3) ?? .random(batch * size * size * 3)
    let shape = extractor.featureShape
    let features = AlignedMemory<Float>(count: batch * shape.height * shape.width * shape.channels)

    var perSecond: [Double] = []
    var perProcessorSecond: [Double] = []
    var peaks: [Double] = []
    var layerTimes: [String: Double] = [:]
    for run in 0...runs {
      let before = processorSeconds()
      var layerBegan = before
      let time = seconds {
        extractor.extract(images, count: batch, into: features.start) { layer in
          let now = processorSeconds()
          if run > 0 { layerTimes[layer, default: 0] += now - layerBegan }
          layerBegan = now
        }
      }
      if run == 0 { continue }
      perSecond.append(Double(batch) / time)
      perProcessorSecond.append(Double(batch * threads) / (processorSeconds() - before))
      peaks.append(multiplyAddPeak(kernels))
    }
    if let output {
      let last = UnsafeRawBufferPointer(start: features.start, count: MemoryLayout<Float>.size * features.count)
        .suffix(features.count / batch * MemoryLayout<Float>.size)
      try Data(last).write(to: URL(fileURLWithPath: output))
    }
    let operations = cut.operations(height: size, width: size)
    let result = Result(
      size: size, batch: batch, threads: threads, layer: layer, isa: isa.rawValue, runs: runs,
      imagesPerSecond: .init(median: perSecond.median, min: perSecond.min()!, max: perSecond.max()!),
      imagesPerProcessorSecond: perProcessorSecond.median,
      gflopsEffective: perSecond.median * operations * 1e-9, multiplyAddPeakGflopsPerThread: peaks.median,
      peakMemoryMib: peakMemory())
    if json {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
      print(String(decoding: try encoder.encode(result), as: UTF8.self))
    } else {
      print(result.description)
    }
    if layers { printLayers(layerTimes, cut: cut, peak: peaks.median) }
  }

  /// A run's figures; the JSON keys are their names in snake case.
  private struct Result: Encodable {
    struct Spread: Encodable {
      let median: Double
      let min: Double
      let max: Double
    }

    let size: Int
    let batch: Int
    let threads: Int
    let layer: String
    let isa: String
    let runs: Int
    let imagesPerSecond: Spread
    /// By processor time instead of time, times the threads: what to look at while other programs run.
    let imagesPerProcessorSecond: Double
    /// What direct convolution would need to do at this speed.
    let gflopsEffective: Double
    let multiplyAddPeakGflopsPerThread: Double
    let peakMemoryMib: Double

    var description: String {
      String(
        format: """
          \(size)×\(size), batch \(batch), \(threads) threads, \(layer), \(isa): \
          %.2f images/s (%.2f–%.2f; by processor time %.2f), \
          %.0f GFLOP/s effective (multiply-add peak %.0f a thread), peak memory %.0f MiB
          """,
        imagesPerSecond.median, imagesPerSecond.min, imagesPerSecond.max, imagesPerProcessorSecond,
        gflopsEffective, multiplyAddPeakGflopsPerThread, peakMemoryMib)
    }
  }

  /// What each layer took, and how many threads at the multiply-add peak would use up a memory of 40 GB/s, by counting: maps
  /// are read and written once, and each task reads all weights, as if no thread found anything of another in a cache.
  private func printLayers(_ times: [String: Double], cut: Backbone.Layer, peak: Double) {
    print("\nBy processor time, all threads together (block1_conv1 is computed with block1_conv2):")
    print(
      "layer         tile  tiles/task  images  ms/image  GFLOP/s effective  % of multiply-add peak  MB/image"
        + "  threads to 40 GB/s")
    let plan = ConvolutionPlan(cut: cut, height: size, width: size, maximumBatch: batch)
    for (index, step) in plan.steps.enumerated() {
      let time = times[step.name]! / Double(runs * batch)
      let n = step.tile + 2
      let tiles = step.tilesInImage
      let pixels = Double(step.height * step.width)
      let channels = Double(step.inputChannels * step.outputChannels)
      let first = index == 0 ? Double(18 * size * size * 3 * step.inputChannels) : 0
      let direct = first + 18 * pixels * channels
      let done = first + Double(2 * tiles * n * n) * channels

      let tasks = (step.imagesAtOnce * tiles + step.tilesInTask - 1) / step.tilesInTask
      let weights = Double(n * n) * channels * Double(tasks) / Double(step.imagesAtOnce)
      let inputs = pixels * Double(index == 0 ? 3 : step.inputChannels)
      let outputs = pixels * Double(step.outputChannels) / (step.pools ? 4 : 1)
      let bytes = 4 * (weights + inputs + outputs)
      print(
        step.name, padded("\(step.tile)", 5), padded("\(step.tilesInTask)", 11), padded("\(step.imagesAtOnce)", 7),
        String(
          format: "%9.3f %18.1f %23.1f %9.1f %19.1f", time * 1e3, direct / time * 1e-9, done / time * 1e-7 / peak,
          bytes * 1e-6, 40e9 / bytes * done / (peak * 1e9)))
    }
  }
}

extension Backbone.Layer {
  /// The floating-point operations that direct convolution needs for an image.
  fileprivate func operations(height: Int, width: Int) -> Double {
    convolutions.reduce(0) { total, row in
      let shape = backbone.layer(named: row.name)!.outputShape(height: height, width: width)
      return total + Double(18 * shape.height * shape.width * row.inputChannels * row.outputChannels)
    }
  }
}

/// A file of float32, read from its beginning on.
private struct FloatFile {
  private let floats: [Float]
  private var place = 0

  init(contentsOf path: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    floats = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }

  mutating func read(_ count: Int) throws -> [Float] {
    guard place + count <= floats.count else { throw ValidationError("--input has too few numbers.") }
    defer { place += count }
    return Array(floats[place..<place + count])
  }

  /// VGG16's kernels and biases, layer by layer.
  mutating func readWeights() throws -> BackboneWeights {
    var convolutions: [BackboneWeights.Convolution] = []
    for row in Backbone.vgg16.convolutions {
      let kernel = try read(9 * row.inputChannels * row.outputChannels)
      convolutions.append(.init(kernel: kernel, bias: try read(row.outputChannels)))
    }
    return BackboneWeights(.vgg16, convolutions: convolutions)
  }
}

extension [Float] {
  /// Pixels from -128 to 128.
  fileprivate static func random(_ count: Int) -> [Float] {
    var random = SplitMix64(state: 1)
    return (0..<count).map { _ in random.uniform(-128...128) }
  }
}

extension BackboneWeights {
  /// Kernels drawn uniformly with the variance of He et al. 2015, 2 / (9 Cin); small positive biases.
  static func random() -> BackboneWeights {
    var random = SplitMix64(state: 0)
    return BackboneWeights(
      .vgg16,
      convolutions: Backbone.vgg16.convolutions.map { row in
        let limit = (6 / Float(9 * row.inputChannels)).squareRoot()
        return Convolution(
          kernel: (0..<9 * row.inputChannels * row.outputChannels).map { _ in random.uniform(-limit...limit) },
          bias: (0..<row.outputChannels).map { _ in random.uniform(0...0.1) })
      })
  }
}
