// What another program computed, as JSON. Read here by hand, so that the tests of Embedded Swift, which has neither
// Foundation nor Codable, read the same file: see Tests/Arm64.

/// A value of a JSON file.
enum Recording {
  case number(Double)
  case string(String)
  case array([Recording])
  case object([String: Recording])

  /// A file of Fixtures.
  init(_ name: String) {
    var parser = RecordingParser(text: Fixture.bytes(name))
    self = parser.value()
  }

  subscript(key: String) -> Recording {
    guard case .object(let members) = self, let value = members[key] else { preconditionFailure("no \(key)") }
    return value
  }

  var number: Double {
    guard case .number(let number) = self else { preconditionFailure("not a number") }
    return number
  }

  var string: String {
    guard case .string(let string) = self else { preconditionFailure("not a string") }
    return string
  }

  var elements: [Recording] {
    guard case .array(let elements) = self else { preconditionFailure("not an array") }
    return elements
  }

  var numbers: [Double] { elements.map { $0.number } }
  var floats: [Float] { numbers.map { Float($0) } }
}

/// Trusts the file: it has no escapes in strings, and nothing is wrong with it.
private struct RecordingParser {
  let text: [UInt8]
  var position = 0

  init(text: [UInt8]) { self.text = text }

  mutating func value() -> Recording {
    switch next() {
    case UInt8(ascii: "{"): return .object(Dictionary(uniqueKeysWithValues: list(until: "}") { $0.member() }))
    case UInt8(ascii: "["): return .array(list(until: "]") { $0.value() })
    case UInt8(ascii: "\""): return .string(string())
    default: return .number(number())
    }
  }

  /// What comes next, white space left out.
  private mutating func next() -> UInt8 {
    while [UInt8(ascii: " "), UInt8(ascii: "\n")].contains(text[position]) { position += 1 }
    return text[position]
  }

  private mutating func list<Element>(
    until end: Unicode.Scalar, _ element: (inout RecordingParser) -> Element
  ) -> [Element] {
    var elements: [Element] = []
    position += 1
    while next() != UInt8(ascii: end) {
      if next() == UInt8(ascii: ",") { position += 1 }
      elements.append(element(&self))
    }
    position += 1
    return elements
  }

  private mutating func member() -> (String, Recording) {
    _ = next()
    let key = string()
    precondition(next() == UInt8(ascii: ":"))
    position += 1
    return (key, value())
  }

  private mutating func string() -> String {
    position += 1
    let end = text[position...].firstIndex(of: UInt8(ascii: "\""))!
    defer { position = end + 1 }
    return String(decoding: text[position..<end], as: UTF8.self)
  }

  private mutating func number() -> Double {
    let end = text[position...].firstIndex { !"+-.eE0123456789".utf8.contains($0) } ?? text.count
    defer { position = end }
    return decimal(String(decoding: text[position..<end], as: UTF8.self))
  }
}
