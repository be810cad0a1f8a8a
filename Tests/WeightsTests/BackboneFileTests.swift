import Core
import Foundation
import HDF5
import Testing
import Weights

/// Which network a file holds is told by its shapes; one that is asked for is insisted on.
@Suite struct BackboneFileTests {
  @Test(arguments: Backbone.all)
  func shapesTellTheNetwork(backbone: Backbone) throws {
    try withFile(of: backbone) { path in
      #expect(try PublishedWeights.read(contentsOf: path).weights.backbone == backbone)
      #expect(try PublishedWeights.read(contentsOf: path, network: backbone).weights.backbone == backbone)
      let roles = try WeightInspection(contentsOf: path).tensors.compactMap(\.role)
      #expect(roles.last == "\(backbone.lastConvolution) bias")
    }
  }

  @Test func anotherNetworkThanAskedForIsRefused() throws {
    try withFile(of: .vgg19) { path in
      let reason =
        "Keras HDF5 (legacy) with 16 convolutions (a VGG19?), not a VGG16: block4_conv1 (block3_conv4): "
        + "kernel 3×3×256×256, expected 3×3×256×512 (height×width×input×output)"
      #expect(throws: WeightsError(path: path, reason: reason)) {
        try PublishedWeights.read(contentsOf: path, network: .vgg16)
      }
    }
    try withFile(of: .vgg16) { path in
      #expect {
        try PublishedWeights.read(contentsOf: path, network: .vgg13)
      } throws: {
        "\($0)".contains("with 13 convolutions (a VGG16?), not a VGG13: block4_conv1 (block3_conv3): kernel")
      }
    }
  }

  /// A network of one's own is read where it is asked for.
  @Test func networksOfOnesOwn() throws {
    let tiny = Backbone(name: "tiny", blocks: [(convolutions: 1, channels: 32), (convolutions: 1, channels: 32)])
    try withFile(of: tiny) { path in
      let published = try PublishedWeights.read(contentsOf: path, network: tiny)
      #expect(published.weights.backbone == tiny)
      #expect(published.weights.convolutions.map(\.kernel.count) == [864, 9216])
      #expect {
        try PublishedWeights.read(contentsOf: path)
      } throws: {
        "\($0)".contains("with 2 convolutions, not a VGG16: block1_conv1 (block1_conv1): kernel 3×3×3×32, expected")
      }
    }
  }

  /// Keras' own layout with weights that were never written, which are zeros and take no room.
  private func withFile(of backbone: Backbone, check: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).h5").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let file = try HDF5File.create(path)
    try file.setAttribute("layer_names", backbone.convolutions.map(\.name))
    for row in backbone.convolutions {
      let group = try file.createGroup(row.name)
      try group.setAttribute("weight_names", ["kernel", "bias"])
      _ = try group.createDataset("kernel", .float32, shape: [3, 3, row.inputChannels, row.outputChannels])
      _ = try group.createDataset("bias", .float32, shape: [row.outputChannels])
    }
    try file.close()
    try check(path)
  }
}
