import Core
import Foundation
import HDF5
import Testing
import Weights

/// The real ImageNet weights, from the file that the set-up fetches.
@Suite struct ImageNetTests {
  static let digest = "d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd"

  private func readFetched() throws -> PublishedWeights {
    let path = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("cache/weights/vgg16-imagenet.onnx").path
    try #require(FileManager.default.fileExists(atPath: path), "\(path) is missing: run ./pipeline.sh setup")
    return try PublishedWeights.read(contentsOf: path)
  }

  @Test func onnx() throws {
    let published = try readFetched()
    #expect(published.format == "ONNX")
    #expect(published.digest == Self.digest)
    #expect(published.knownAs == "ImageNet (Keras)")
    #expect(published.preprocessing == .caffe)
  }

  /// The layout of Keras' release file, vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5.
  @Test func kerasLegacy() throws {
    let convolutions = try readFetched().weights.convolutions
    try withFile { file in
      try file.setAttribute("layer_names", ["input_1"] + VGG16.convolutions.map(\.name))
      try file.createGroup("input_1").setAttribute("weight_names", [String]())
      for (row, convolution) in zip(VGG16.convolutions, convolutions) {
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

  /// The layout of the first Keras 1 files. Only the digest tells which way round Theano's kernels are.
  @Test(arguments: [false, true]) func theano(turned: Bool) throws {
    let convolutions = try readFetched().weights.convolutions
    try withFile { file in
      try file.setAttribute("nb_layers", 13)
      for (index, (row, convolution)) in zip(VGG16.convolutions, convolutions).enumerated() {
        let group = try file.createGroup("layer_\(index)")
        try group.setAttribute("nb_params", 2)
        let (inputs, outputs) = (row.inputChannels, row.outputChannels)
        let kernel = theanosOrder(convolution.kernel, inputs: inputs, outputs: outputs, turned: turned)
        try group.write(kernel, shape: [outputs, inputs, 3, 3], as: "param_0")
        try group.write(convolution.bias, shape: [outputs], as: "param_1")
      }
    } check: { path in
      let published = try PublishedWeights.read(contentsOf: path)
      #expect(published.digest == Self.digest)
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

  private func withFile(_ write: (HDF5File) throws -> Void, check: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).h5")
    defer { try? FileManager.default.removeItem(at: url) }
    let file = try HDF5File.create(url.path)
    try write(file)
    try file.close()
    try check(url.path)
  }
}

extension HDF5Container {
  fileprivate func write(_ values: [Float], shape: [Int], as name: String) throws {
    try createDataset(name, .float32, shape: shape).write(values)
  }
}
