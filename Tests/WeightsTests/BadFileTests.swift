import Foundation
import Testing
import Weights

/// Files that hold no VGG16 are refused in one line that says what was found and what was expected.
@Suite struct BadFileTests {
  @Test(arguments: [
    ("onnx-vgg19.onnx", "ONNX with 16 convolutions (a VGG19?), not a VGG16: block1_conv1 (Conv node /features/"),
    ("onnx-sigmoid.onnx", "Sigmoid node t49 stands before Conv node t53; expected block4_conv2 (kernel 3×3×7×8)"),
    ("onnx-stride.onnx", "has strides [2, 2], not 1; expected block3_conv1 (kernel 3×3×4×5)"),
    ("onnx-join.onnx", "joins two branches"),
    ("malice.pth", "the pickle asks for posix.system, which was not run"),
    ("malice-legacy.pth", "the pickle asks for posix.system, which was not run"),
    ("onnx-external.onnx", "lies in another file (external data): save the model as one file"),
    ("outside.keras", "zip file with ../../model.weights.h5, config.json, expected PyTorch's or Keras' weights"),
    ("outside.pth", "PyTorch file without a state dict"),
    ("bomb.keras", "zip entry model.weights.h5 unpacks to more than"),
    ("bomb.pth", "zip entry torch/data/0 unpacks to more than"),
    ("bomb-pickle.pth", "zip entry archive/data.pkl unpacks to more than 4194304 bytes"),
    ("keras3-links.weights.h5", "more layers than any VGG16 has"),
    ("tiny.f32", "no weight format that is known here"),
  ])
  func otherNetworks(fixture: String, reason: String) throws {
    let complaint = try #require(try Tiny.complaint(about: Tiny.data(fixture)))
    #expect(complaint.contains(reason))
  }

