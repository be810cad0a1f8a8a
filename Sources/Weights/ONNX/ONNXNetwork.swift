import Core
import Foundation

/// The whole network, from pixels to probabilities, as an ONNX model: preprocessing, the convolutions up to the cut, and the head, or
/// several whose probabilities are averaged.
///
/// In: `image`, N×height×width×3, red, green, blue, 0–255, of the size that the features were extracted at. Out:
/// `probabilities`, N×K.
public struct ONNXNetwork {
  private let size: ImageSize
  private let preprocessing: Preprocessing
  private let weights: BackboneWeights
  private let cut: Backbone.Layer
  private let heads: [(head: Head, tail: BackboneTail?)]

  /// - Parameters:
  ///   - size: of the images that go in.
  ///   - preprocessing: what is done to them before the first layer.
  ///   - weights: of the backbone.
  ///   - cut: the layer that the heads follow.
  ///   - heads: each with the convolutions between the cut and itself where it has some of its own.
  /// - Precondition: one or more heads for the features of the cut.
  public init(
    size: ImageSize, preprocessing: Preprocessing, weights: BackboneWeights, cut: Backbone.Layer,
    heads: [(head: Head, tail: BackboneTail?)]
  ) {
    precondition(!heads.isEmpty)
    self.size = size
    self.preprocessing = preprocessing
    self.weights = weights
    self.cut = cut
    self.heads = heads
  }

  /// The file.
  ///
  /// - Parameters:
  ///   - labelNames: the classes, in the order of the output's columns; for the description.
  ///   - metadata: texts that ride along, as `metadata_props`.
  /// - Throws: where protobuf can't hold it: more than 2 GiB.
  public func model(labelNames: [String], metadata: [String: String] = [:]) throws -> Data {
    var graph = ONNXGraphBuilder(
      name: weights.backbone.name,
      description:
        "image: RGB, 0-255, \(size.height)x\(size.width). probabilities: \(labelNames.joined(separator: ", "))")
    let image = graph.input("image", rowShape: [size.height, size.width, 3])
    let features = convolutions(on: preprocessed(image, in: &graph), in: &graph)
    let probabilities = heads.enumerated().map { index, head in
      let prefix = "head\(index + 1)"
      let input = head.tail.map { convolutions(of: $0, on: features, prefix: prefix, in: &graph) } ?? features
      return self.probabilities(of: input, by: head.head, prefix: prefix, in: &graph)
    }
    _ = graph.node(heads.count > 1 ? "Mean" : "Identity", "probabilities", probabilities)
    graph.output("probabilities", rowShape: [labelNames.count])
    return try graph.model(metadata: metadata)
  }

  /// `y[c] = (x[order[c]] / divisor − mean[c]) / deviation[c]`; N×3×height×width.
  private func preprocessed(_ image: String, in graph: inout ONNXGraphBuilder) -> String {
    var x = graph.node("Transpose", "planes", [image], ["perm": .ints([0, 3, 1, 2])])
    if preprocessing.order == .bgr {
      x = graph.node("Gather", "bgr", [x, graph.constant("bgr/channels", [2, 1, 0])], ["axis": .int(1)])
    }
    func perChannel(_ operation: String, _ name: String, _ values: [Float]) {
      x = graph.node(operation, name, [x, graph.constant("\(name)/constant", values, shape: [1, 3, 1, 1])])
    }
    if preprocessing.divisor != 1 {
      perChannel("Div", "scaled", [Float](repeating: preprocessing.divisor, count: 3))
    }
    perChannel("Sub", "centred", preprocessing.mean)
    if preprocessing.deviation != [1, 1, 1] { perChannel("Div", "normalized", preprocessing.deviation) }
    return x
  }

  /// The network up to the cut; N×C×H×W.
  private func convolutions(on image: String, in graph: inout ONNXGraphBuilder) -> String {
    var x = image
    for (index, row) in cut.convolutions.enumerated() {
      x = convolution(on: x, row, weights.convolutions[index], row.name, in: &graph)
      if let pooling = row.pooling, index < cut.lastConvolution || cut.isPooling {
        x = maxPooled(x, pooling, in: &graph)
      }
    }
    return x
  }

