import Core
import Testing

@Suite struct FeatureExtractorTests {
  static let weights = BackboneWeights.random(.vgg16)
  static let pool = WorkerPool(threads: 2)

  /// Every layer that the network can be cut after, from odd and unequal sizes, against the reference convolution.
  @Test(arguments: InstructionSet.supported)
  func everyCutEqualsReference(instructionSet: InstructionSet) {
    let (height, width) = (37, 50)
    let image = randomImages(1, height: height, width: width)
    var expected = image
    var shape = FeatureShape(height: height, width: width, channels: 3)
    for layer in Backbone.vgg16.layers {
      if layer.isPooling {
        expected = ReferenceConvolution.pool(
          expected, height: shape.height, width: shape.width, channels: shape.channels)
      } else {
        let parameters = Self.weights.convolutions[layer.lastConvolution]
        expected = ReferenceConvolution.convolve(
          expected, height: shape.height, width: shape.width, inputChannels: shape.channels,
          kernel: parameters.kernel, bias: parameters.bias)
      }
      shape = layer.outputShape(height: height, width: width)
      let extractor = FeatureExtractor(
        weights: Self.weights, cut: layer, height: height, width: width, maximumBatch: 1, pool: Self.pool,
        instructionSet: instructionSet)
      #expect(extractor.featureShape == shape)
      #expect(relativeError(extractor.features(of: image), expected) < 5e-6, "\(layer)")
    }
  }

  @Test(arguments: InstructionSet.supported)
  func sameBytesForAllBatchesAndThreads(instructionSet: InstructionSet) {
    for (size, layer) in [(32, "block5_conv3"), (64, "block4_pool"), (100, "block3_conv2")] {
      let cut = Backbone.vgg16.layer(named: layer)!
      let images = randomImages(5, height: size, width: size)
      let results = [(1, 1), (2, 2), (3, 3), (5, 2), (16, 1)].map { maximumBatch, threads in
        FeatureExtractor(
          weights: Self.weights, cut: cut, height: size, width: size, maximumBatch: maximumBatch,
          pool: WorkerPool(threads: threads), instructionSet: instructionSet
        ).features(of: images)
      }
      #expect(results.allSatisfy { $0 == results[0] }, "\(layer) at \(size)")
      #expect(results[0].contains { $0 > 0 })
    }
  }

  /// What one call leaves in the extractor's memory must not show in the next.
  @Test func callsDoNotAffectEachOther() {
    let extractor = FeatureExtractor(
      weights: Self.weights, height: 45, width: 39, maximumBatch: 3, pool: Self.pool)
    let (a, b) = (randomImages(3, height: 45, width: 39), randomImages(2, height: 45, width: 39))
    let (first, second) = (extractor.features(of: a), extractor.features(of: b))
    #expect(extractor.features(of: a) == first)
    #expect(extractor.features(of: b) == second)
    #expect(extractor.features(of: []) == [])
  }

  @Test func layersHaveKerasNamesAndShapes() {
    #expect(Backbone.vgg16.layers.count == 18)
    #expect(Backbone.vgg16.layers.first?.name == "block1_conv1")
    #expect(Backbone.vgg16.layers.last?.name == "block5_pool")
    #expect(Backbone.vgg16.layer(named: "block6_conv1") == nil)
    #expect(Backbone.vgg16.layer(named: "block5_conv3") == Backbone.vgg16.lastConvolution)
    #expect(
      Backbone.vgg16.lastConvolution.outputShape(height: 224, width: 299)
        == FeatureShape(height: 14, width: 18, channels: 512))
    #expect(
      Backbone.vgg16.layer(named: "block5_pool")!.outputShape(height: 32, width: 63)
        == FeatureShape(height: 1, width: 1, channels: 512))
    #expect(
      Backbone.vgg16.layer(named: "block1_pool")!.outputShape(height: 33, width: 32)
        == FeatureShape(height: 16, width: 16, channels: 64))
    #expect(
      Backbone.vgg16.layer(named: "block2_conv1")!.outputShape(height: 33, width: 32)
        == FeatureShape(height: 16, width: 16, channels: 128))
  }

  /// The plan is what decides speed and memory: that it is as intended for the usual sizes.
  @Test func planChoosesTheCheapestTile() {
    func tiles(_ size: Int, _ cut: String = "block5_conv3") -> [Int] {
      ConvolutionPlan(cut: Backbone.vgg16.layer(named: cut)!, height: size, width: size, maximumBatch: 8).steps.map(
        \.tile)
    }
    #expect(tiles(224) == [6, 6, 6] + Array(repeating: 7, count: 6) + [5, 5, 5])
    #expect(tiles(48) == [6, 6, 6, 6, 6, 6, 6, 6, 6, 3, 3, 3])
    #expect(tiles(96) == Array(repeating: 6, count: 12))
    #expect(tiles(224, "block5_pool").suffix(3) == [5, 5, 4])
  }
}

private func randomImages(_ count: Int, height: Int, width: Int) -> [Float] {
  (0..<count * height * width * 3).map { _ in Float.random(in: -128...128) }
}

extension FeatureExtractor {
  fileprivate func features(of images: [Float]) -> [Float] {
    let count = images.count / imageCount
    return [Float](unsafeUninitializedCapacity: count * featureShape.count) { buffer, initialized in
      initialized = buffer.count
      guard count > 0 else { return }
      buffer.initialize(repeating: .nan)
      extract(images, count: count, into: buffer.baseAddress!)
    }
  }
}

extension BackboneWeights {
  /// He initialisation (He et al. 2015), so that activations keep their size from layer to layer.
  fileprivate static func random(_ backbone: Backbone) -> BackboneWeights {
    BackboneWeights(
      backbone,
      convolutions: backbone.convolutions.map { row in
        let limit = (6 / Float(9 * row.inputChannels)).squareRoot()
        return Convolution(
          kernel: (0..<9 * row.inputChannels * row.outputChannels).map { _ in .random(in: -limit...limit) },
          bias: (0..<row.outputChannels).map { _ in .random(in: -1...1) })
      })
  }
}
