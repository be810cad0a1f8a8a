import Core
import Foundation
import HDF5
import Testing
import Weights

/// The real ImageNet weights, from whichever of the two files the set-up fetched.
@Suite struct ImageNetTests {
  static let digest = "d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd"

  /// The files that `./pipeline.sh setup` may fetch, and the format of each.
  private static let formats: KeyValuePairs = [
    "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5": "Keras HDF5 (legacy)", "vgg16-imagenet.onnx": "ONNX",
  ]

  static func fetched() throws -> String {
    let folder = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("cache/weights")
    let paths = formats.map { folder.appendingPathComponent($0.key).path }
    return try #require(
      paths.first(where: FileManager.default.fileExists), "none of \(paths) is there: run ./pipeline.sh setup")
  }

  private func readFetched() throws -> PublishedWeights {
    try PublishedWeights.read(contentsOf: Self.fetched())
  }

  @Test func theFetchedFile() throws {
    let path = try Self.fetched()
    let published = try PublishedWeights.read(contentsOf: path)
    #expect(published.format == Self.formats.first { path.hasSuffix("/" + $0.key) }?.value)
    #expect(published.digest == Self.digest)
    #expect(published.knownAs == "ImageNet (Keras)")
    #expect(published.preprocessing == .caffe)
  }

  /// As extract exports them, with a head behind.
  @Test func onnx() throws {
    let cut = try #require(Backbone.vgg16.layer(named: "block5_pool"))
    let head = Head(
      architecture: try .dense(
        input: cut.outputShape(height: 32, width: 32), units: [], dropout: [0], classes: 2, pooling: false), seed: 1)
    let network = ONNXNetwork(
      size: ImageSize(height: 32, width: 32), preprocessing: .caffe, weights: try readFetched().weights, cut: cut,
      heads: [(head, nil)])
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).onnx")
    defer { try? FileManager.default.removeItem(at: url) }
    try network.model(labelNames: ["cat", "dog"]).write(to: url)
    let published = try PublishedWeights.read(contentsOf: url.path)
    #expect(published.format == "ONNX")
    #expect(published.digest == Self.digest)
    #expect(published.knownAs == "ImageNet (Keras)")
    #expect(published.preprocessing == .caffe)
  }

  /// The layout of Keras' release file, vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5.
  @Test func kerasLegacy() throws {
    let convolutions = try readFetched().weights.convolutions
    try TinyModel.withFile { file in
      try file.setAttribute("layer_names", ["input_1"] + Backbone.vgg16.convolutions.map(\.name))
      try file.createGroup("input_1").setAttribute("weight_names", [String]())
      for (row, convolution) in zip(Backbone.vgg16.convolutions, convolutions) {
        let group = try file.createGroup(row.name)
        try group.setAttribute("weight_names", ["\(row.name)_W_1:0", "\(row.name)_b_1:0"])
        let shape = [3, 3, row.inputChannels, row.outputChannels]
        try group.write(convolution.kernel, shape: shape, as: "\(row.name)_W_1:0")
        try group.write(convolution.bias, shape: [row.outputChannels], as: "\(row.name)_b_1:0")
      }
    } check: { path in
      let published = try PublishedWeights.read(contentsOf: path)
      #expect(published.format == "Keras HDF5 (legacy)")
      #expect(published.digest == Self.digest)
      #expect(published.preprocessing == .caffe)
    }
  }

  /// Fast.ai's file, whichever way round its kernels are: the digest tells.
  @Test(arguments: [false, true]) func theano(turned: Bool) throws {
    try TinyModel.withFile {
      try writeAsFastai(readFetched().weights.convolutions, turned: turned, to: $0)
    } check: { path in
      let published = try PublishedWeights.read(contentsOf: path)
      #expect(published.digest == Self.digest)
      #expect(published.preprocessing == .caffe)
      #expect(published.orientation == "Theano's kernels, \(turned ? "turned by 180°" : "not turned") (by the digest)")
    }
  }

  /// Weights trained on from ImageNet's have another digest; what they make of the probe image tells.
  @Test(arguments: [false, true]) func theanoTrainedOn(turned: Bool) throws {
    let convolutions = try readFetched().weights.convolutions.map { withNoise($0, relative: 1e-3) }
    try TinyModel.withFile {
      try writeAsFastai(convolutions, turned: turned, to: $0)
    } check: { path in
      let published = try PublishedWeights.read(contentsOf: path)
      #expect(published.knownAs == nil)
      #expect(published.digest == BackboneWeights(.vgg16, convolutions: convolutions).digest)
      let orientation = try #require(published.orientation)
      #expect(orientation.hasPrefix("Theano's kernels, \(turned ? "turned by 180°" : "not turned") (the probe image's"))
    }
  }

  @Test func theanoOfOtherWeights() throws {
    var random = Philox(seed: 4)
    let convolutions = Backbone.vgg16.convolutions.map { row in
      let limit = (6 / Float(9 * row.inputChannels)).squareRoot()  // He uniform: features of the inputs' size
      let kernel = (0..<9 * row.inputChannels * row.outputChannels).map { _ in random.uniform(from: -limit, to: limit) }
      return BackboneWeights.Convolution(kernel: kernel, bias: [Float](repeating: 0, count: row.outputChannels))
    }
    try TinyModel.withFile {
      try writeAsFastai(convolutions, turned: true, to: $0)
    } check: { path in
      #expect {
        try PublishedWeights.read(contentsOf: path)
      } throws: {
        "\($0)".contains("may or may not be turned by 180°, and neither way are they like weights known here")
      }
    }
  }

  /// A file that ends early, as a model that was cut there: the digest of what is there is known.
  @Test(arguments: [7, 10, 12]) func cutWeights(count: Int) throws {
    let convolutions = try readFetched().weights.convolutions.prefix(count)
    try TinyModel.withFile {
      try writeAsKeras(Array(convolutions), turned: false, to: $0)
    } check: { path in
      let published = try PublishedWeights.read(contentsOf: path)
      let last = Backbone.vgg16.convolutions[count - 1]
      #expect(published.weights.backbone.convolutions == Array(Backbone.vgg16.convolutions.prefix(count)))
      #expect(published.knownAs == "ImageNet (Keras), cut")
      #expect(published.preprocessing == .caffe)
      #expect(published.notes == ["the VGG16 ends with \(last.name): --layer goes up to \(last.pooling ?? last.name)"])
    }
  }

  /// Any small network begins like a VGG16.
  @Test func tooEarlyACutIsNoVGG16() throws {
    let convolutions = try readFetched().weights.convolutions.prefix(6)
    try TinyModel.withFile {
      try writeAsKeras(Array(convolutions), turned: false, to: $0)
    } check: { path in
      #expect {
        try PublishedWeights.read(contentsOf: path)
      } throws: {
        "\($0)".hasSuffix("with 6 convolutions, not a VGG16: block3_conv3 (kernel 3×3×256×256) is missing")
      }
    }
  }

  /// Keras 1 on Theano wrote turned kernels in TensorFlow's order, too, without naming its backend.
  @Test(arguments: [false, true]) func turnedInTensorFlowsOrder(turned: Bool) throws {
    let known = try readFetched().weights.convolutions
    let trainedOn = known.map { withNoise($0, relative: 1e-3) }
    for (convolutions, reason) in [(known, "by the digest)"), (trainedOn, "the probe image's")] {
      try TinyModel.withFile {
        try writeAsKeras(convolutions, turned: turned, to: $0)
      } check: { path in
        let published = try PublishedWeights.read(contentsOf: path)
        #expect(published.digest == BackboneWeights(.vgg16, convolutions: convolutions).digest)
        if turned {
          #expect(published.orientation?.hasPrefix("Theano's kernels, turned by 180° (\(reason)") == true)
        } else {
          #expect(published.orientation == nil)
        }
      }
    }
  }

  /// In TensorFlow's order, without a backend.
  private func writeAsKeras(
    _ convolutions: [BackboneWeights.Convolution], turned: Bool, to file: HDF5File
  ) throws {
    let rows = Backbone.vgg16.convolutions.prefix(convolutions.count)
    try file.setAttribute("layer_names", rows.map(\.name))
    for (row, convolution) in zip(rows, convolutions) {
      let group = try file.createGroup(row.name)
      try group.setAttribute("weight_names", ["\(row.name)_W", "\(row.name)_b"])
      let size = row.inputChannels * row.outputChannels
      let kernel =
        turned ? (0..<9).reversed().flatMap { convolution.kernel[$0 * size..<($0 + 1) * size] } : convolution.kernel
      try group.write(kernel, shape: [3, 3, row.inputChannels, row.outputChannels], as: "\(row.name)_W")
      try group.write(convolution.bias, shape: [row.outputChannels], as: "\(row.name)_b")
    }
  }

  /// Adds noise of a share of the weights' own root mean square.
  private func withNoise(_ convolution: BackboneWeights.Convolution, relative share: Float)
    -> BackboneWeights.Convolution
  {
    var random = Philox(seed: 16)
    let square = convolution.kernel.reduce(0) { $0 + $1 * $1 } / Float(convolution.kernel.count)
    let limit = share * (3 * square).squareRoot()
    return BackboneWeights.Convolution(
      kernel: convolution.kernel.map { $0 + random.uniform(from: -limit, to: limit) }, bias: convolution.bias)
  }

  /// The layout of Fixtures/make_fixtures.py's write_fastai: Keras 1 on Theano, with the top, of which nothing is read.
  private func writeAsFastai(_ convolutions: [BackboneWeights.Convolution], turned: Bool, to file: HDF5File) throws {
    let top = [("dense_1", 25_088, 4096), ("dense_2", 4096, 4096), ("dense_3", 4096, 1000)]
    let names = (1...13).map { "convolution2d_\($0)" }
    let weightless = ["lambda_1", "zeropadding2d_1", "maxpooling2d_1", "flatten_1", "dropout_1"]
    let layers: [String] = [Array(weightless[..<2]), names, Array(weightless[2...]), top.map(\.0)].flatMap(\.self)
    try file.setAttribute("layer_names", layers, isFixed: true)
    for name in weightless { try file.createGroup(name).setAttribute("weight_names", [Double]()) }
    for (name, (row, convolution)) in zip(names, zip(Backbone.vgg16.convolutions, convolutions)) {
      let group = try file.createGroup(name)
      try group.setAttribute("weight_names", ["\(name)_W", "\(name)_b"], isFixed: true)
      let (inputs, outputs) = (row.inputChannels, row.outputChannels)
      let kernel = theanosOrder(convolution.kernel, inputs: inputs, outputs: outputs, turned: turned)
      try group.write(kernel, shape: [outputs, inputs, 3, 3], as: "\(name)_W")
      try group.write(convolution.bias, shape: [outputs], as: "\(name)_b")
    }
    for (name, inputs, outputs) in top {
      let group = try file.createGroup(name)
      try group.setAttribute("weight_names", ["\(name)_W", "\(name)_b"], isFixed: true)
      _ = try group.createDataset("\(name)_W", .float32, shape: [inputs, outputs])  // takes no room until it is written
      _ = try group.createDataset("\(name)_b", .float32, shape: [outputs])
    }
  }

  private func theanosOrder(_ kernel: [Float], inputs: Int, outputs: Int, turned: Bool) -> [Float] {
    [Float](unsafeUninitializedCapacity: kernel.count) { output, count in
      for position in 0..<9 {
        for channels in 0..<inputs * outputs {
          let (input, channel) = (channels / outputs, channels % outputs)
          output[(channel * inputs + input) * 9 + (turned ? 8 - position : position)] =
            kernel[position * inputs * outputs + channels]
        }
      }
      count = kernel.count
    }
  }
}

extension HDF5Container {
  fileprivate func write(_ values: [Float], shape: [Int], as name: String) throws {
    try createDataset(name, .float32, shape: shape).write(values)
  }
}
