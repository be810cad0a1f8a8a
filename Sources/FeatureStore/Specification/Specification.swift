import Core
import Foundation
import Storage

/// A value that decides a result. Its canonical encoding is what is hashed into the key, what files hold as an attribute, and
/// what is read back: a field that is added decides the key without anybody remembering it.
package protocol Specification: Codable, Equatable, Sendable {
  /// The most important of it in words, for people who look into a file with h5dump, and for messages.
  var readable: [Readable] { get }
  /// What is told where two values differ, in words for people who look at a terminal.
  var compared: [Readable] { get }
  /// What is compared where nothing of that differs.
  var comparedLast: [Readable] { get }
}

/// A fact in words.
package struct Readable: Equatable, Sendable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    (self.name, self.value) = (name, value)
  }

  /// Called as one says it: an attribute's name has underscores.
  package var inWords: Readable { Readable(name.replacing("_", with: " "), value) }
}

extension Specification {
  package var readable: [Readable] { [] }
  package var compared: [Readable] { readable.map(\.inWords) }
  package var comparedLast: [Readable] { [] }

  /// As `canonicalJSON`; a number that is not finite, which could not be encoded, is never let in.
  package var canonical: String { try! canonicalJSON() }

  /// - Throws: `DecodingError` where it is no encoding of such a value.
  package init(canonical: String) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(canonical.utf8))
  }

  /// SHA-256 of the encoding, in hexadecimal.
  package var key: String { SHA256.hash(data: Data(canonical.utf8)).hexadecimal }

  /// What differs from another value: in words as far as they tell, and else by the fields of the encoding.
  package func differences(from other: Self) -> [(name: String, theirs: String, mine: String)] {
    for part in [\Self.compared, \Self.comparedLast] {
      let words = Self.differences(Dictionary(self[keyPath: part]), Dictionary(other[keyPath: part]))
      if !words.isEmpty { return words }
    }
    return Self.differences(fields, other.fields)
  }

  /// What differs, as sentences: "layer was block4_pool, is now block5_conv3".
  package func changes(since before: Self) -> [String] {
    differences(from: before).map { "\($0.name) was \($0.theirs), is now \($0.mine)" }
  }

  private static func differences(
    _ mine: [String: String], _ theirs: [String: String]
  ) -> [(name: String, theirs: String, mine: String)] {
    Set(mine.keys).union(theirs.keys).sorted().compactMap { name in
      let (mine, theirs) = (mine[name] ?? "none", theirs[name] ?? "none")
      return mine == theirs ? nil : (name, abbreviated(theirs), abbreviated(mine))
    }
  }

  /// Every field of the encoding that holds no others, by its path: `features.inputSize.height`.
  package var fields: [String: String] {
    var fields: [String: String] = [:]
    func visit(_ value: Any, _ path: [String]) {
      switch value {
      case let object as [String: Any]: for (name, value) in object { visit(value, path + [name]) }
      case let array as [Any]: for (index, value) in array.enumerated() { visit(value, path + ["\(index)"]) }
      default: fields[path.joined(separator: ".")] = "\(value)"
      }
    }
    if let object = try? JSONSerialization.jsonObject(with: Data(canonical.utf8)) { visit(object, []) }
    return fields
  }

  /// A digest is told by its first digits; what a file says may be anything.
  private static func abbreviated(_ value: String) -> String {
    value.count == 64 && value.allSatisfy(\.isHexDigit) ? value.prefix(12) + "…" : value.printable
  }
}

extension Dictionary where Key == String, Value == String {
  fileprivate init(_ facts: [Readable]) {
    self.init(facts.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}
