import Core
import KernelInterface
import Testing

/// The fast convolutions against ``ReferenceConvolution``.
@Suite struct ConvolutionTests {
  static let pool = WorkerPool(threads: 2)

  struct Shape: Sendable, CustomTestStringConvertible {
    var images = 1
    var height: Int
    var width: Int
    var inputs: Int
    var outputs: Int
    var testDescription: String { "\(images)×\(height)×\(width)×\(inputs) to \(outputs)" }
  }

  /// Maps smaller than a tile, odd ones, ones that tiles overhang; numbers of tiles that leave remainders of 12; numbers
  /// of channels that are no power of two.
  static let shapes = [
    Shape(height: 1, width: 1, inputs: 16, outputs: 32),
    Shape(height: 2, width: 2, inputs: 32, outputs: 96),
    Shape(height: 1, width: 17, inputs: 48, outputs: 32),
    Shape(height: 7, width: 5, inputs: 80, outputs: 64),
    Shape(images: 3, height: 13, width: 9, inputs: 16, outputs: 32),
    Shape(images: 2, height: 20, width: 31, inputs: 64, outputs: 32),
    Shape(images: 5, height: 3, width: 3, inputs: 32, outputs: 160),
    Shape(images: 1, height: 37, width: 23, inputs: 16, outputs: 64),
  ]

  @Test(arguments: shapes, InstructionSet.supported)
  func winogradEqualsReference(shape: Shape, instructionSet: InstructionSet) {
    let layer = RandomLayer(shape)
    let expected = layer.reference()
    for tile in WinogradAlgorithm.all.map(\.outputs) {
      let convolution = layer.winograd(tile: tile, instructionSet: instructionSet)
      let output = layer.run(convolution, tile: tile, pools: false, tilesInTask: 30, pool: Self.pool)
      let bound = tile == 7 ? 8e-6 : 3e-6
      #expect(relativeError(output, expected) < bound, "F(\(tile))")
      if shape.height > 1 {
        let pooled = layer.run(convolution, tile: tile, pools: true, tilesInTask: 7, pool: Self.pool)
        #expect(relativeError(pooled, layer.pooled(expected)) < bound, "F(\(tile)) and pooling")
      }
    }
  }

  @Test(arguments: shapes, InstructionSet.supported)
  func firstConvolutionEqualsReference(shape: Shape, instructionSet: InstructionSet) {
    var shape = shape
    shape.inputs = 3
    let layer = RandomLayer(shape)
    let convolution = FirstConvolution(
      kernel: layer.kernel, bias: layer.bias, outputChannels: shape.outputs,
      kernels: KernelTable(for: instructionSet))
    let scratch = (0..<2).map { _ in AlignedMemory<Float>(count: convolution.scratchCount(width: shape.width)) }
    var output = [Float](repeating: .nan, count: shape.images * shape.height * shape.width * shape.outputs)
    output.withUnsafeMutableBufferPointer {
      convolution.run(
        images: shape.images, input: layer.input,
        output: .channelsLast(
          $0.baseAddress!, height: shape.height, width: shape.width, channels: shape.outputs),
        pool: Self.pool, scratch: scratch)
    }
    #expect(relativeError(output, layer.reference()) < 1e-6)
  }

  @Test func resultsDoNotDependOnTaskSizeOrThreads() {
    let shape = Shape(images: 5, height: 14, width: 11, inputs: 64, outputs: 64)
    let layer = RandomLayer(shape)
    for tile in WinogradAlgorithm.all.map(\.outputs) {
      let convolution = layer.winograd(tile: tile, instructionSet: .current)
      for pools in [false, true] {
        let expected = layer.run(convolution, tile: tile, pools: pools, tilesInTask: 48, pool: Self.pool)
        for (tilesInTask, threads) in [(1, 1), (5, 3), (13, 2), (1000, 1)] {
          let output = layer.run(
            convolution, tile: tile, pools: pools, tilesInTask: tilesInTask, pool: WorkerPool(threads: threads))
          #expect(output == expected, "F(\(tile)), \(tilesInTask) tiles in a task, \(threads) threads, pools: \(pools)")
        }
      }
    }
  }

