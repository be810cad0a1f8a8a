import Core
import Foundation
import Testing
import Weights

/// Models as people save them from Keras: with layers in front, nested, cut, trained in part.
@Suite struct KerasModelTests {
  private func read(_ path: String) throws -> [Float] { try Tiny.read(path) }

  // MARK: Preprocessing

  private static let mean = "\"mean\": [123.675, 116.28, 103.53], \"variance\": [3409.976025, 3262.6944, 3291.890625]"

  @Test(arguments: [
    (
      [TinyModel.json("Rescaling", "r", "\"scale\": 0.00392156862745098, \"offset\": 0.0")], "unit",
      "its layer r (Rescaling)"
    ),
    (
      [TinyModel.json("Rescaling", "r", "\"scale\": 0.00784313725490196, \"offset\": -1")], "tf",
      "its layer r (Rescaling)"
    ),
    ([TinyModel.json("Normalization", "n", mean)], "torch", "its layer n (Normalization)"),
    (
      [
        TinyModel.json("Resizing", "s"), TinyModel.json("Rescaling", "r", "\"scale\": 0.00392156862745098"),
        TinyModel.json("RandomFlip", "f"),
        TinyModel.json(
          "Normalization", "n", "\"mean\": [[[0.485, 0.456, 0.406]]], \"variance\": [0.052441, 0.050176, 0.050625]"),
      ], "torch", "its layer r (Rescaling), layer n (Normalization)"
    ),
    ([TinyModel.json("Rescaling", "r", "\"scale\": 2, \"offset\": [1, 2, 3]")], "file", "its layer r (Rescaling)"),
    (
      [
        TinyModel.json("GetItem", "g"), TinyModel.json("Stack", "s"),
        TinyModel.json("Add", "a", "\"value\": [-103.93900299072266, -116.77899932861328, -123.68000030517578]"),
      ], "caffe", "its layer g (GetItem), layer s (Stack), layer a (Add)"
    ),
  ])
  func layersInFrontTellThePreprocessing(front: [String], name: String, source: String) throws {
    let layers = try TinyModel.layers()
    let configuration = TinyModel.model("Functional", "m", front + TinyModel.vgg16())
    try TinyModel.withLegacyFile(layers.map { ($0.name, [$0]) }, configuration: configuration) {
      (path: String) throws in
      let content = try WeightFile(path: path).content
      #expect(content.preprocessing?.name == name)
      #expect(content.stated == content.preprocessing.map { .plain($0, by: source) })
      #expect(try read(path) == Tiny.expected())
    }
  }

  /// `y = 2x + (1, 2, 3)`, as a mean and a deviation.
  @Test func rescalingOfOnesOwn() throws {
    let layers = try TinyModel.layers()
    let front = TinyModel.json("Rescaling", "r", "\"scale\": 2, \"offset\": [1, 2, 3]")
    let configuration = TinyModel.model("Sequential", "m", [front] + TinyModel.vgg16())
    try TinyModel.withLegacyFile(layers.map { ($0.name, [$0]) }, configuration: configuration) {
      (path: String) throws in
      let preprocessing = try #require(try WeightFile(path: path).content.preprocessing)
      let image = Image(height: 1, width: 1, channels: 3, pixels: [10, 20, 30])
      #expect(preprocessing.apply(to: image) == [21, 42, 63])
    }
  }

  @Test(arguments: [
    (TinyModel.json("Lambda", "preprocess"), "its layer preprocess (Lambda)"),
    (TinyModel.json("Normalization", "n", "\"mean\": null"), "its layer n (Normalization)"),
    (TinyModel.json("Rescaling", "r", "\"scale\": [1, 2]"), "its layer r (Rescaling)"),
    (TinyModel.json("Rescaling", "r", "\"scale\": 0"), "its layer r (Rescaling)"),
    (TinyModel.json("Rescaling", "r", "\"scale\": 1e60"), "its layer r (Rescaling)"),
    (TinyModel.json("Rescaling", "r", "\"scale\": 1, \"offset\": 1e60"), "its layer r (Rescaling)"),
  ])
  func whatIsNotUnderstoodIsNamed(front: String, label: String) throws {
    let layers = try TinyModel.layers()
    let configuration = TinyModel.model("Functional", "m", [front] + TinyModel.vgg16())
    try TinyModel.withLegacyFile(layers.map { ($0.name, [$0]) }, configuration: configuration) {
      (path: String) throws in
      #expect(try WeightFile(path: path).content.stated == .unclear(label))
    }
  }

