import Core
import KernelInterface
import Testing

/// The passes of a convolution in training against ``ReferenceConvolution`` and ``ReferenceGradients``.
@Suite struct TrainableConvolutionTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var images = 1
    var height: Int
    var width: Int
    var inputs = 32
    var outputs = 32
    var testDescription: String { "\(images)×\(height)×\(width)×\(inputs) to \(outputs)" }
  }

  /// From one pixel on; odd maps and batches; chunks of several images; channels that leave a rest of the depth.
  static let shapes = [
    Shape(height: 1, width: 1),
    Shape(images: 3, height: 2, width: 1, inputs: 96, outputs: 64),
    Shape(images: 5, height: 3, width: 3, inputs: 160),
    Shape(images: 7, height: 6, width: 6, outputs: 64),
    Shape(images: 3, height: 7, width: 5, inputs: 64, outputs: 96),
    Shape(images: 2, height: 14, width: 14),
    Shape(images: 1, height: 13, width: 19),
    Shape(images: 4, height: 28, width: 28),
  ]

  @Test(arguments: shapes, InstructionSet.supported)
  func passesEqualReference(shape: Shape, instructionSet: InstructionSet) {
    let layer = RandomTraining(shape)
    for tile in WinogradAlgorithm.all.map(\.outputs) {
      let result = layer.run(tile: tile, threads: 2, instructionSet: instructionSet)
      let bound = 1e-5
      #expect(relativeError(result.output, layer.output) < bound, "F(\(tile)): output")
      #expect(relativeError(result.inputGradient, layer.gradients.input) < bound, "F(\(tile)): data gradient")
      #expect(relativeError(result.kernelGradient, layer.gradients.kernel) < bound, "F(\(tile)): weight gradient")
      #expect(relativeError(result.biasGradient, layer.gradients.bias) < bound, "F(\(tile)): bias gradient")
    }
  }

  @Test func resultsDoNotDependOnThreads() {
    let layer = RandomTraining(Shape(images: 5, height: 14, width: 11, inputs: 96, outputs: 64))
    for tile in WinogradAlgorithm.all.map(\.outputs) {
      let one = layer.run(tile: tile, threads: 1, instructionSet: .current)
      for threads in [2, 3, 5] {
        #expect(layer.run(tile: tile, threads: threads, instructionSet: .current) == one)
      }
    }
  }

  @Test func instructionSetsGiveTheSameBytes() {
    let layer = RandomTraining(Shape(images: 3, height: 9, width: 11, inputs: 96, outputs: 64))
    for tile in WinogradAlgorithm.all.map(\.outputs) {
      let results = InstructionSet.supported.map {
        layer.run(tile: tile, threads: 2, instructionSet: $0)
      }
      #expect(results.dropFirst().allSatisfy { $0 == results[0] })
    }
  }
}

/// A convolution, a batch of activations, half of them zero, and gradients by what its ReLU takes in.
private struct RandomTraining {
  struct Result: Equatable {
    var output: [Float]
    var inputGradient: [Float]
    var kernelGradient: [Float]
    var biasGradient: [Float]
  }

  let shape: TrainableConvolutionTests.Shape
  let input: [Float]
  let gradient: [Float]
  let weights: BackboneWeights.Convolution
  /// Of the plain twins.
  let output: [Float]
  let gradients: ReferenceGradients

  init(_ shape: TrainableConvolutionTests.Shape) {
    self.shape = shape
    var random = Philox(seed: 23)
    let pixels = shape.height * shape.width
    let input = (0..<shape.images * pixels * shape.inputs).map { _ in max(random.uniform(from: -1, to: 1), 0) }
    let gradient = (0..<shape.images * pixels * shape.outputs).map { _ in
      max(random.uniform(from: -1, to: 1), 0) - max(random.uniform(from: -1, to: 1), 0)
    }
    let scale = (2 / Float(9 * shape.inputs)).squareRoot()
    let weights = BackboneWeights.Convolution(
      kernel: (0..<9 * shape.inputs * shape.outputs).map { _ in scale * random.uniform(from: -1, to: 1) },
      bias: (0..<shape.outputs).map { _ in random.uniform(from: -0.1, to: 0.2) })
    let images = (0..<shape.images).map { image in
      (
        Array(input[image * pixels * shape.inputs..<(image + 1) * pixels * shape.inputs]),
        Array(gradient[image * pixels * shape.outputs..<(image + 1) * pixels * shape.outputs])
      )
    }
    output = images.flatMap { image, _ in
      ReferenceConvolution.convolve(
        image, height: shape.height, width: shape.width, inputChannels: shape.inputs, kernel: weights.kernel,
        bias: weights.bias)
    }
    let single = images.map { image, gradient in
      ReferenceGradients(
        of: gradient, input: image, height: shape.height, width: shape.width, kernel: weights.kernel)
    }
    var sum = single[0]
    for next in single.dropFirst() {
      sum.input += next.input
      sum.kernel = zip(sum.kernel, next.kernel).map(+)
      sum.bias = zip(sum.bias, next.bias).map(+)
    }
    gradients = sum
    (self.input, self.gradient, self.weights) = (input, gradient, weights)
  }

  /// All passes of a batch. Adam's first moments after one step are the gradients times 1 - β1.
  func run(tile: Int, threads: Int, instructionSet: InstructionSet) -> Result {
    let kernels = KernelTable(for: instructionSet)
    let parameters = ConvolutionParameters(weights, inputChannels: shape.inputs, outputChannels: shape.outputs)
    let convolution = TrainableConvolution(
      parameters, height: shape.height, width: shape.width, images: shape.images, tile: tile,
      workspace: TrainingWorkspace(pool: WorkerPool(threads: threads)), kernels: kernels)
    func activations(_ channels: Int) -> Activations {
      Activations(
        images: shape.images, height: shape.height, width: shape.width, channels: channels, readInTilesOf: tile)
    }
    let (x, y) = (activations(shape.inputs), activations(shape.outputs))
    let (dz, dx) = (activations(shape.outputs), activations(shape.inputs))
    x.map.setPixels(input, images: shape.images)
    dz.map.setPixels(gradient, images: shape.images)
    convolution.forward(images: shape.images, input: x.map, output: y.map)
    convolution.backwardInput(images: shape.images, gradient: dz.map, output: dx.map, activations: nil)
    convolution.update(
      images: shape.images, gradient: dz.map, adam: Adam().step(1, learningRate: 1e-3, kernels: kernels))
    return Result(
      output: y.map.pixels(images: shape.images), inputGradient: dx.map.pixels(images: shape.images),
      kernelGradient: parameters.kernelMoment1.values.map { $0 * 10 },
      biasGradient: parameters.bias.moment1.values.map { $0 * 10 })
  }
}

extension FeatureMap {
  /// N×H×W×C, of a map in blocks of channels.
  fileprivate func pixels(images: Int) -> [Float] {
    offsets(images: images).map { origin[$0] }
  }

  fileprivate func setPixels(_ values: [Float], images: Int) {
    for (offset, value) in zip(offsets(images: images), values) { origin[offset] = value }
  }

  private func offsets(images: Int) -> [Int] {
    (0..<images * height * width * channels).map { index in
      let (pixel, channel) = index.quotientAndRemainder(dividingBy: channels)
      let (row, column) = (pixel / width).quotientAndRemainder(dividingBy: height)
      return row * imageStride + column * rowStride + pixel % width * pixelStride + channel / 16 * blockStride
        + channel % 16
    }
  }
}