  @Test func wrongShapes() throws {
    let path = try Tiny.path("keras3-legacy.h5")
    #expect {
      try PublishedWeights.read(contentsOf: path)
    } throws: { error in
      "\(error)"
        == "\(path): Keras HDF5 (legacy) with 13 convolutions, not a VGG16: block1_conv1 (block1_conv1): kernel 3×3×3×2, "
        + "expected 3×3×3×64 (height×width×input×output)"
    }
  }

  @Test func missingFilesAndFolders() throws {
    let folder = FileManager.default.temporaryDirectory.path
    #expect(throws: WeightsError(path: "/no/such/file.h5", reason: "no such file; expected VGG16 weights")) {
      try PublishedWeights.read(contentsOf: "/no/such/file.h5")
    }
    #expect(throws: WeightsError(path: folder, reason: "a folder; expected a file of VGG16 weights")) {
      try PublishedWeights.read(contentsOf: folder)
    }
  }

  @Test(arguments: [
    ("", "an empty file"),
    ("<!DOCTYPE html><html><title>404</title></html>", "a web page"),
    ("\n  <?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "a web page or XML"),
    ("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "git lfs pull"),
    ("\u{8}\u{7}", "ONNX with 0 convolutions, not a VGG16: block1_conv1 (kernel 3×3×3×2) is missing"),
  ])
  func failedDownloads(content: String, reason: String) throws {
    let complaint = try #require(try Tiny.complaint(about: Data(content.utf8)))
    #expect(complaint.contains(reason))
  }

  /// With another first byte a file is in no known format, or a damaged one.
  @Test(arguments: readable) func wrongMagic(fixture: String) throws {
    var data = try Tiny.data(fixture)
    data[0] ^= 0xff
    #expect(try Tiny.complaint(about: data) != nil)
  }

  @Test func onnxWithoutAKernel() throws {
    // The node's input comes first, then the initialiser, which gets another name.
    var data = try Tiny.data("onnx-zoo.onnx")
    let name = Data("vgg0_conv3_weight".utf8)
    let input = try #require(data.range(of: name))
    let initializer = try #require(data.range(of: name, in: input.upperBound..<data.endIndex))
    data.replaceSubrange(initializer, with: Data("vgg0_conv3_height".utf8))
    let complaint = try #require(try Tiny.complaint(about: data))
    #expect(
      complaint == "ONNX, not a VGG16: Conv node vgg0_conv3_fwd: its kernel vgg0_conv3_weight is not stored in the file"
        + "; expected block2_conv2 (kernel 3×3×4×4)")
  }

  /// However often a constant is transposed, it is one view of it, and no stack overflows.
  @Test func onnxWithManyTransposes() throws {
    func message(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, UInt8(content.count)] + content }
    func text(_ tag: UInt8, _ text: String) -> [UInt8] { message(tag, Array(text.utf8)) }
    let transpose = message(0x0a, text(0x0a, "k") + text(0x12, "k") + text(0x22, "Transpose"))
    let convolution = message(0x0a, text(0x0a, "x") + text(0x0a, "k") + text(0x12, "y") + text(0x22, "Conv"))
    let initializer = message(0x2a, [0x08, 3, 0x08, 3, 0x08, 3, 0x08, 2, 0x10, 1] + text(0x42, "k"))
    var graph = Data()
    for _ in 0..<300_001 { graph += transpose }
    graph += convolution + initializer
    var file = Data([0x08, 7, 0x3a])
    for shift in [0, 7, 14, 21] { file.append(UInt8(truncatingIfNeeded: graph.count >> shift) | 0x80) }
    file.append(0)
    let complaint = try Tiny.complaint(about: file + graph)
    #expect(complaint == "ONNX with 1 convolutions, not a VGG16: block1_conv2 (kernel 3×3×2×3) is missing")
  }

  @Test func hdf5OfAnotherKind() throws {
    // A Keras file whose list of layers goes by another name.
    var data = try Tiny.data("keras3-legacy.h5")
    let name = try #require(data.range(of: Data("layer_names".utf8)))
    data.replaceSubrange(name, with: Data("lawyernames".utf8))
    let complaint = try #require(try Tiny.complaint(about: data))
    #expect(complaint.contains("not a Keras model's weights"))
  }

  static let readable = [
    "keras1-notop.h5", "keras3-nested.h5", "keras3.weights.h5", "onnx-torch.onnx", "onnx-odd.onnx", "onnx-zoo.onnx",
    "onnx-torch-bn.onnx",
    "torch.pth", "torch-legacy.pth", "torch-bn-legacy.pth", "torch-checkpoint.pth", "f16.safetensors",
    "keras3-nested.keras",
  ]

  /// Cut anywhere, a file is refused, or read to the same values where only what comes after the weights is missing.
  @Test(arguments: readable)
  func truncation(fixture: String) throws {
    let data = try Tiny.data(fixture)
    let whole = try Tiny.read(Tiny.path(fixture))
    for length in stride(from: 0, to: data.count, by: max(1, data.count / 199)) {
      if case .success(let values) = try Tiny.read(data.prefix(length)) { #expect(values == whole) }
    }
  }

  /// Damaged anywhere, a file is refused or read; it never ends the program. (Not promised of HDF5: libhdf5 itself
  /// reads wild pointers from a file whose metadata lie.)
  @Test(arguments: readable.filter { !$0.contains("keras") })
  func damage(fixture: String) throws {
    var random = SplitMix64(seed: 16)
    let whole = try Tiny.data(fixture)
    for _ in 0..<300 {
      var data = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        data[Int.random(in: 0..<data.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = try Tiny.complaint(about: data)
    }
  }
}

/// Small files that would ask for all the memory there is.
@Suite struct BombTests {
  private static let count = 20_000

  /// A pickle as PyTorch's container of before 1.6 has it, behind the magic number, the version and the machine.
  private static func legacy(_ pickle: [UInt8]) -> Data {
    let signature: [UInt8] = [
      0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
    ]
    return Data(signature + "N.}.".utf8 + pickle + "].".utf8)
  }

  @Test("a dictionary that holds itself many times")
  func recursion() throws {
    // {"a": itself, "a": itself, …}
    let items = [[UInt8]](repeating: Array("U\u{1}ah\0".utf8), count: Self.count).joined()
    let complaint = try Tiny.complaint(about: Self.legacy(Array("}q\0(".utf8) + items + "u.".utf8))
    #expect(complaint?.contains("without a state dict") == true)
  }

  @Test("many tensors, all of the same shape of many dimensions")
  func dimensions() throws {
    let shape =
      Array("(".utf8) + [[UInt8]](repeating: Array("K\u{1}".utf8), count: Self.count).joined() + "tq\u{1}".utf8
    let storage = "(U\u{7}storagectorch\nFloatStorage\nU\u{1}0U\u{3}cpuK\u{1}tQq\u{2}"
    let function = "ctorch._utils\n_rebuild_tensor_v2\nq\0"
    let tensors = [[UInt8]](repeating: Array("h\0(h\u{2}K\0h\u{1}h\u{1}tR".utf8), count: Self.count).joined()
    let complaint = try Tiny.complaint(
      about: Self.legacy(shape + storage.utf8 + function.utf8 + "(".utf8 + tensors + "t.".utf8))
    #expect(complaint?.contains("damaged pickle") == true)
  }

  @Test("many nodes that use one long tensor of half precision")
  func sharedTensor() throws {
    let long = Protobuf.tensor(
      "long", type: 10, dimensions: [1_000_000], field: 5, [UInt8](repeating: 0, count: 1_000_000))
    let kernel = Protobuf.tensor(
      "kernel", type: 1, dimensions: [2, 3, 3, 3], field: 9, [UInt8](repeating: 0, count: 216))
    let additions = (0..<Self.count).map { Protobuf.node("Add", ["\($0)", "long"], "\($0 + 1)") }
    let graph = [long, kernel, Protobuf.node("Conv", ["image", "kernel"], "0")] + additions
    let complaint = try Tiny.complaint(about: Protobuf.model(graph))
    #expect(complaint?.contains("ONNX with 1 convolutions, not a VGG16: block1_conv1") == true)
  }
}

/// Writes ONNX's protocol buffers: a field is its number and kind, its length, its bytes.
private enum Protobuf {
  static func model(_ graph: [[UInt8]]) -> Data {
    Data([0x08, 7] + field(7, Array(graph.joined())))
  }

  static func node(_ type: String, _ inputs: [String], _ output: String) -> [UInt8] {
    let inputs = inputs.flatMap { field(1, Array($0.utf8)) }
    return field(1, inputs + field(2, Array(output.utf8)) + field(4, Array(type.utf8)))
  }

  static func tensor(
    _ name: String, type: UInt8, dimensions: [Int], field number: Int, _ values: [UInt8]
  ) -> [UInt8] {
    let shape = field(1, dimensions.flatMap(varint))
    return field(5, shape + [0x10, type] + field(8, Array(name.utf8)) + field(number, values))
  }

  private static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(bytes.count) + bytes
  }

  private static func varint(_ value: Int) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f | 0x80)] + varint(value >> 7)
  }
}

/// Steele, Lea and Flood 2014: the same numbers in every run.
private struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