  /// Nothing may be written beyond the map, whatever the tiles overhang.
  @Test func borderStaysZero() {
    let shape = Shape(images: 2, height: 5, width: 7, inputs: 16, outputs: 32)
    let layer = RandomLayer(shape)
    for tile in WinogradAlgorithm.all.map(\.outputs) {
      let convolution = layer.winograd(tile: tile, instructionSet: .current)
      let input = layer.blockedInput(tile: tile)
      let output = Activations(images: 2, height: 5, width: 7, channels: 32, readInTilesOf: 6)
      convolution.run(
        images: 2, input: input.map, output: output.map, pools: false, tilesInTask: 12, pool: Self.pool,
        scratch: layer.scratch(convolution, tilesInTask: 12, threads: 2))
      let rowLength = output.map.rowStride
      for block in 0..<4 {  // Two images of two blocks of channels.
        let corner = output.map.origin + block * output.map.blockStride - rowLength - 16
        for row in 0..<8 {
          for column in 0..<rowLength / 16 where !((1...5).contains(row) && (1...7).contains(column)) {
            for lane in 0..<16 { #expect(corner[row * rowLength + column * 16 + lane] == 0) }
          }
        }
      }
    }
  }
}

/// A convolution with random weights and a batch of random images, as activations are: half of them zero.
struct RandomLayer {
  let shape: ConvolutionTests.Shape
  let input: [Float]
  let kernel: [Float]
  let bias: [Float]

  init(_ shape: ConvolutionTests.Shape) {
    self.shape = shape
    var random = Philox(seed: 19)
    input = (0..<shape.images * shape.height * shape.width * shape.inputs).map { _ in
      max(random.uniform(from: -1, to: 1), 0)
    }
    let scale = (2 / Float(9 * shape.inputs)).squareRoot()
    kernel = (0..<9 * shape.inputs * shape.outputs).map { _ in scale * random.uniform(from: -1, to: 1) }
    bias = (0..<shape.outputs).map { _ in random.uniform(from: -0.1, to: 0.2) }
  }

  private func image(_ index: Int, of batch: [Float], count: Int) -> [Float] {
    Array(batch[index * count..<(index + 1) * count])
  }

  func reference() -> [Float] {
    (0..<shape.images).flatMap { index in
      ReferenceConvolution.convolve(
        image(index, of: input, count: shape.height * shape.width * shape.inputs), height: shape.height,
        width: shape.width, inputChannels: shape.inputs, kernel: kernel, bias: bias)
    }
  }

  func pooled(_ output: [Float]) -> [Float] {
    (0..<shape.images).flatMap { index in
      ReferenceConvolution.pool(
        image(index, of: output, count: shape.height * shape.width * shape.outputs), height: shape.height,
        width: shape.width, channels: shape.outputs)
    }
  }

  func winograd(tile: Int, instructionSet: InstructionSet) -> WinogradConvolution {
    WinogradConvolution(
      kernel: kernel, bias: bias, inputChannels: shape.inputs, outputChannels: shape.outputs, tile: tile,
      kernels: KernelTable(for: instructionSet), pool: ConvolutionTests.pool)
  }

  func blockedInput(tile: Int, pools: Bool = false) -> Activations {
    let activations = Activations(
      images: shape.images, height: shape.height, width: shape.width, channels: shape.inputs, readInTilesOf: tile,
      pooled: pools)
    let map = activations.map
    var index = 0
    for image in 0..<shape.images {
      for row in 0..<shape.height {
        for column in 0..<shape.width {
          for channel in 0..<shape.inputs {
            let offset =
              image * map.imageStride + row * map.rowStride + column * map.pixelStride + channel / 16
              * map.blockStride + channel % 16
            map.origin[offset] = input[index]
            index += 1
          }
        }
      }
    }
    return activations
  }

  /// Filled with NaN: what a kernel reads it must have written.
  func scratch(_ convolution: WinogradConvolution, tilesInTask: Int, threads: Int) -> [AlignedMemory<Float>] {
    (0..<threads).map { _ in
      let memory = AlignedMemory<Float>(count: convolution.scratchCount(tilesInTask: tilesInTask))
      memory.start.update(repeating: .nan, count: memory.count)
      return memory
    }
  }

  func run(
    _ convolution: WinogradConvolution, tile: Int, pools: Bool, tilesInTask: Int, pool: WorkerPool
  ) -> [Float] {
    let input = blockedInput(tile: tile, pools: pools)
    let (height, width) = pools ? (shape.height / 2, shape.width / 2) : (shape.height, shape.width)
    var output = [Float](repeating: .nan, count: shape.images * height * width * shape.outputs)
    output.withUnsafeMutableBufferPointer {
      guard let origin = $0.baseAddress else { return }
      convolution.run(
        images: shape.images, input: input.map,
        output: .channelsLast(origin, height: height, width: width, channels: shape.outputs), pools: pools,
        tilesInTask: tilesInTask, pool: pool,
        scratch: scratch(convolution, tilesInTask: tilesInTask, threads: pool.threadCount))
    }
    return output
  }
}

/// ‖a − b‖ / ‖b‖.
func relativeError(_ a: [Float], _ b: [Float]) -> Double {
  guard a.count == b.count else { return .infinity }
  var (difference, norm) = (0.0, 0.0)
  for (x, y) in zip(a, b) {
    difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
    norm += Double(y) * Double(y)
  }
  return norm == 0 ? difference.squareRoot() : (difference / norm).squareRoot()
}
