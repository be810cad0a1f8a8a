import Foundation

/// An image that could not be decoded.
struct SkippedImage: Codable, Sendable, Equatable {
  /// The image's row in the manifest, from 0.
  let row: Int
  let name: String
  let reason: String

  /// One line of JSON, as the cache's `skipped` attribute holds it.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try! encoder.encode(self), as: UTF8.self)
  }

  init(row: Int, name: String, reason: String) {
    self.row = row
    self.name = name
    self.reason = reason
  }

  init(json: String) throws {
    self = try JSONDecoder().decode(SkippedImage.self, from: Data(json.utf8))
  }
}
