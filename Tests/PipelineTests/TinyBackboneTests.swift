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
      pipeline.extraction.layer = layer
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
    pipeline.extraction.layer = "block5_conv3"
    #expect {
      try pipeline.extract()
    } throws: {
      "\($0)".hasPrefix("--layer block5_conv3: TINY has no such layer")
    }
  }

  static func pipeline() throws -> SmallPipeline {
    let pipeline = try SmallPipeline()
    let path = pipeline.folder.file("tiny.h5")
    try writeWeights(to: path)
    pipeline.extraction.network = Self.tiny
    pipeline.extraction.preprocessing = .caffe
    pipeline.extraction.weights = path
    return pipeline
  }

  /// Keras' own layout.
  private static func writeWeights(to path: String) throws {
    var random = Philox(seed: 3)
    let file = try HDF5File.create(path)
    try file.setAttribute("layer_names", Self.tiny.convolutions.map(\.name))
    for row in Self.tiny.convolutions {
      let group = try file.createGroup(row.name)
      try group.setAttribute("weight_names", ["kernel", "bias"])
      let shape = [3, 3, row.inputChannels, row.outputChannels]
      let kernel = (0..<shape.reduce(1, *)).map { _ in random.uniform(from: -0.1, to: 0.1) }
      try group.createDataset("kernel", .float32, shape: shape).write(kernel)
      try group.createDataset("bias", .float32, shape: [row.outputChannels])
        .write([Float](repeating: 0.1, count: row.outputChannels))
    }
    try file.close()
  }
}
