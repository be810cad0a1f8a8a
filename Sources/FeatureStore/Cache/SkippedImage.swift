import Foundation
import HDF5
import Storage
import Support

/// An image that could not be decoded.
package struct SkippedImage: Codable, Sendable, Equatable {
  /// The image's row in the manifest, from 0.
  package let row: Int
  package let name: String
  package let reason: String
  /// SHA-256 of its content, in hexadecimal.
  package let digest: String

  /// One line of JSON, as the cache's `/skipped` holds it.
  package var json: String { try! canonicalJSON() }

  package init(row: Int, name: String, reason: String, digest: ContentDigest) {
    self.row = row
    self.name = name
    self.reason = reason
    self.digest = digest.bytes.hexadecimal
  }

  /// Nil where it is no such line.
  package init?(json: String) {
    guard let image = try? JSONDecoder().decode(SkippedImage.self, from: Data(json.utf8)), image.row >= 0 else {
      return nil
    }
    self = image
  }

  /// What a cache or a part lists, from the lines of its `/skipped`.
  ///
  /// - Throws: ``PipelineError`` where a line is none, or a row is there twice.
  package static func list(in file: HDF5File) throws -> [SkippedImage] {
    let lines = try file.readChecked(CacheSchema.Name.skipped)
    let images = lines.compactMap(SkippedImage.init(json:))
    guard images.count == lines.count, Set(images.map(\.row)).count == images.count else {
      throw PipelineError("/skipped is no list of images; run extract again", about: file.filePath)
    }
    return images
  }
}
