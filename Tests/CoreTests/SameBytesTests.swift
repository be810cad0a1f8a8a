import Core
import KernelInterface
import Testing

/// A small run from pictures to probabilities gives the same bytes on every processor: on each instruction set of this one,
/// and on arm64 (Tests/Arm64). The digests were taken once; a change of them is a change of what users' caches and heads
/// hold.
@Suite struct SameBytesTests {
  private static let network = Backbone(name: "small", blocks: [(2, 32), (2, 64), (3, 64)])
  private static let pool = WorkerPool(threads: 2)

  /// FNV-1a of 64 bits (Fowler, Noll and Vo 1991) over the values' bytes, in hexadecimal.
  private func digest(_ values: [Float]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for value in values {
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        hash = (hash ^ UInt64(value.bitPattern >> shift & 255)) &* 0x100_0000_01b3
      }
    }
    return String(hash, radix: 16)
  }

  private static let weights: BackboneWeights = {
    var random = Philox(seed: 11)
    return BackboneWeights(
      network,
      convolutions: network.convolutions.map { row in
        let limit = (6 / Float(9 * row.inputChannels)).squareRoot()
        return BackboneWeights.Convolution(
          kernel: (0..<9 * row.inputChannels * row.outputChannels).map { _ in random.uniform(from: -limit, to: limit) },
          bias: (0..<row.outputChannels).map { _ in random.uniform(from: -1, to: 1) })
      })
  }()

  /// Pictures of three sizes, resized by every filter, turned and shifted, preprocessed: 12×60×44×3.
  private static let images: [Float] = {
    var random = Philox(seed: 12)
    var ranges = AugmentationRanges()
    ranges.flips = true
    return (0..<12).flatMap { index in
      let (height, width) = [(31, 97), (60, 44), (150, 80)][index % 3]
      let picture = Image(
        height: height, width: width, channels: 3,
        pixels: (0..<height * width * 3).map { UInt8(truncatingIfNeeded: $0 / 3 % width * 5 + $0 % 7 * index) })
      let resized = picture.resized(
        to: ImageSize(height: 60, width: 44), filter: ResizeFilter.allCases[index % ResizeFilter.allCases.count])
      var values = [Float](repeating: 0, count: 60 * 44 * 3)
      values.withUnsafeMutableBufferPointer {
        ranges.draw(&random, height: 60, width: 44).apply(to: resized, into: $0)
        Preprocessing.caffe.apply(toRGB: $0)
      }
      return values
    }
  }()

  /// Of every third layer, so that every tile occurs.
  private func features(cut: Backbone.Layer, _ instructionSet: InstructionSet) -> ([Float], FeatureShape) {
    let extractor = FeatureExtractor(
      weights: Self.weights, cut: cut, height: 60, width: 44, maximumBatch: 5, pool: Self.pool,
      instructionSet: instructionSet)
    var features = [Float](repeating: .nan, count: 12 * extractor.featureShape.count)
    features.withUnsafeMutableBufferPointer { extractor.extract(Self.images, count: 12, into: $0.baseAddress!) }
    return (features, extractor.featureShape)
  }

  /// Of every tile, pooled or not.
  @Test(arguments: InstructionSet.supported)
  func convolutionsAreTheSame(_ instructionSet: InstructionSet) {
    let layer = RandomLayer(.init(images: 2, height: 20, width: 31, inputs: 160, outputs: 32))
    let digests = WinogradAlgorithm.all.map { algorithm in
      let convolution = layer.winograd(tile: algorithm.outputs, instructionSet: instructionSet)
      return digest(
        [false, true].flatMap {
          layer.run(convolution, tile: algorithm.outputs, pools: $0, tilesInTask: 24, pool: Self.pool)
        })
    }
    #expect(
      digests == [
        "9a168d7fc7f303ba", "c949a52631321469", "599f77aaf2effb66", "8243fd9e957fb5b8", "50729af364c6d212",
        "5a58677a944f9775",
      ], "\(digests.joined(separator: " "))")
  }

  @Test func imagesAreTheSame() {
    #expect(digest(Self.images) == "b2c29511902e6da3")
  }

  @Test(arguments: InstructionSet.supported)
  func featuresAreTheSame(_ instructionSet: InstructionSet) {
    let digests = ["block1_conv1", "block1_pool", "block2_conv1", "block2_pool", "block3_conv2", "block3_conv3"].map {
      digest(features(cut: Self.network.layer(named: $0)!, instructionSet).0)
    }
    #expect(
      digests == [
        "19d50a170d3f34d", "6b5e934f59f00236", "55816d308850b2e", "d352225664a9f326", "6973051d67d6b491",
        "8294cf5ee131651f",
      ], "\(digests.joined(separator: " "))")
  }

  /// Three epochs of a head with dropout, its loss, and its probabilities.
  @Test(arguments: InstructionSet.supported)
  func headsAreTheSame(_ instructionSet: InstructionSet) throws {
    let (values, shape) = features(cut: Self.network.lastConvolution, .current)
    let head = try HeadArchitecture(.fastai, input: shape, dropout: 0.6, classes: 4)
    var rows = FeatureMatrix(columnCount: head.pooled.count)
    try rows.append(features: values, shape: shape, pooling: true, on: Self.pool)
    let targets = try HeadTargets(labels: (0..<12).map { $0 * 5 % 4 }, classes: 4, smoothing: 0.1)
    let trainer = try HeadTrainer(
      head: Head(architecture: head, seed: 3), batchSize: 5, seed: 4, pool: Self.pool, instructionSet: instructionSet)
    var losses: [Double] = []
    for _ in 0..<3 { losses.append(try trainer.trainEpoch(rows, targets: targets, learningRate: 3e-3).loss) }
    losses.append(try trainer.evaluate(rows, targets: targets).loss)
    let trained = trainer.head
    let probabilities = trained.probabilities(of: rows, on: Self.pool, instructionSet: instructionSet)
    let digests = [
      digest(trained.values.flatMap { $0 }), digest(probabilities), digest(losses.map { Float($0) }),
    ]
    #expect(
      digests == ["aaef20ad4db7e398", "de43479800c04fe5", "72565ec41e0eeada"], "\(digests.joined(separator: " "))")
  }

  /// Four steps of fine-tuning: the convolutions, the head and their moments.
  @Test(arguments: InstructionSet.supported)
  func tunedConvolutionsAreTheSame(_ instructionSet: InstructionSet) throws {
    let cut = Self.network.layer(named: "block1_pool")!
    let (values, shape) = features(cut: cut, .current)
    let architecture = try HeadArchitecture(
      .keras, input: Self.network.lastConvolution.outputShape(height: 60, width: 44), dropout: 0.3, classes: 4)
    let tuner = try FineTuner(
      weights: Self.weights, cut: cut, features: shape, head: Head(architecture: architecture, seed: 5), batchSize: 6,
      seed: 6, pool: Self.pool, instructionSet: instructionSet)
    let targets = try HeadTargets(labels: (0..<12).map { $0 * 5 % 4 }, classes: 4)
    for step in 0..<4 {
      let first = step % 2 * 6
      _ = try values.withUnsafeBufferPointer {
        try tuner.trainStep(
          $0.baseAddress! + first * shape.count, targets: targets, rows: Array(first..<first + 6), learningRate: 1e-3)
      }
    }
    let state = tuner.state
    let digests = [state.values, state.firstMoments, state.secondMoments].map { digest($0.flatMap { $0 }) }
    #expect(
      digests == ["490b8bdb07813b23", "f27269fe3b749cd5", "956eacfc72a8eb6e"], "\(digests.joined(separator: " "))")
  }
}
