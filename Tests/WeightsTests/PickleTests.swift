import Foundation
import Testing
import Weights

/// Pickles that PyTorch would never write: each is refused in one line, runs nothing and takes no more memory than its size
/// allows.
@Suite struct PickleTests {
  /// A file in PyTorch's first container, whose state dict is `object` (opcodes after PROTO 2).
  private func file(_ object: [UInt8]) -> Data {
    let magicNumber: [UInt8] = [
      0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
    ]
    let version: [UInt8] = [0x80, 0x02, 0x4d, 0xe9, 0x03, 0x2e]
    let machine = [0x80, 0x02] + opcodes("}.")
    let keys = [0x80, 0x02] + opcodes("].")
    return Data(magicNumber + version + machine + [0x80, 0x02] + object + keys)
  }

  private func opcodes(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// BINUNICODE.
  private func string(_ text: String) -> [UInt8] { opcodes("X") + [UInt8(text.utf8.count), 0, 0, 0] + opcodes(text) }

  /// `name` as a storage of `count` float32 numbers.
  private func storage(_ name: String, count: [UInt8]) -> [UInt8] {
    opcodes("(") + string("storage") + opcodes("ctorch\nFloatStorage\n") + string(name) + string("cpu") + count
      + opcodes("tQ")
  }

  @Test(arguments: [
    ("cos\nsystem\n(X\u{2}\0\0\0idtR.", "asks for os.system"),
    ("cbuiltins\neval\n(X\u{2}\0\0\0{}tR.", "asks for builtins.eval"),
    ("ctorch._utils\n_rebuild_device_tensor_from_numpy\n.", "asks for torch._utils._rebuild_device_tensor_from_numpy"),
    ("ctorch\nFloatStorage\n)R.", "damaged pickle"),
    ("(S'id'\ntios\nsystem\n.", "asks for os.system"),
    ("P1\n.", "opcode 0x50"),
    ("}.", "without a state dict"),
    ("R.", "damaged pickle"),
    ("0.", "damaged pickle"),
    ("t.", "damaged pickle"),
    ("h\u{7}.", "damaged pickle"),
    ("}(X\u{1}\0\0\0au.", "damaged pickle"),
    ("NQ.", "damaged pickle"),
    ("X\u{7f}\u{7f}\u{7f}\u{7f}a.", "truncated"),
    ("cos\n", "truncated"),
  ])
  func refused(pickle: String, reason: String) throws {
    let complaint = try #require(try Tiny.complaint(about: file(opcodes(pickle))))
    #expect(complaint.contains(reason))
  }

  /// Python's protocol 4 takes a function's name from the stack.
  @Test func functionsOfProtocol4() throws {
    let pickle = string("posix") + string("system") + [0x93] + string("id") + [0x85] + opcodes("R.")
    let complaint = try #require(try Tiny.complaint(about: file(pickle)))
    #expect(complaint.contains("asks for posix.system, which was not run"))
  }

  @Test func absurdSizes() throws {
    let huge: [UInt8] = [0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0x40]  // 2^62
    let tooMuch = try #require(try Tiny.complaint(about: file(storage("0", count: huge) + opcodes("."))))
    #expect(tooMuch.contains("damaged pickle"))
    // A kernel of 2^62 × 3 × 3 × 3 over a storage of 54 numbers.
    let shape = opcodes("(") + huge + opcodes("K\u{3}K\u{3}K\u{3}t")
    let view = storage("0", count: opcodes("K6")) + opcodes("K\0") + shape + shape + [0x89] + opcodes("}t")
    let tensor = opcodes("ctorch._utils\n_rebuild_tensor_v2\n(") + view + opcodes("R")
    let state = opcodes("}") + string("features.0.weight") + tensor + opcodes("s.")
    let complaint = try #require(try Tiny.complaint(about: file(state)))
    #expect(complaint.contains("tensor features.0.weight has the shape 4611686018427387904×3×3×3, which no VGG16"))
  }

  /// What is nested deep overflows no stack, and what contains itself is never gone through twice.
  @Test func nesting() throws {
    let deep = String(repeating: "]", count: 200_000) + String(repeating: "a", count: 199_999)
    #expect(try Tiny.complaint(about: file(opcodes(deep + "."))) != nil)
    let itself = opcodes("}q\0") + string("self") + opcodes("h\0s.")
    #expect(try Tiny.complaint(about: file(itself)) != nil)
    // Forty dictionaries, each holding the next one sixty times.
    let entries = (0..<60).flatMap { string("\($0)") + opcodes("h\0") }
    let wide = opcodes("}q\0") + (0..<40).flatMap { _ in opcodes("}(") + entries + opcodes("uq\0") }
    #expect(try Tiny.complaint(about: file(wide + opcodes("."))) != nil)
  }
}
