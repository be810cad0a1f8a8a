import Core
import FeatureStore
import Foundation
import HDF5
import Testing

/// A stage with a network made here: two blocks, 32 and 64 channels, weights of a few kilobytes.
@Suite struct TinyBackboneTests {
  static let tiny = Backbone(name: "tiny", blocks: [(convolutions: 2, channels: 32), (convolutions: 1, channels: 64)])

  @Test func extractionOfAnyCut() throws {
    let pipeline = try Self.pipeline()
    for (layer, shape) in [
      (nil, [36, 16, 16, 64]), ("block2_pool", [36, 8, 8, 64]), ("block1_conv1", [36, 32, 32, 32]),
    ] {
      pipeline.extraction.features.layer = layer
      try pipeline.extract()
      try pipeline.verify()
      let cache = try FeatureCache(pipeline.folder.file("cache/train.h5"))
      #expect(cache.features.shape.dropFirst() == shape.dropFirst())
      #expect(cache.attributes["layer"] == layer ?? "block2_conv1")
      #expect(cache.attributes["weights_source"] == "TINY, Keras HDF5 (legacy)")
    }
  }

  @Test func layersThatItDoesNotHaveAreRefused() throws {
    let pipeline = try Self.pipeline()
    pipeline.extraction.features.layer = "block5_conv3"
    #expect {
      try pipeline.extract()
    } throws: {
      "\($0)".hasPrefix("--layer block5_conv3: TINY has no such layer")
    }
  }

  static func pipeline() throws -> SmallPipeline {
    let pipeline = try SmallPipeline()
    try TinyNetwork.write(Self.tiny, to: pipeline.folder.file("tiny.h5"))
    pipeline.extraction.features.network = Self.tiny
    return pipeline
  }
}