  /// A Normalization that was adapted to data has its mean and variance among the variables, and null in the configuration.
  @Test func adaptedNormalizations() throws {
    let layers = try TinyModel.layers()
    let adapted = TinyModel.Moments(name: "n", mean: [10, 20, 30], variance: [4, 16, 0])
    let front = TinyModel.json("Normalization", "n", #""axis": [-1], "mean": null, "variance": null"#)
    func check(_ path: String) throws {
      let content = try WeightFile(path: path).content
      let preprocessing = try #require(content.preprocessing)
      #expect(content.stated == .plain(preprocessing, by: "its layer n (Normalization)"))
      let image = Image(height: 1, width: 1, channels: 3, pixels: [20, 16, 31])
      // Keras divides by 1e-7 where the variance is 0.
      #expect(zip(preprocessing.apply(to: image), [5, -1, 1e7]).allSatisfy { abs($0 - $1) <= 1e-6 * abs($1) })
      #expect(try read(path) == Tiny.expected())
    }
    let configuration = TinyModel.model("Functional", "m", [front] + TinyModel.vgg16())
    try TinyModel.withLegacyFile(
      front: adapted, layers.map { ($0.name, [$0]) }, configuration: configuration, check: check)
    let weights = try TinyModel.keras3File(front: adapted, TinyModel.groups(in: "layers", layers))
    let archive = StoredZip.archive([("config.json", Data(configuration.utf8)), ("model.weights.h5", weights)])
    try Tiny.withFile(archive, check)
    // In front of a model inside the model.
    let nested = TinyModel.model("Functional", "vgg16", TinyModel.vgg16())
    try TinyModel.withLegacyFile(
      front: adapted, [("vgg16", layers)], configuration: TinyModel.model("Functional", "m", [front, nested]),
      check: check)
  }

  /// Where only weights are saved, a Rescaling may stand in front of it: nothing tells.
  @Test func adaptedNormalizationsWithoutAConfigurationAreNamed() throws {
    let layers = try TinyModel.layers()
    let adapted = TinyModel.Moments(name: "n", mean: [10, 20, 30], variance: [4, 16, 1])
    try TinyModel.withLegacyFile(front: adapted, layers.map { ($0.name, [$0]) }) { (path: String) throws in
      #expect(try WeightFile(path: path).content.stated == .unclear("its layer n"))
      #expect(try read(path) == Tiny.expected())
    }
    try Tiny.withFile(TinyModel.keras3File(front: adapted, TinyModel.groups(in: "layers", layers))) {
      (path: String) throws in
      #expect(try WeightFile(path: path).content.stated == .unclear("its layer normalization"))
      #expect(try read(path) == Tiny.expected())
    }
  }

  // MARK: Structure

  @Test(arguments: [
    (
      TinyModel.vgg16(convolution: #""padding": "valid", "activation": "relu""#),
      "block1_conv1 (block1_conv1) has no padding"
    ),
    (TinyModel.vgg16(convolution: #""padding": "same", "activation": "linear""#), "has no activation, expected relu"),
    (
      TinyModel.vgg16(convolution: #""padding": "same", "activation": "tanh""#),
      "has the activation tanh, expected relu"
    ),
    (
      TinyModel.vgg16(convolution: #""padding": "same", "activation": "relu", "strides": [2, 2]"#),
      "block1_conv1 (block1_conv1) has strides [2, 2], not 1"
    ),
    (
      TinyModel.vgg16(pooling: "AveragePooling2D"),
      "block1_conv2 (block1_conv2) is followed by average 2×2 pooling, expected max 2×2 pooling"
    ),
    (
      TinyModel.vgg16(pooled: #""padding": "same""#),
      "block1_conv2 (block1_conv2) is followed by max 2×2 (padding same) pooling, expected max 2×2 pooling"
    ),
    (TinyModel.vgg16(pooling: "Identity"), "is followed by no pooling, expected max 2×2 pooling"),
    (
      TinyModel.vgg16(behind: ["block2_conv1": TinyModel.json("LayerNormalization", "ln")]),
      "layer ln (LayerNormalization) stands"
    ),
  ])
  func otherNetworksOfTheSameShapesAreRefused(layers: [String], reason: String) throws {
    let configuration = TinyModel.model("Functional", "m", layers)
    try TinyModel.withLegacyFile(try TinyModel.layers().map { ($0.name, [$0]) }, configuration: configuration) {
      (path: String) throws in
      #expect { try read(path) } throws: { "\($0)".contains(reason) }
    }
  }

  /// As Keras 1 pads, and with activations as layers.
  @Test func paddingAndActivationsAsLayers() throws {
    let layers = TinyModel.vgg16(convolution: #""border_mode": "valid", "activation": "linear""#).flatMap { layer in
      layer.contains("Conv2D")
        ? [TinyModel.json("ZeroPadding2D", "z", "\"padding\": [[1, 1], [1, 1]]"), layer, TinyModel.json("ReLU", "r")]
        : [layer]
    }
    let configuration = #"{"class_name": "Sequential", "config": [\#(layers.joined(separator: ", "))]}"#
    try TinyModel.withLegacyFile(try TinyModel.layers().map { ($0.name, [$0]) }, configuration: configuration) {
      (path: String) throws in
      #expect(try read(path) == Tiny.expected())
    }
  }

  // MARK: Where the network is

  /// Keras lists a nested model's trained weights before its frozen ones.
  @Test func partlyFrozenModels() throws {
    let layers = try TinyModel.layers()
    let stored = Array(layers.suffix(3) + layers.dropLast(3))
    let nested = TinyModel.model("Functional", "vgg16", TinyModel.vgg16())
    let configuration = TinyModel.model("Functional", "m", [TinyModel.json("InputLayer", "i"), nested])
    try TinyModel.withLegacyFile([("vgg16", stored)], configuration: configuration) { (path: String) throws in
      #expect(try read(path) == Tiny.expected())
    }
  }

  @Test func aConvolutionInFrontOfANestedModel() throws {
    try TinyModel.withLegacyFile([("extra", [TinyModel.extra]), ("vgg16", TinyModel.layers())]) {
      (path: String) throws in
      #expect(try read(path) == Tiny.expected())
    }
    let groups = TinyModel.groups(in: "layers/functional/layers", try TinyModel.layers())
    let file = try TinyModel.keras3File([("layers/conv2d", TinyModel.extra)] + groups)
    #expect(try Tiny.read(file).get() == Tiny.expected())
    try Tiny.withFile(file) { (path: String) throws in
      #expect(
        try WeightFile(path: path).notes(on: Tiny.backbone) == [
          "in front of the VGG16 stands conv2d, which is left out"
        ])
      #expect(try WeightFile(path: path).content.preprocessing == nil)
    }
  }

  @Test func convolutionsInTheHead() throws {
    let groups = TinyModel.groups(in: "layers/vgg_backbone/layers", try TinyModel.layers())
    let file = try TinyModel.keras3File(
      groups + [("layers/conv2d", TinyModel.extra), ("layers/conv2d_1", TinyModel.extra)])
    #expect(try Tiny.read(file).get() == Tiny.expected())
    let flat = TinyModel.groups(in: "layers", try TinyModel.layers() + [TinyModel.extra])
    #expect(try Tiny.read(TinyModel.keras3File(flat)).get() == Tiny.expected())
  }

  /// A layer of one's own, whose convolutions are attributes: conv1 … conv13.
  @Test(arguments: ["layers/my_network/conv", "backbone/conv_", "layers/my_network/blocks/conv2d_"])
  func layersOfOnesOwn(stem: String) throws {
    let groups = try TinyModel.layers().enumerated().map { ("\(stem)\($0.offset + 1)", $0.element) }
    #expect(try Tiny.read(TinyModel.keras3File(groups)).get() == Tiny.expected())
  }

  /// By name `functional` would come before `sequential`.
  @Test func theConfigurationTellsTheOrder() throws {
    let layers = try TinyModel.layers()
    let names = Tiny.backbone.convolutions.map(\.name)
    let description = TinyModel.vgg16()
    let split = try #require(description.firstIndex { $0.contains(names[4]) })
    let configuration = TinyModel.model(
      "Functional", "m",
      [
        TinyModel.model("Sequential", "stem", Array(description[..<split])),
        TinyModel.model("Functional", "body", Array(description[split...])),
      ])
    let weights = try TinyModel.keras3File(
      TinyModel.groups(in: "layers/sequential/layers", Array(layers[..<4]))
        + TinyModel.groups(in: "layers/functional/layers", Array(layers[4...])))
    let archive = StoredZip.archive([("config.json", Data(configuration.utf8)), ("model.weights.h5", weights)])
    #expect(try Tiny.read(archive).get() == Tiny.expected())
  }

  @Test func twoNetworksAreAskedAbout() throws {
    let layers = try TinyModel.layers()
    try TinyModel.withLegacyFile([("left", layers), ("right", layers)]) { (path: String) throws in
      #expect { try read(path) } throws: {
        "\($0)"
          == "\(path): Keras HDF5 (legacy) with 2 networks that are a VGG16: left, right; save the one that you want in a "
          + "file of its own"
      }
    }
  }
}
