import Foundation
import Testing
import Weights

/// ONNX says how convolutions are applied: what no VGG does is refused, what is only written otherwise is read.
@Suite struct ONNXStructureTests {
  @Test func asItIs() throws {
    #expect(try Tiny.read(TinyONNX().data).get() == Tiny.expected())
  }

  /// ONNX Runtime's fusion of a convolution with its activation.
  @Test func fusedConvolutions() throws {
    var model = try TinyONNX()
    for row in Tiny.backbone.convolutions { model.remove("\(row.name)/relu") }
    model.change("Conv") {
      ($0.type, $0.domain) = ("FusedConv", "com.microsoft")
      $0.attributes["activation"] = .text("Relu")
    }
    #expect(try Tiny.read(model.data).get() == Tiny.expected())
    model.change("FusedConv") { $0.attributes["activation"] = .text("LeakyRelu") }
    #expect(try Tiny.complaint(about: model.data)?.contains("has the activation leakyrelu, expected relu") == true)
  }

  @Test func paddingByItself() throws {
    for constant in [false, true] {
      var model = try TinyONNX()
      if constant { model.add("amounts", [0, 0, 1, 1, 0, 0, 1, 1]) }
      model.nodes = model.nodes.flatMap { node -> [TinyONNX.Node] in
        guard node.type == "Conv" else { return [node] }
        let padded = "\(node.output)/padded"
        var convolution = node
        convolution.inputs[0] = padded
        convolution.attributes = [:]
        let padding = TinyONNX.Node(
          type: "Pad", inputs: constant ? [node.inputs[0], "amounts"] : [node.inputs[0]], output: padded,
          attributes: constant ? [:] : ["pads": .ints([0, 0, 1, 1, 0, 0, 1, 1])])
        return [padding, convolution]
      }
      #expect(try Tiny.read(model.data).get() == Tiny.expected())
      model.change("Conv") { $0.attributes["pads"] = .ints([1, 1, 1, 1]) }
      #expect(try Tiny.complaint(about: model.data)?.contains("has pads [1, 1, 1, 1]") == true)
    }
  }

