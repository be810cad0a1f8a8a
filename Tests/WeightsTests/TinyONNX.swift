import Foundation

/// ``Tiny``'s network as an ONNX model, written field by field, whose nodes tests can change.
struct TinyONNX {
  struct Node {
    var type: String
    var domain = ""
    var inputs: [String]
    var output: String
    var attributes: [String: Attribute] = [:]
  }

  enum Attribute {
    case ints([Int])
    case int(Int)
    case text(String)
  }

  /// A convolution with the padding that keeps height and width, a ReLU, and after a block a pooling.
  var nodes: [Node] = []
  private var tensors: [[UInt8]] = []

  init() throws {
    var x = "image"
    for (row, layer) in zip(Tiny.backbone.convolutions, try TinyModel.layers()) {
      let (inputs, outputs) = (row.inputChannels, row.outputChannels)
      let kernel = (0..<outputs).flatMap { output in
        (0..<inputs).flatMap { input in (0..<9).map { layer.kernel[($0 * inputs + input) * outputs + output] } }
      }
      tensors += [
        Self.tensor("\(row.name)/kernel", [outputs, inputs, 3, 3], kernel),
        Self.tensor("\(row.name)/bias", [outputs], layer.bias),
      ]
      nodes.append(
        Node(
          type: "Conv", inputs: [x, "\(row.name)/kernel", "\(row.name)/bias"], output: row.name,
          attributes: ["pads": .ints([1, 1, 1, 1])]))
      nodes.append(Node(type: "Relu", inputs: [row.name], output: "\(row.name)/relu"))
      x = "\(row.name)/relu"
      if let pooling = row.pooling {
        nodes.append(
          Node(
            type: "MaxPool", inputs: [x], output: pooling,
            attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])]))
        x = pooling
      }
    }
  }

  /// Changes the nodes of a type.
  mutating func change(_ type: String, _ body: (inout Node) -> Void) {
    for index in nodes.indices where nodes[index].type == type { body(&nodes[index]) }
  }

  /// Takes the node away that puts out `output`, and has what reads it read what it read.
  mutating func remove(_ output: String) {
    guard let index = nodes.firstIndex(where: { $0.output == output }) else { return }
    let input = nodes.remove(at: index).inputs[0]
    for index in nodes.indices { nodes[index].inputs = nodes[index].inputs.map { $0 == output ? input : $0 } }
  }

  /// Adds a constant of int64.
  mutating func add(_ name: String, _ values: [Int]) {
    let bytes = values.flatMap { value in withUnsafeBytes(of: Int64(value).littleEndian) { Array($0) } }
    tensors.append(
      Self.field(5, Self.field(1, Self.varint(values.count)) + [0x10, 7] + Self.field(8, name) + Self.field(9, bytes)))
  }

  var data: Data { Data([0x08, 7] + Self.field(7, nodes.flatMap(Self.node) + tensors.flatMap { $0 })) }

  // MARK: Protocol buffers: a field is its number and kind, its length, its bytes

  private static func node(_ node: Node) -> [UInt8] {
    let attributes = node.attributes.sorted { $0.key < $1.key }.flatMap { name, value -> [UInt8] in
      switch value {
      case .ints(let values): field(5, field(1, name) + field(8, values.flatMap(varint)))
      case .int(let value): field(5, field(1, name) + [0x18] + varint(value))
      case .text(let text): field(5, field(1, name) + field(4, text))
      }
    }
    return field(
      1,
      node.inputs.flatMap { field(1, $0) } + field(2, node.output) + field(4, node.type) + attributes
        + (node.domain.isEmpty ? [] : field(7, node.domain)))
  }

  private static func tensor(_ name: String, _ shape: [Int], _ values: [Float]) -> [UInt8] {
    let bytes = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    return field(5, field(1, shape.flatMap(varint)) + [0x10, 1] + field(8, name) + field(9, bytes))
  }

  private static func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

  private static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(bytes.count) + bytes
  }

  private static func varint(_ value: Int) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f | 0x80)] + varint(value >> 7)
  }
}
