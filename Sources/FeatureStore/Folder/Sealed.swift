import Foundation
import Storage

/// A value in a JSON file with the SHA-256 of its other fields beside them, so that a flipped bit is noticed.
package struct Sealed<Value: Codable>: Codable {
  package let value: Value
  private let sha256: String

  private enum Key: String, CodingKey { case sha256 }

  package init(_ value: Value) throws {
    self.value = value
    sha256 = try Self.digest(of: value)
  }

  /// - Throws: `DecodingError` where the value is not the one that was sealed.
  package init(from decoder: any Decoder) throws {
    value = try Value(from: decoder)
    sha256 = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .sha256)
    guard try Self.digest(of: value) == sha256 else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "damaged"))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    try value.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(sha256, forKey: .sha256)
  }

  private static func digest(of value: Value) throws -> String {
    SHA256.hash(data: Data(try value.canonicalJSON().utf8)).hexadecimal
  }

  // MARK: - The file

  /// The value in the file; nil where there is none that is as it was written.
  package static func read(_ path: String) -> Value? {
    guard let bytes = try? AtomicFile.contents(of: path) else { return nil }
    return try? JSONDecoder().decode(Sealed.self, from: Data(bytes)).value
  }

  /// The file's text.
  package func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + [UInt8(ascii: "\n")]
  }
}
