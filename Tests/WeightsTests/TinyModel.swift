import Core
import Foundation
import HDF5
import Testing
import Weights

/// ``Tiny``'s weights as Keras files of any structure, and the JSON that Keras describes models with.
enum TinyModel {
  struct Layer {
    let name: String
    let kernel: [Float]
    let bias: [Float]
    let shape: [Int]
  }

  /// The thirteen convolutions, called as in Keras.
  static func layers() throws -> [Layer] {
    var rest = try Tiny.expected()[...]
    return Tiny.backbone.convolutions.map { row in
      let count = 9 * row.inputChannels * row.outputChannels
      let kernel = Array(rest.prefix(count))
      let bias = Array(rest.dropFirst(count).prefix(row.outputChannels))
      rest = rest.dropFirst(count + row.outputChannels)
      return Layer(name: row.name, kernel: kernel, bias: bias, shape: [3, 3, row.inputChannels, row.outputChannels])
    }
  }

  /// A convolution that is none of VGG16's: 3×3, of three channels to three.
  static let extra = Layer(
    name: "extra", kernel: [Float](repeating: 0.5, count: 81), bias: [0, 0, 0], shape: [3, 3, 3, 3])

  /// What a Normalization that was adapted to data has among its variables.
  struct Moments {
    let name: String
    let mean: [Float]
    let variance: [Float]

    func write(to group: any HDF5Container, names: [String]) throws {
      for (name, values) in zip(names, [mean, variance]) {
        try group.createDataset(name, .float32, shape: [values.count]).write(values)
      }
      try group.createDataset(names[2], .int64, shape: []).write([Int64(64)])
    }
  }

  /// Calls `check` with the path of a file in the legacy layout.
  ///
  /// - Parameters:
  ///   - front: a layer in front of all.
  ///   - models: by the layer's name, in order, the weights in it: several for a model inside the model.
  ///   - configuration: what `model_config` says.
  static func withLegacyFile(
    front: Moments? = nil, _ models: [(name: String, layers: [Layer])], configuration: String? = nil,
    backend: String? = "tensorflow", check: (String) throws -> Void
  ) throws {
    try withFile { file in
      let container: any HDF5Container = try configuration == nil ? file : file.createGroup("model_weights")
      if let configuration { try file.setAttribute("model_config", configuration) }
      if let backend { try container.setAttribute("backend", backend) }
      try container.setAttribute("layer_names", (front.map { [$0.name] } ?? []) + models.map(\.name))
      if let front {
        let group = try container.createGroup(front.name)
        let names = ["mean", "variance", "count"].map { "\(front.name)/\($0)" }
        try group.setAttribute("weight_names", names)
        try front.write(to: group, names: names)
      }
      for (name, layers) in models {
        let group = try container.createGroup(name)
        try group.setAttribute("weight_names", layers.flatMap { ["\($0.name)/kernel", "\($0.name)/bias"] })
        for layer in layers {
          try group.createDataset("\(layer.name)/kernel", .float32, shape: layer.shape).write(layer.kernel)
          try group.createDataset("\(layer.name)/bias", .float32, shape: [layer.bias.count]).write(layer.bias)
        }
      }
    } check: {
      try check($0)
    }
  }

  /// A file in Keras 3's layout.
  ///
  /// - Parameter groups: the path of each layer's group, such as `layers/conv2d`.
  static func keras3File(front: Moments? = nil, _ groups: [(path: String, layer: Layer)]) throws -> Data {
    var data = Data()
    try withFile { file in
      for (path, layer) in groups {
        try file.createDataset("\(path)/vars/0", .float32, shape: layer.shape).write(layer.kernel)
        try file.createDataset("\(path)/vars/1", .float32, shape: [layer.bias.count]).write(layer.bias)
      }
      try front?.write(to: file.createGroup("layers/normalization/vars"), names: ["0", "1", "2"])
    } check: {
      data = try Data(contentsOf: URL(fileURLWithPath: $0))
    }
    return data
  }

  /// The groups of a model's convolutions: `conv2d`, `conv2d_1`, …
  static func groups(in list: String, _ layers: [Layer]) -> [(path: String, layer: Layer)] {
    layers.enumerated().map { ("\(list)/conv2d\($0.offset == 0 ? "" : "_\($0.offset)")", $0.element) }
  }

  static func withFile(_ write: (HDF5File) throws -> Void, check: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).h5")
    defer { try? FileManager.default.removeItem(at: url) }
    let file = try HDF5File.create(url.path)
    try write(file)
    try file.close()
    try check(url.path)
  }
}

// MARK: - JSON

extension TinyModel {
  /// A layer as Keras describes it.
  static func json(_ className: String, _ name: String, _ config: String = "") -> String {
    #"{"class_name": "\#(className)", "name": "\#(name)", "config": {"name": "\#(name)"\#(config.isEmpty ? "" : ", ")\#(config)}}"#
  }

  static func model(_ className: String, _ name: String, _ layers: [String]) -> String {
    json(className, name, "\"layers\": [\(layers.joined(separator: ", "))]")
  }

  /// VGG16's layers, with poolings.
  ///
  /// - Parameters:
  ///   - convolution: what a convolution's configuration says.
  ///   - pooling: the class of the poolings.
  ///   - pooled: what a pooling's configuration says besides its size and its steps.
  static func vgg16(
    convolution: String = #""padding": "same", "activation": "relu""#, pooling: String = "MaxPooling2D",
    pooled: String = #""padding": "valid""#, behind: [String: String] = [:]
  ) -> [String] {
    let size = #""pool_size": [2, 2], "strides": [2, 2], \#(pooled)"#
    return Tiny.backbone.convolutions.flatMap { row -> [String] in
      let layers = [
        json("Conv2D", row.name, convolution), behind[row.name], row.pooling.map { json(pooling, $0, size) },
      ]
      return layers.compactMap(\.self)
    }
  }
}
