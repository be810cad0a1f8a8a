import ArgumentParser
import Core
import Foundation

struct KernelBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Measures the kernels of the convolutions on one thread, on data in the cache.")

  @Option(help: "The build of the kernels: avx512, avx2 or baseline.") var isa = InstructionSet.current

  func validate() throws {
    guard InstructionSet.supported.contains(isa) else { throw ValidationError("This machine has no \(isa).") }
  }

  func run() {
    let kernels = ConvolutionKernels(isa)
    let peak = multiplyAddPeak(kernels)
    print(String(format: "multiply-add peak of %@: %.1f GFLOP/s", isa.rawValue, peak))
    print("\nproducts at one position, 64 output channels         GFLOP/s   % of peak")
    for (tiles, channels) in [(48, 64), (48, 128), (48, 256), (48, 512), (12, 512), (8, 512), (4, 512), (1, 512)] {
      let speed = productSpeed(kernels, tiles: tiles, channels: channels)
      print(
        padded("\(tiles)", 3), "tiles, \(padded("\(channels)", 3)) input channels",
        String(format: "%34.1f %11.1f", speed, 100 * speed / peak))
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
  private func productSpeed(_ kernels: ConvolutionKernels, tiles: Int, channels: Int) -> Double {
    let outputs = 64
    let blockStride = 12 * 16
    let groupStride = max(channels, outputs) / 16 * blockStride
    let groups = (tiles + 11) / 12
    let values = AlignedMemory(count: groups * groupStride)
    let products = AlignedMemory(count: groups * groupStride)
    let weights = AlignedMemory(count: channels * outputs)
    let time = best {
      kernels.multiply(
        values.floats, products.floats, weights.floats, tiles, channels, outputs, groupStride, blockStride)
    }
    return Double(2 * tiles * channels * outputs) / time
  }

  /// The nanoseconds for one tile of a group.
  private func inputTime(_ kernels: ConvolutionKernels, size: Int) -> Double {
    let n = size + 2
    let width = 12 * size + 2  // Twelve tiles side by side.
    let input = AlignedMemory(count: n * width * 64)
    let output = AlignedMemory(count: (n * n + 1) * 12 * 64)
    let buffer = AlignedMemory(count: n * n * 16)
    let corners = (0..<12).map { $0 * size * 16 }
    return best {
      kernels.transformInput(
        size, input.floats, corners, 12, width * 16, n * width * 16, 4, output.floats, (n * n + 1) * 12 * 16,
        buffer.floats)
    } / 12
  }

  /// The nanoseconds for one tile of a group.
  private func outputTime(_ kernels: ConvolutionKernels, size: Int) -> Double {
    let n = size + 2
    let width = 12 * size
    let input = AlignedMemory(count: (n * n + 1) * 12 * 64)
    let output = AlignedMemory(count: size * width * 64)
    let bias = AlignedMemory(count: 64)
    let buffer = AlignedMemory(count: (n + size) * size * 16)
    let places = (0..<12).map { (offset: $0 * size * 16, rows: size, columns: size) }
    return best {
      kernels.transformOutput(
        size, input.floats, (n * n + 1) * 12 * 16, 4, bias.floats, output.floats, places, 12, width * 16, 16,
        size * width * 16, false, buffer.floats)
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
