import Foundation
import SwiftProtobuf

/// Reads the convolutions of an ONNX model (https://onnx.ai/onnx/repo-docs/IR.html): any graph that passes the image
/// through one chain of convolutions, whatever its tensors are called and whoever made it.
enum ONNXReader {
  /// Whether this may be a ModelProto: protobuf has no signature, but every exporter writes `ir_version` first.
  static func recognizes(_ data: Data) -> Bool {
    data.count >= 2 && data[data.startIndex] == 0x08
  }

  /// - Throws: ``Unreadable``.
  static func read(_ data: Data) throws -> WeightContent {
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    let model: ONNXModelProto
    do {
      model = try ONNXModelProto(serializedBytes: data, options: options)
    } catch {
      throw Unreadable("not a whole ONNX model (\(error)): a truncated or damaged file? Fetch it again")
    }
    let tensors = model.graph.initializer + model.graph.node.compactMap(\.constant)
    if let tensor = tensors.first(where: { $0.dataLocation != 0 }) {
      throw Unreadable(
        "tensor \(tensor.name) lies in another file (external data): save the model as one file "
          + "(torch.onnx.export(…, external_data=False))")
    }
    if let node = model.graph.node.first(where: \.isForOneMachine) {
      throw Unreadable(
        "\(node.label) is of the domain \(node.domain): the model was optimised for one machine; give the original")
    }
    if let node = model.graph.node.first(where: \.isQuantized) {
      throw Unreadable(
        "\(node.label): the model was quantised to 8 bits, which loses the weights; give the float32 model that it was made "
          + "from")
    }
    var walk = ONNXGraphWalk()
    let chain = try chain(of: model.graph, by: &walk)
    return WeightContent(
      format: "ONNX", tensors: tensors.map(\.listed), chain: chain,
      stated: walk.inFront.map { .unclear("its \($0)") })
  }

  private static func chain(of graph: ONNXGraphProto, by walk: inout ONNXGraphWalk) throws -> ConvolutionChain {
    for tensor in graph.initializer { walk.constants[tensor.name] = Constant(tensor) }
    do {
      for node in graph.node { try walk.visit(node) }
      return ConvolutionChain(walk.convolutions)
    } catch let error as Unreadable {
      return ConvolutionChain(walk.convolutions, obstacle: error.reason)
    }
  }
}

/// Goes through a graph's nodes once. ONNX has them sorted so that a tensor is made before it is used.
private struct ONNXGraphWalk {
  /// The tensors that are the same for every image, by name.
  var constants: [String: Constant] = [:]
  /// The convolutions met so far.
  private(set) var convolutions: [StoredConvolution] = []
  /// What changes the image's pixels in front of the first of them. Whether these are 0–255 there, or 0–1, nothing tells.
  private(set) var inFront: String?
  /// The tensors that the image makes, by name. The graph's inputs aren't in it.
  private var signals: [String: Signal] = [:]

  /// What became of the image where a tensor is made.
  private struct Signal {
    /// The last convolution before it, as an index; nil before the first.
    var convolution: Int?
    /// Whether only per-channel linear operations came since.
    var isLinear = false
    /// A node since the convolution that a VGG16 doesn't have.
    var foreigner: String?
    /// Whether a Pad node since has put a pixel of zeros around it.
    var isPadded = false
  }

  mutating func visit(_ node: ONNXNodeProto) throws {
    guard let output = node.output.first else { return }
    switch node.operation {
    case "Constant":
      if let tensor = node.constant { constants[output] = Constant(tensor) }
      return
    case "Identity", "Cast", "Transpose":
      if let constant = node.input.first.flatMap({ constants[$0] }) {
        constants[output] = node.opType == "Transpose" ? try constant.transposed(node.permutation) : constant
        return
      }
    case "Conv", "FusedConv":
      signals[output] = try visitConvolution(node)
      return
    default:
      break
    }
    signals[output] = try follow(node)
  }