  /// The convolutions behind the cut, of which the last one's pooling is the head's; N×C×H×W.
  private func convolutions(
    of tail: BackboneTail, on features: String, prefix: String, in graph: inout ONNXGraphBuilder
  ) -> String {
    var x = features
    for (place, (row, parameters)) in zip(tail.rows, tail.convolutions).enumerated() {
      x = convolution(on: x, row, parameters, "\(prefix)/\(row.name)", in: &graph)
      if let pooling = row.pooling, place < tail.convolutions.count - 1 {
        x = maxPooled(x, "\(prefix)/\(pooling)", in: &graph)
      }
    }
    return x
  }

  private func convolution(
    on x: String, _ row: Backbone.Convolution, _ parameters: BackboneWeights.Convolution, _ name: String,
    in graph: inout ONNXGraphBuilder
  ) -> String {
    let kernel = graph.constant(
      "\(name)/kernel", outputFirst(parameters.kernel, row), shape: [row.outputChannels, row.inputChannels, 3, 3])
    let bias = graph.constant("\(name)/bias", parameters.bias, shape: [row.outputChannels])
    let sum = graph.node("Conv", "\(name)/sum", [x, kernel, bias], ["pads": .ints([1, 1, 1, 1])])
    return graph.node("Relu", name, [sum])
  }

  /// 3×3×Cin×Cout to Cout×Cin×3×3.
  private func outputFirst(_ kernel: [Float], _ row: Backbone.Convolution) -> [Float] {
    let (inputs, outputs) = (row.inputChannels, row.outputChannels)
    return [Float](unsafeUninitializedCapacity: kernel.count) { result, count in
      for output in 0..<outputs {
        for input in 0..<inputs {
          for tap in 0..<9 {
            result[(output * inputs + input) * 9 + tap] = kernel[(tap * inputs + input) * outputs + output]
          }
        }
      }
      count = kernel.count
    }
  }

  private func maxPooled(_ x: String, _ name: String, in graph: inout ONNXGraphBuilder) -> String {
    graph.node("MaxPool", name, [x], ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
  }

  /// N×K.
  private func probabilities(
    of features: String, by head: Head, prefix: String, in graph: inout ONNXGraphBuilder
  ) -> String {
    var x = features
    var values = head.values[...]
    for (layer, name) in zip(head.architecture.layers, head.architecture.layerNames) {
      let name = "\(prefix)/\(name)"
      switch layer {
      case .maxPooling: x = maxPooled(x, name, in: &graph)
      case .flatten:
        // Keras flattens with the channels last.
        x = graph.node("Transpose", "\(name)/channels_last", [x], ["perm": .ints([0, 2, 3, 1])])
        x = graph.node("Flatten", name, [x])
      case .dropout: break
      case .dense(let units, let activation):
        let (kernel, bias) = (values.removeFirst(), values.removeFirst())
        let parameters = [
          graph.constant("\(name)/kernel", kernel, shape: [kernel.count / units, units]),
          graph.constant("\(name)/bias", bias, shape: [units]),
        ]
        x = graph.node("Gemm", "\(name)/sum", [x] + parameters)
        switch activation {
        case .linear: break
        case .relu: x = graph.node("Relu", "\(name)/relu", [x])
        case .softmax: x = graph.node("Softmax", "\(name)/softmax", [x], ["axis": .int(1)])
        case .sigmoid: x = graph.node("Sigmoid", "\(name)/sigmoid", [x])
        }
      case .batchNormalization:
        let parameters = ["gamma", "beta", "moving_mean", "moving_variance"].map { variable in
          let value = values.removeFirst()
          return graph.constant("\(name)/\(variable)", value, shape: [value.count])
        }
        x = graph.node(
          "BatchNormalization", name, [x] + parameters, ["epsilon": .float(Head.batchNormalizationEpsilon)])
      }
    }
    return x
  }
}
