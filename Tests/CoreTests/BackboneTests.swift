import Core
import Foundation
import Testing

@Suite struct BackboneTests {
  /// Two blocks, of 32 and 64 channels: the kernels take outputs in multiples of 32.
  static let tiny = Backbone(name: "tiny", blocks: [(convolutions: 2, channels: 32), (convolutions: 1, channels: 64)])
  /// The same with one convolution in the first block, which is pooled at once.
  static let pooledFirst = Backbone(
    name: "pooled-first", blocks: [(convolutions: 1, channels: 32), (convolutions: 2, channels: 96)])

  static let pool = WorkerPool(threads: 2)

  // MARK: - The table

  @Test func configurationsOfThePaper() {
    #expect(Backbone.all.map(\.name) == ["vgg11", "vgg13", "vgg16", "vgg19"])
    #expect(Backbone.all.map(\.convolutions.count) == [8, 10, 13, 16])
    #expect(
      Backbone.all.map(\.lastConvolution.name) == ["block5_conv2", "block5_conv2", "block5_conv3", "block5_conv4"])
    for backbone in Backbone.all {
      #expect(backbone.minimumSize == 32)
      #expect(backbone.layers.filter(\.isPooling).map(\.name) == (1...5).map { "block\($0)_pool" })
      #expect(backbone.layers.last?.outputShape(height: 224, width: 224).description == "7×7×512")
      #expect(Backbone.named(backbone.name) == backbone)
    }
    #expect(Backbone.vgg11.layer(named: "block2_conv1")?.outputShape(height: 33, width: 32).description == "16×16×128")
    #expect(Backbone.named("vgg17") == nil)
    #expect(Self.tiny.minimumSize == 4)
  }

  @Test func comesBackFromJSON() throws {
    for backbone in Backbone.all + [Self.tiny] {
      #expect(try JSONDecoder().decode(Backbone.self, from: JSONEncoder().encode(backbone)) == backbone)
    }
  }

  // MARK: - Features

  /// Every cut, several images in batches of two, against the reference convolution.
  @Test(arguments: [tiny, pooledFirst], InstructionSet.supported)
  func everyCutEqualsReference(backbone: Backbone, instructionSet: InstructionSet) {
    let weights = BackboneWeights.made(backbone)
    for (height, width) in [(4, 4), (21, 34)] {
      let images = (0..<3).map { numbers(height * width * 3, stream: 1000 + UInt64($0), scale: 128) }
      var expected = images
      var shape = FeatureShape(height: height, width: width, channels: 3)
      for layer in backbone.layers {
        let parameters = weights.convolutions[layer.lastConvolution]
        expected = expected.map { map in
          layer.isPooling
            ? ReferenceConvolution.pool(map, height: shape.height, width: shape.width, channels: shape.channels)
            : ReferenceConvolution.convolve(
              map, height: shape.height, width: shape.width, inputChannels: shape.channels, kernel: parameters.kernel,
              bias: parameters.bias)
        }
        shape = layer.outputShape(height: height, width: width)
        let extractor = FeatureExtractor(
          weights: weights, cut: layer, height: height, width: width, maximumBatch: 2, pool: Self.pool,
          instructionSet: instructionSet)
        #expect(extractor.featureShape == shape)
        let features = extract(images.flatMap { $0 }, count: 3, by: extractor)
        #expect(relativeError(features, expected.flatMap { $0 }) < 5e-6, "\(layer) at \(height)×\(width)")
      }
    }
  }

  /// Against torchvision in double precision: Fixtures/make_backbones.py.
  @Test(arguments: [Backbone.vgg11, .vgg13, .vgg19])
  func featuresEqualTorchvisions(backbone: Backbone) {
    let (height, width) = (40, 53)
    let image = numbers(height * width * 3, stream: 1000, scale: 128)
    let expected = Fixture.floats("\(backbone.name).f32")
    let weights = BackboneWeights.made(backbone)
    for instructionSet in InstructionSet.supported {
      let extractor = FeatureExtractor(
        weights: weights, height: height, width: width, maximumBatch: 1, pool: Self.pool,
        instructionSet: instructionSet)
      #expect(relativeError(extract(image, count: 1, by: extractor), expected) < 1e-5, "\(instructionSet)")
    }
  }

  private func extract(_ images: [Float], count: Int, by extractor: FeatureExtractor) -> [Float] {
    var features = [Float](repeating: .nan, count: count * extractor.featureShape.count)
    features.withUnsafeMutableBufferPointer { extractor.extract(images, count: count, into: $0.baseAddress!) }
    return features
  }
}

/// Numbers from −scale to scale, as Fixtures/make_backbones.py makes them.
private func numbers(_ count: Int, stream: UInt64, scale: Float) -> [Float] {
  var random = Philox(seed: 5, stream: stream)
  return (0..<count).map { _ in (Float(random.nextWord() >> 8) * 0x1p-23 - 1) * scale }
}

extension BackboneWeights {
  /// As Fixtures/make_backbones.py makes them.
  fileprivate static func made(_ backbone: Backbone) -> BackboneWeights {
    let convolutions = backbone.convolutions.enumerated().map { index, row in
      Convolution(
        kernel: numbers(
          9 * row.inputChannels * row.outputChannels, stream: UInt64(2 * index),
          scale: Float((6 / Double(9 * row.inputChannels)).squareRoot())),
        bias: numbers(row.outputChannels, stream: UInt64(2 * index + 1), scale: 1))
    }
    return BackboneWeights(backbone, convolutions: convolutions)
  }
}