  private mutating func visitConvolution(_ node: ONNXNodeProto) throws -> Signal {
    let label = node.label
    guard let image = node.input.first, node.input.count >= 2 else { throw Unreadable("\(label) has no kernel") }
    guard let kernel = constants[node.input[1]] else {
      throw Unreadable("\(label): its kernel \(node.input[1]) is not stored in the file")
    }
    let signal = signals[image] ?? Signal()
    if convolutions.isEmpty { inFront = signal.foreigner }
    if let foreigner = signal.foreigner, signal.convolution != nil {
      throw Unreadable("\(foreigner) stands before \(label)")
    }
    guard signal.convolution == (convolutions.isEmpty ? nil : convolutions.count - 1) else {
      throw Unreadable("\(label) does not follow the convolution before it: a VGG16 is one chain")
    }

    let view = try kernel.stored()
    guard view.shape.count == 4 else {
      throw Unreadable("\(label): kernel \(view.shape.timesJoined), expected output×input×3×3")
    }
    if !convolutions.isEmpty, view.shape.suffix(2) != [3, 3] {
      // Some heads have convolutions of 7×7 and 1×1 for dense layers.
      return Signal(convolution: signal.convolution, foreigner: "\(label), with a kernel of \(view.shape.timesJoined),")
    }
    var bias: StoredTensor?
    if node.input.count > 2, !node.input[2].isEmpty {
      guard let constant = constants[node.input[2]] else {
        throw Unreadable("\(label): its bias \(node.input[2]) is not stored in the file")
      }
      bias = try constant.stored().squeezed()
    }
    var convolution = StoredConvolution(name: label, kernel: view.transposed([2, 3, 1, 0]), bias: bias)
    convolution.application = node.application(isPadded: signal.isPadded)
    convolutions.append(convolution)
    return Signal(convolution: convolutions.count - 1, isLinear: convolution.application?.activation == nil)
  }

  /// The signal after a node that is not a convolution.
  private mutating func follow(_ node: ONNXNodeProto) throws -> Signal {
    let inputs = node.input.filter { !$0.isEmpty && constants[$0] == nil }.map { signals[$0] ?? Signal() }
    guard var signal = inputs.first else { return Signal() }
    if inputs.contains(where: { $0.convolution != signal.convolution }) {
      signal.foreigner = "\(node.label), which joins two branches,"
    }
    switch node.operation {
    case "Identity", "Cast", "Transpose":
      break
    case "Resize", "Reshape", "Squeeze", "Unsqueeze":
      // What they do to an image changes no pixel's meaning.
      if signal.convolution != nil { signal.foreigner = signal.foreigner ?? node.label }
      signal.isLinear = false
    case "Add", "Mul", "BatchNormalization":
      if signal.isLinear, let convolution = signal.convolution, let follower = try follower(node) {
        convolutions[convolution].followers.append(follower)
      } else {
        signal.foreigner = signal.foreigner ?? node.label
      }
    case "Relu":
      signal.isLinear = false
      update(signal) { $0.activation = $0.activation ?? "relu" }
    case "MaxPool":
      signal.isLinear = false
      update(signal) { $0.poolings.append(node.pooling) }
    case "Pad":
      signal.isLinear = false
      signal.isPadded = try padsByOne(node)
      if !signal.isPadded { signal.foreigner = signal.foreigner ?? node.label }
    case "Dropout":
      signal.isLinear = false
    default:
      signal.isLinear = false
      signal.foreigner = signal.foreigner ?? node.label
    }
    return signal
  }

  private mutating func update(_ signal: Signal, _ change: (inout StoredConvolution.Application) -> Void) {
    // A branch that comes together again further on is met as what it leaves out.
    guard signal.foreigner == nil, let index = signal.convolution, var application = convolutions[index].application
    else { return }
    change(&application)
    convolutions[index].application = application
  }

