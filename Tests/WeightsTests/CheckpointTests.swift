import Foundation
import Testing
import Weights

/// PyTorch checkpoints as people keep them: with anything beside the weights, none of which is run.
@Suite struct CheckpointTests {
  @Test func anEntryThatWouldDoTooIsSaid() throws {
    let file = try WeightFile(path: Tiny.path("torch-ema.pth"))
    #expect(file.content.parts.compactMap(\.entry).first == "model")
    #expect(Set(file.content.parts.compactMap(\.entry)) == ["model", "ema"])
    #expect(
      try file.notes(on: Tiny.backbone) == [
        "taken is model; ema would do, too: to use it, save it in a file of its own"
      ])
    #expect(try Tiny.read(Tiny.path("torch-ema.pth")) == Tiny.expected())
  }

  /// A whole model says how its modules are applied.
  @Test(arguments: [
    (
      "torch-whole-ceil.pth",
      "PyTorch (zip), not a VGG16: module 4 (MaxPool2d with ceil_mode 1) stands before 5; expected block2_conv1 (kernel "
        + "3×3×3×4)"
    ),
    (
      "torch-whole-stride.pth",
      "PyTorch (zip) with 13 convolutions, not a VGG16: block1_conv1 (0) has stride 2×2; expected block1_conv1 "
        + "(kernel 3×3×3×2)"
    ),
    (
      "torch-whole-leaky.pth",
      "PyTorch (zip), not a VGG16: module 1 (LeakyReLU) stands before 2; expected block1_conv2 (kernel 3×3×2×3)"
    ),
  ])
  func otherNetworksOfTheSameShapesAreRefused(fixture: String, reason: String) throws {
    #expect(try Tiny.complaint(about: Tiny.data(fixture)) == reason)
  }

  /// A pickle that asks to run something is refused, whatever else is in it.
  @Test(arguments: [
    "os\nsystem", "subprocess\nPopen", "builtins\nexec", "builtins\ngetattr", "__builtin__\neval",
    "importlib\nimport_module",
    "runpy\nrun_path",
  ])
  func dangerousFunctions(name: String) throws {
    let (module, function) = (name.split(separator: "\n")[0], name.split(separator: "\n")[1])
    let complaint = try Self.complaint("}X\u{1}\0\0\0ac\(name)\ns.")
    #expect(complaint.contains("the pickle asks for \(module).\(function), which was not run"))
  }

  /// Classes that nobody knows here are named where there is nothing else.
  @Test func unknownObjectsAlone() throws {
    let complaint = try Self.complaint("cmy.models\nVGG\n)\u{81}}X\u{1}\0\0\0aK\u{1}sb.")
    #expect(
      complaint.contains("the pickle asks for my.models.VGG, which was not run: expected a state dict of tensors only"))
  }

  /// A pickle in PyTorch's first container.
  private static func complaint(_ pickle: String) throws -> String {
    let signature: [UInt8] = [
      0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
    ]
    let opcodes = pickle.unicodeScalars.map { UInt8($0.value) }
    return try #require(try Tiny.complaint(about: Data(signature + "N.}.".utf8 + opcodes + "].".utf8)))
  }
}
