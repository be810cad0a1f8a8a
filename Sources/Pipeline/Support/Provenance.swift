import Core
import Crypto
import Foundation

/// Everything that decides a file's content, as named fields in a fixed order, and nothing that does not: no batch size,
/// thread count, absolute path or file time.
package struct Provenance: Equatable {
  package struct Field: Equatable {
    package let name: String
    package let value: String
  }

  package private(set) var fields: [Field] = []

  package init(_ fields: KeyValuePairs<String, String>) {
    self.fields = fields.map { Field(name: $0.key, value: $0.value) }
  }

  /// These fields and more.
  package func adding(_ more: KeyValuePairs<String, String>) -> Provenance {
    var all = self
    all.fields += more.map { Field(name: $0.key, value: $0.value) }
    return all
  }

  /// SHA-256, in hexadecimal, of the fields, each written as `name=value` with its length before it.
  package var key: String {
    var hash = SHA256()
    for field in fields {
      let line = "\(field.name)=\(field.value)"
      hash.update(data: Data("\(line.utf8.count):\(line)\n".utf8))
    }
    return hash.finalize().hexadecimal
  }

  /// The fields that differ from those in `other`, each as "name was …, is now …".
  package func changes(since other: (_ name: String) -> String?) -> [String] {
    fields.compactMap { field in
      guard let before = other(field.name), before != field.value else { return nil }
      return "\(field.name) was \(abbreviated(before)), is now \(abbreviated(field.value))"
    }
  }

  /// A digest is told by its first digits; what a file says may be anything.
  private func abbreviated(_ value: String) -> String {
    value.count == 64 && value.allSatisfy(\.isHexDigit) ? value.prefix(12) + "…" : value.printable
  }
}

extension Sequence<UInt8> {
  /// Two lower-case digits a byte.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