  /// Whether a Pad puts one pixel of zeros on each side of height and width.
  private func padsByOne(_ node: ONNXNodeProto) throws -> Bool {
    var amounts = node.attribute.first { $0.name == "pads" }?.ints.map { Int($0) } ?? []
    if node.input.count > 1, let constant = constants[node.input[1]] { amounts = constant.integers }
    guard amounts.count == 8, amounts.allSatisfy({ $0 == 0 || $0 == 1 }) else { return false }
    return amounts.reduce(0, +) == 4 && amounts.prefix(4).elementsEqual(amounts.suffix(4))
  }

  /// What a node does to each channel by itself, if it is of that kind.
  private func follower(_ node: ONNXNodeProto) throws -> StoredConvolution.Follower? {
    let operands = try node.input.compactMap { name in try constants[name].map { try $0.stored().squeezed() } }
    switch (node.operation, operands.count) {
    case ("Add", 1):
      return .addition(operands[0])
    case ("Mul", 1):
      return .multiplication(operands[0])
    case ("BatchNormalization", 4):
      let epsilon = node.attribute.first { $0.name == "epsilon" }.map { Double($0.f) } ?? 1e-5
      return .batchNormalization(
        scale: operands[0], offset: operands[1], mean: operands[2], variance: operands[3], epsilon: epsilon)
    default:
      return nil
    }
  }
}

/// A tensor that is the same for every image, as stored or transposed.
private struct Constant {
  private let tensor: ONNXTensorProto
  /// The stored tensor's axes, in the order that this one has them in.
  private var axes: [Int]

  init(_ tensor: ONNXTensorProto) {
    self.tensor = tensor
    axes = Array(tensor.dims.indices)
  }

  /// - Parameter permutation: as a Transpose has it; empty means reversed.
  /// - Throws: ``Unreadable``.
  func transposed(_ permutation: [Int]) throws -> Constant {
    let permutation = permutation.isEmpty ? axes.indices.reversed() : permutation
    guard permutation.count <= 8, permutation.sorted() == Array(axes.indices) else {
      throw Unreadable("a Transpose of \(tensor.name), which has \(axes.count) axes, asks for \(permutation.prefix(8))")
    }
    var transposed = self
    transposed.axes = permutation.map { axes[$0] }
    return transposed
  }

  /// Of a short tensor of int64.
  var integers: [Int] {
    guard tensor.dataType == 7, tensor.dims.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) <= 16
    else {
      return []
    }
    if tensor.rawData.isEmpty { return tensor.int64Data.map { Int($0) } }
    return tensor.rawData.withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map {
        Int(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)))
      }
    }
  }

  /// - Throws: ``Unreadable``.
  func stored() throws -> StoredTensor {
    try tensor.stored().transposed(axes)
  }
}

extension ONNXNodeProto {
  /// For messages: exporters often leave the name empty.
  fileprivate var label: String {
    "\(opType) node \(name.isEmpty ? output.first ?? "" : name)"
  }

  /// Its type, where that is one of ONNX's own or a fusion of two that ONNX Runtime makes; else one that nothing here knows.
  fileprivate var operation: String {
    switch (domain, opType) {
    case ("", _), ("ai.onnx", _): opType
    case ("com.microsoft", "FusedConv"): opType
    default: "\(domain).\(opType)"
    }
  }

  /// Whether it takes kernels in an order that suits one processor.
  fileprivate var isForOneMachine: Bool { domain.hasSuffix(".nchwc") || domain.hasSuffix(".nhwc") }

  fileprivate var isQuantized: Bool {
    ["QLinearConv", "ConvInteger", "QLinearMatMul", "DequantizeLinear", "DynamicQuantizeLinear", "QGemm"].contains(
      opType)
  }

