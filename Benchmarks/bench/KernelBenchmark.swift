import ArgumentParser
import Core
import Foundation
import KernelInterface

struct KernelBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Measures the kernels of the convolutions on one thread, on data in the cache.")

  @Option(help: "The build of the kernels: avx512, avx2 or baseline.") var isa = InstructionSet.current

  func validate() throws {
    guard InstructionSet.supported.contains(isa) else { throw ValidationError("This machine has no \(isa).") }
  }

  func run() {
    let kernels = KernelTable(for: isa)
    let peak = multiplyAddPeak(kernels)
    print(String(format: "multiply-add peak of %@: %.1f GFLOP/s", isa.rawValue, peak))
    print("\nproducts at one position, 64 output channels         GFLOP/s   % of peak")
    for (tiles, channels) in [(48, 64), (48, 128), (48, 256), (48, 512), (12, 512), (8, 512), (4, 512), (1, 512)] {
      let speed = productSpeed(kernels, tiles: tiles, channels: channels)
      print(
        padded("\(tiles)", 3), "tiles, \(padded("\(channels)", 3)) input channels",
        String(format: "%34.1f %11.1f", speed, 100 * speed / peak))
    }
    print("\nproducts of a layer, all positions of F(6×6)          GFLOP/s   % of peak")
    for (tiles, channels) in [(48, 64), (48, 128), (48, 256), (96, 256), (24, 512), (48, 512), (96, 512)] {
      let speed = layerSpeed(kernels, tiles: tiles, channels: channels)
      print(
        padded("\(tiles)", 3), "tiles, \(padded("\(channels)", 3)) input and output channels",
        String(format: "%23.1f %11.1f", speed, 100 * speed / peak))
    }
    print(
      "\ntransforms, 64 channels of one tile        ns   % of the time its products take at peak, 64 other channels")
    for algorithm in WinogradAlgorithm.all {
      let n = algorithm.inputs
      let products = Double(2 * n * n * 64 * 64) / peak
      for (name, time) in [
        ("input", inputTime(kernels, size: algorithm.outputs)),
        ("output", outputTime(kernels, size: algorithm.outputs)),
      ] {
        print(
          "F(\(algorithm.outputs)×\(algorithm.outputs)) \(padded(name, 6))",
          String(format: "%30.0f %11.1f", time, 100 * time / products))
      }
    }
  }

  /// GFLOP/s of the products of a few groups of tiles at one position.
  private func productSpeed(_ kernels: KernelTable, tiles: Int, channels: Int) -> Double {
    let outputs = 64
    let blockStride = 12 * 16
    let groupStride = max(channels, outputs) / 16 * blockStride
    let groups = (tiles + 11) / 12
    let values = AlignedMemory<Float>(count: groups * groupStride)
    let products = AlignedMemory<Float>(count: groups * groupStride)
    let weights = AlignedMemory<Float>(count: channels * outputs)
    weights.fill(-0.05...0.05)
    values.fill(-1...1)
    let time = best {
      kernels.multiply(
        WinogradProductCall(
          inputs: values.start, outputs: products.start, weights: weights.start, tiles: tiles, inputChannels: channels,
          outputChannels: outputs, channelsInSum: WinogradAlgorithm.with(outputs: 6).channelsInSum,
          groupStride: groupStride, blockStride: blockStride))
    }
    return Double(2 * tiles * channels * outputs) / time
  }

  /// GFLOP/s of the products of a task at all positions, with as many weights as a layer has.
  private func layerSpeed(_ kernels: KernelTable, tiles: Int, channels: Int) -> Double {
    let positions = 64
    let blockStride = (positions + 1) * 12 * 16
    let groupStride = channels / 16 * blockStride
    let values = AlignedMemory<Float>(count: (tiles + 11) / 12 * groupStride)
    let weights = AlignedMemory<Float>(count: positions * channels * channels)
    weights.fill(-0.05...0.05)
    values.fill(-1...1)
    let times = (0..<8).map { _ in
      processorSeconds {
        for position in 0..<positions {
          kernels.multiply(
            WinogradProductCall(
              inputs: values.start + (position + 1) * 12 * 16, outputs: values.start + position * 12 * 16,
              weights: weights.start + position * channels * channels, tiles: tiles, inputChannels: channels,
              outputChannels: channels, channelsInSum: WinogradAlgorithm.with(outputs: 6).channelsInSum,
              groupStride: groupStride, blockStride: blockStride))
        }
      }
    }
    return Double(2 * positions * tiles * channels * channels) / times.median * 1e-9
  }

  /// The nanoseconds for one tile of a group.
  private func inputTime(_ kernels: KernelTable, size: Int) -> Double {
    let n = size + 2
    let width = 12 * size + 2  // Twelve tiles side by side.
    let input = AlignedMemory<Float>(count: n * width * 64)
    let output = AlignedMemory<Float>(count: (n * n + 1) * 12 * 64)
    let buffer = AlignedMemory<Float>(count: n * n * 16)
    let corners = AlignedMemory<Int>(count: 12)
    for tile in 0..<12 { corners.start[tile] = tile * size * 16 }
    return best {
      kernels.transformInput(
        InputTransformCall(
          size: size, input: input.start, corners: corners.start, tiles: 12, rowStride: width * 16,
          inputBlockStride: n * width * 16, blocks: 4, output: output.start,
          outputBlockStride: (n * n + 1) * 12 * 16, buffer: buffer.start))
    } / 12
  }

  /// The nanoseconds for one tile of a group.
  private func outputTime(_ kernels: KernelTable, size: Int) -> Double {
    let n = size + 2
    let width = 12 * size
    let input = AlignedMemory<Float>(count: (n * n + 1) * 12 * 64)
    let output = AlignedMemory<Float>(count: size * width * 64)
    let bias = AlignedMemory<Float>(count: 64)
    let buffer = AlignedMemory<Float>(count: (n + size) * size * 16)
    let places = AlignedMemory<TileOutputs>(count: 12)
    for tile in 0..<12 { places.start[tile] = TileOutputs(offset: tile * size * 16, rows: size, columns: size) }
    return best {
      kernels.transformOutput(
        OutputTransformCall(
          size: size, input: input.start, inputBlockStride: (n * n + 1) * 12 * 16, blocks: 4, bias: bias.start,
          output: output.start, places: places.start, tiles: 12, rowStride: width * 16, pixelStride: 16,
          outputBlockStride: size * width * 16, pools: false, buffer: buffer.start))
    } / 12
  }

  /// The nanoseconds that `body` takes, at best.
  private func best(_ body: () -> Void) -> Double {
    let repeats = 50
    let times = (0..<20).map { _ in
      processorSeconds { for _ in 0..<repeats { body() } } / Double(repeats) * 1e9
    }
    return times.min()!
  }
}

extension AlignedMemory<Float> {
  fileprivate func fill(_ range: ClosedRange<Float>) {
    var random = SplitMix64(state: 1)
    for index in 0..<count { start[index] = random.uniform(range) }
  }
}
