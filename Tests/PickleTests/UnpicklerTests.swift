import Foundation
import Pickle
import Testing

/// What pickles hold, opcode by opcode; the readers of weights and of pictures have tests with files that Python made.
@Suite struct UnpicklerTests {
  private func unpickler(_ opcodes: [UInt8], limit: Int = 1 << 16) -> Unpickler {
    Unpickler(PickleSource(size: opcodes.count) { Array(opcodes[$0]) }, limit: limit)
  }

  private func entries(_ text: String) throws -> [String: PickleValue] {
    var pickle = unpickler(Array(text.utf8))
    let value = try pickle.load()
    return Dictionary(uniqueKeysWithValues: try pickle.entries(of: value))
  }

  @Test func protocol0IsText() throws {
    let entries = try entries("(dp0\nS'a'\np1\nI17\nsVb\nI01\nsS\"c\"\nL-5L\nsVd\nF0.5\nsVe\n(lp2\ng1\nas.")
    guard case .integer(17)? = entries["a"], case .bool(true)? = entries["b"], case .integer(-5)? = entries["c"],
      case .other? = entries["d"], case .list? = entries["e"]
    else {
      Issue.record("\(entries)")
      return
    }
  }

  @Test(arguments: ["S'a\n.", "Ix\n.", "Lx\n.", "g1\n.", "px\n.", "gx\n.", "2.", "(o.", "d.", "l."])
  func protocol0IsDamaged(text: String) throws {
    var pickle = unpickler(Array(text.utf8))
    #expect { try pickle.load() } throws: { error in
      guard case .damaged? = error as? PickleError else { return false }
      return true
    }
  }

  /// INST and OBJ name classes as GLOBAL does.
  @Test(arguments: ["(ios\nsystem\n.", "(cos\nsystem\no.", "cos\nsystem\n."])
  func functionsAreNotRun(text: String) throws {
    var pickle = unpickler(Array(text.utf8))
    #expect(throws: PickleError.asks(for: "os.system")) { try pickle.load() }
  }

  @Test func callsAreNoted() throws {
    var pickle = unpickler(Array("(imodule\nName\n}U\u{1}aK\u{7}sb.".utf8))
    let value = try pickle.load()
    #expect(pickle.function(of: value) == PickleFunction(module: "module", name: "Name"))
    let entries = try pickle.entries(of: value)
    guard entries.count == 1, entries[0].key == "a", case .integer(7) = entries[0].value else {
      Issue.record("\(entries)")
      return
    }
  }

  /// A string of a gigabyte in a source that has none of it in memory.
  @Test func longStringsAreNotRead() throws {
    let size = 1 << 30
    let start = Array("}U\u{4}dataB".utf8) + [0, 0, 0, 0x40]
    let end = Array("s.".utf8)
    nonisolated(unsafe) var most = 0
    let source = PickleSource(size: start.count + size + end.count) { range in
      most = max(most, range.count)
      return range.map { place in
        place < start.count ? start[place] : place < start.count + size ? 0 : end[place - start.count - size]
      }
    }
    var pickle = Unpickler(source, limit: 100)
    let value = try pickle.load()
    let entries = try pickle.entries(of: value)
    #expect(entries.count == 1 && pickle.range(of: entries[0].value) == start.count..<start.count + size)
    #expect(most <= 1 << 16)
    #expect(try pickle.text(entries[0].value) == nil)
  }

  @Test func theLimitCountsShortStrings() throws {
    let opcodes = Array("](".utf8) + (0..<100).flatMap { _ in Array("U\u{5}abcde".utf8) } + Array("e.".utf8)
    var enough = unpickler(opcodes, limit: 704)
    _ = try enough.load()
    var tooFew = unpickler(opcodes, limit: 703)
    #expect(throws: PickleError.truncated) { try tooFew.load() }
  }

  /// A thousand objects that share one state of many entries, and get one more each: nothing is copied.
  @Test func sharedStatesAreNotCopied() throws {
    let state = "}q\0(" + String(repeating: "NN", count: 10_000) + "u0"
    let objects = String(repeating: "ca\nb\n)Rh\0bU\u{1}xNs0", count: 1000)
    var pickle = unpickler(Array((state + objects + "N.").utf8), limit: 1 << 20)
    _ = try pickle.load()
    #expect(pickle.objects.count == 1000)
    #expect(pickle.containers.map(\.count).reduce(0, +) == 20_000 + 2000)
  }
}