  /// How a Conv or FusedConv is applied, but for what follows it.
  ///
  /// - Parameter isPadded: whether a Pad in front has put a pixel around.
  fileprivate func application(isPadded: Bool) -> StoredConvolution.Application {
    var application = StoredConvolution.Application(isPadded: isPadded)
    var isAutomatic = false
    for attribute in attribute {
      switch attribute.name {
      case "strides", "dilations":
        if attribute.ints.contains(where: { $0 != 1 }) {
          application.peculiarity = "\(attribute.name) \(attribute.ints), not 1"
        }
      case "group":
        if attribute.i != 1 { application.peculiarity = "group \(attribute.i), not 1" }
      case "pads":
        guard attribute.ints.contains(where: { $0 != 0 }) else { continue }
        let isUsual = attribute.ints.allSatisfy { $0 == 1 } && !isPadded
        if isUsual { application.isPadded = true } else { application.peculiarity = "pads \(attribute.ints)" }
      case "auto_pad":
        isAutomatic = ["SAME_UPPER", "SAME_LOWER"].contains(String(decoding: attribute.s, as: UTF8.self))
      case "activation":
        application.activation = String(decoding: attribute.s, as: UTF8.self).lowercased()
      default: break
      }
    }
    if isAutomatic { application.isPadded = true }
    return application
  }

  /// Of a MaxPool: "max 2×2", with all that makes it another than that.
  fileprivate var pooling: String {
    func integers(_ name: String) -> [Int] { attribute.first { $0.name == name }?.ints.map { Int($0) } ?? [] }
    let size = integers("kernel_shape")
    let strides = integers("strides").isEmpty ? size.map { _ in 1 } : integers("strides")
    var text = "max \(size.timesJoined)"
    if strides != size { text += " by steps of \(strides.timesJoined)" }
    if integers("pads").contains(where: { $0 != 0 }) { text += " with padding" }
    if integers("dilations").contains(where: { $0 != 1 }) { text += " (dilations)" }
    // Both make a map of 7 a map of 4, and not of 3.
    if attribute.contains(where: { $0.name == "ceil_mode" && $0.i != 0 }) { text += " (ceil_mode)" }
    let padding = attribute.first { $0.name == "auto_pad" }.map { String(decoding: $0.s, as: UTF8.self) } ?? "NOTSET"
    if !["NOTSET", "VALID"].contains(padding) { text += " (auto_pad \(padding))" }
    return text
  }

  /// Of a Constant: its tensor, under the name by which others know it.
  fileprivate var constant: ONNXTensorProto? {
    guard opType == "Constant", let output = output.first,
      var tensor = attribute.first(where: { $0.name == "value" && $0.hasT })?.t
    else { return nil }
    tensor.name = output
    return tensor
  }

  /// Of a Transpose; empty means reversed.
  fileprivate var permutation: [Int] {
    attribute.first { $0.name == "perm" }?.ints.map { Int($0) } ?? []
  }
}

extension ONNXTensorProto {
  fileprivate var listed: ListedTensor {
    let integers: [Int32: String] = [2: "uint8", 3: "int8", 6: "int32", 7: "int64", 9: "bool"]
    let type = Self.elementTypes[dataType]?.rawValue ?? integers[dataType] ?? "ONNX type \(dataType)"
    return ListedTensor(name: name, shape: dims.map { Int($0) }, type: type)
  }

  /// A view of the values, which ONNX keeps either as raw bytes or in a typed list (half precision as integers).
  fileprivate func stored() throws -> StoredTensor {
    guard let elementType = Self.elementTypes[dataType] else {
      throw Unreadable("tensor \(name) has the ONNX data type \(dataType), expected FLOAT, FLOAT16, BFLOAT16 or DOUBLE")
    }
    let raw = self.rawData
    let (halves, singles, doubles) = (int32Data, floatData, doubleData)
    return try StoredTensor(name: name, elementType: elementType, shape: dims.map { Int($0) }) { body in
      if !raw.isEmpty { return try raw.withUnsafeBytes(body) }
      switch elementType {
      case .float16, .bfloat16:
        try halves.map { UInt16(truncatingIfNeeded: $0).littleEndian }.withUnsafeBytes(body)
      case .float32: try singles.withUnsafeBytes(body)
      case .float64: try doubles.withUnsafeBytes(body)
      }
    }
  }

  /// TensorProto.DataType.
  private static let elementTypes: [Int32: ElementType] = [1: .float32, 10: .float16, 11: .float64, 16: .bfloat16]
}
