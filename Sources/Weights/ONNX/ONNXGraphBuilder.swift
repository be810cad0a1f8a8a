import Foundation
import SwiftProtobuf

/// Builds an ONNX graph node by node (https://onnx.ai/onnx/operators): each call adds a node and returns the name of what
/// it puts out.
struct ONNXGraphBuilder {
  private(set) var graph = ONNXGraphProto()

  enum Attribute {
    case int(Int)
    case ints([Int])
    case float(Float)
  }

  /// ONNX's numbers for the types of tensors.
  private enum DataType {
    static let float: Int32 = 1
    static let int64: Int32 = 7
  }

  /// ONNX's numbers for the types of attributes.
  private enum AttributeType {
    static let float: Int32 = 1
    static let int: Int32 = 2
    static let ints: Int32 = 7
  }

  init(name: String, description: String) {
    graph.name = name
    graph.docString = description
  }

  /// - Parameter name: of the node and of its output; unique in the graph.
  mutating func node(
    _ operation: String, _ name: String, _ inputs: [String], _ attributes: KeyValuePairs<String, Attribute> = [:]
  ) -> String {
    var node = ONNXNodeProto()
    node.opType = operation
    node.name = name
    node.input = inputs
    node.output = [name]
    node.attribute = attributes.map { Self.attribute($0.key, $0.value) }
    graph.node.append(node)
    return name
  }

  private static func attribute(_ name: String, _ value: Attribute) -> ONNXAttributeProto {
    var attribute = ONNXAttributeProto()
    attribute.name = name
    switch value {
    case .int(let value):
      attribute.type = AttributeType.int
      attribute.i = Int64(value)
    case .ints(let values):
      attribute.type = AttributeType.ints
      attribute.ints = values.map(Int64.init)
    case .float(let value):
      attribute.type = AttributeType.float
      attribute.f = value
    }
    return attribute
  }

  mutating func constant(_ name: String, _ values: [Float], shape: [Int]) -> String {
    constant(name, DataType.float, bytes: values.littleEndianBytes, shape: shape)
  }

  mutating func constant(_ name: String, _ values: [Int64]) -> String {
    constant(name, DataType.int64, bytes: values.littleEndianBytes, shape: [values.count])
  }

  private mutating func constant(_ name: String, _ type: Int32, bytes: Data, shape: [Int]) -> String {
    var tensor = ONNXTensorProto()
    tensor.name = name
    tensor.dataType = type
    tensor.dims = shape.map(Int64.init)
    tensor.rawData = bytes
    graph.initializer.append(tensor)
    return name
  }

  /// Float32; as many rows as anyone likes.
  ///
  /// - Parameter shape: without the first dimension, N.
  mutating func input(_ name: String, rowShape shape: [Int]) -> String {
    graph.input.append(Self.value(name, shape))
    return name
  }

  mutating func output(_ name: String, rowShape shape: [Int]) {
    graph.output.append(Self.value(name, shape))
  }

  private static func value(_ name: String, _ rowShape: [Int]) -> ONNXValueInfoProto {
    var rows = ONNXTensorShapeProto.Dimension()
    rows.dimParam = "N"
    var value = ONNXValueInfoProto()
    value.name = name
    value.type.tensorType.elemType = DataType.float
    value.type.tensorType.shape.dim =
      [rows]
      + rowShape.map { extent in
        var dimension = ONNXTensorShapeProto.Dimension()
        dimension.dimValue = Int64(extent)
        return dimension
      }
    return value
  }

  /// The whole file, in the operators of opset 15.
  func model(metadata: [String: String]) throws -> Data {
    var opset = ONNXOperatorSetIdProto()
    opset.version = 15
    var model = ONNXModelProto()
    model.irVersion = 8
    model.producerName = "vgg16-feature-cache"
    model.graph = graph
    model.opsetImport = [opset]
    model.metadataProps = metadata.sorted { $0.key < $1.key }.map { key, value in
      var entry = ONNXStringStringEntryProto()
      (entry.key, entry.value) = (key, value)
      return entry
    }
    return try model.serializedData()
  }
}

extension Array where Element: BitwiseCopyable {
  /// As a file holds it. (Swift's platforms are little-endian.)
  var littleEndianBytes: Data { withUnsafeBytes { Data($0) } }
}
