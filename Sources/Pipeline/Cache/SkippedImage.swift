import Foundation

/// An image that could not be decoded.
struct SkippedImage: Codable, Sendable, Equatable {
  /// The image's row in the manifest, from 0.
  let row: Int
  let name: String
  let reason: String
  /// SHA-256 of its content, in hexadecimal.
  let digest: String

  /// One line of JSON, as the cache's `/skipped` holds it.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try! encoder.encode(self), as: UTF8.self)
  }

  init(row: Int, name: String, reason: String, digest: ContentDigest) {
    self.row = row
    self.name = name
    self.reason = reason
    self.digest = digest.bytes.hexadecimal
  }

  init(json: String) throws {
    self = try JSONDecoder().decode(SkippedImage.self, from: Data(json.utf8))
  }
}