  @Test func unpaddedConvolutionsAreRefused() throws {
    var model = try TinyONNX()
    model.change("Conv") { $0.attributes = [:] }
    #expect(
      try Tiny.complaint(about: model.data)
        == "ONNX with 13 convolutions, not a VGG16: block1_conv1 (Conv node block1_conv1) has no padding, and a VGG's "
        + "convolutions keep height and width")
    model.change("Conv") { $0.attributes["auto_pad"] = .text("VALID") }
    #expect(try Tiny.complaint(about: model.data)?.contains("has no padding") == true)
    model.change("Conv") { $0.attributes["auto_pad"] = .text("SAME_UPPER") }
    #expect(try Tiny.read(model.data).get() == Tiny.expected())
    model.change("Conv") { $0.attributes["group"] = .int(2) }
    #expect(try Tiny.complaint(about: model.data)?.contains("has group 2, not 1") == true)
  }

  @Test func missingActivationsAreRefused() throws {
    var model = try TinyONNX()
    model.remove("block3_conv2/relu")
    #expect(
      try Tiny.complaint(about: model.data)?.hasSuffix(
        "block3_conv2 (Conv node block3_conv2) has no activation, expected relu")
        == true)
    // What follows the last convolution is the head's business.
    var last = try TinyONNX()
    last.remove("block5_conv3/relu")
    #expect(try Tiny.read(last.data).get() == Tiny.expected())
  }

  @Test func otherPoolingsAreRefused() throws {
    var model = try TinyONNX()
    model.remove("block2_pool")
    #expect(
      try Tiny.complaint(about: model.data)?.hasSuffix(
        "block2_conv2 (Conv node block2_conv2) is followed by no pooling, expected max 2×2 pooling") == true)
    var large = try TinyONNX()
    large.change("MaxPool") { $0.attributes["kernel_shape"] = .ints([3, 3]) }
    #expect(
      try Tiny.complaint(about: large.data)?.contains("max 3×3 by steps of 2×2 pooling, expected max 2×2 pooling")
        == true)
    var average = try TinyONNX()
    average.change("MaxPool") { $0.type = "AveragePool" }
    #expect(try Tiny.complaint(about: average.data)?.contains("AveragePool node block1_pool stands before") == true)
    var early = try TinyONNX()
    let index = try #require(early.nodes.firstIndex { $0.output == "block4_conv2" })
    early.nodes.insert(
      TinyONNX.Node(
        type: "MaxPool", inputs: ["block4_conv1/relu"], output: "early",
        attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])]), at: index)
    early.nodes[index + 1].inputs[0] = "early"
    #expect(try Tiny.complaint(about: early.data)?.contains("followed by max 2×2 pooling, expected none") == true)
  }

  /// What stands in front of the network is done to an image that is 0–255, or 0–1: nothing tells.
  @Test func whatIsInFrontIsNamed() throws {
    func stated(_ type: String) throws -> StatedPreprocessing? {
      var model = try TinyONNX()
      model.add("mean", [1, 2, 3])
      model.nodes.insert(TinyONNX.Node(type: type, inputs: ["image", "mean"], output: "centred"), at: 0)
      model.nodes[1].inputs[0] = "centred"
      return try Tiny.withFile(model.data) { (path: String) throws in
        #expect(try Tiny.read(path) == Tiny.expected())
        return try WeightFile(path: path).content.stated
      }
    }
    #expect(try stated("Sub") == .unclear("its Sub node centred"))
    #expect(try stated("Mul") == .unclear("its Mul node centred"))
    #expect(try stated("Resize") == nil)
  }

  /// Windows that hang over the edge make a map of 7 a map of 4, and not of 3.
  @Test func poolingsThatRoundUpAreRefused() throws {
    func complaint(_ name: String, _ value: TinyONNX.Attribute) throws -> String? {
      var model = try TinyONNX()
      model.change("MaxPool") { $0.attributes[name] = value }
      return try Tiny.complaint(about: model.data)
    }
    #expect(
      try complaint("ceil_mode", .int(1))
        == "ONNX with 13 convolutions, not a VGG16: block1_conv2 (Conv node block1_conv2) is followed by max 2×2 (ceil_mode) "
        + "pooling, expected max 2×2 pooling")
    #expect(try complaint("ceil_mode", .int(0)) == nil)
    #expect(try complaint("auto_pad", .text("SAME_UPPER"))?.contains("max 2×2 (auto_pad SAME_UPPER) pooling") == true)
    #expect(try complaint("auto_pad", .text("VALID")) == nil)
    #expect(try complaint("dilations", .ints([2, 2]))?.contains("max 2×2 (dilations) pooling") == true)
    #expect(try complaint("pads", .ints([0, 0, 1, 1]))?.contains("max 2×2 with padding pooling") == true)
  }

  @Test func modelsForOneMachineAreRefused() throws {
    var model = try TinyONNX()
    model.change("Conv") { $0.domain = "com.microsoft.nchwc" }
    #expect(
      try Tiny.complaint(about: model.data)
        == "Conv node block1_conv1 is of the domain com.microsoft.nchwc: the model was optimised for one machine; give the "
        + "original")
    // An unknown domain's operators may mean anything.
    var other = try TinyONNX()
    other.change("Relu") { $0.domain = "org.example" }
    #expect(try Tiny.complaint(about: other.data)?.contains("Relu node block1_conv1/relu stands before") == true)
    var own = try TinyONNX()
    own.change("Relu") { $0.domain = "ai.onnx" }
    #expect(try Tiny.read(own.data).get() == Tiny.expected())
  }

  @Test(arguments: ["QLinearConv", "ConvInteger", "DequantizeLinear"])
  func quantisedModelsAreRefused(type: String) throws {
    var model = try TinyONNX()
    model.nodes[0].type = type
    #expect(try Tiny.complaint(about: model.data)?.contains("quantised to 8 bits, which loses the weights") == true)
  }
}
