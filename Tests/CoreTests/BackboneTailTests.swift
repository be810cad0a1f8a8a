import Core
import Testing

/// The last layers by themselves.
@Suite struct BackboneTailTests {
  private static let backbone = Backbone(
    name: "tiny",
    blocks: [(convolutions: 2, channels: 32), (convolutions: 1, channels: 64), (convolutions: 2, channels: 32)])

  private static let weights = {
    var random = Philox(seed: 5)
    return BackboneWeights(
      backbone,
      convolutions: backbone.convolutions.map { row in
        .init(
          kernel: (0..<9 * row.inputChannels * row.outputChannels).map { _ in random.uniform(from: -0.1, to: 0.1) },
          bias: (0..<row.outputChannels).map { _ in random.uniform(from: -0.1, to: 0.1) })
      })
  }()

  /// From the features of a pooling the same bits as from the images, in whatever batches.
  @Test(arguments: ["block1_pool", "block2_pool"], [1, 2, 5])
  func goesOnWhereTheCutIs(name: String, batch: Int) throws {
    let (cut, pool) = (try #require(Self.backbone.layer(named: name)), WorkerPool(threads: 2))
    var random = Philox(seed: 6)
    let images = (0..<5 * 27 * 21 * 3).map { _ in random.uniform(from: -1, to: 1) }
    func extractor(_ cut: Backbone.Layer?) -> FeatureExtractor {
      FeatureExtractor(weights: Self.weights, cut: cut, height: 27, width: 21, maximumBatch: 4, pool: pool)
    }
    let (start, whole) = (extractor(cut), extractor(nil))
    let tail = FeatureExtractor(
      tail: BackboneTail(of: Self.weights, behind: cut), features: start.featureShape, maximumBatch: batch, pool: pool)
    #expect(tail.featureShape == whole.featureShape)
    #expect(tail.features(of: start.features(of: images)) == whole.features(of: images))
  }

  @Test func takesTheirPlaceInTheNetwork() throws {
    let cut = try #require(Self.backbone.layer(named: "block2_pool"))
    var changed = Self.weights.convolutions
    for index in 3..<5 { changed[index].bias[0] += 1 }
    let tail = BackboneTail(of: BackboneWeights(Self.backbone, convolutions: changed), behind: cut)
    #expect(tail.rows.map(\.name) == ["block3_conv1", "block3_conv2"])
    #expect(tail.replacing(in: Self.weights).convolutions == changed)
  }
}
