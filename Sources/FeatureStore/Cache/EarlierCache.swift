import Core
import Foundation
import HDF5
import Storage

/// A cache of the schema before this one's, 0.2.0's: the file can't be used, but its rows can, for it says in words how they
/// were made.
package struct EarlierCache: Sendable {
  package let path: String
  /// SHA-256 of what decided it, in hexadecimal.
  package let key: String
  /// On disk.
  package let bytes: Int
  /// The root attributes that are text, by which ``RowStore`` knows what its rows are of.
  package let attributes: [String: String]
  /// By its type in the file.
  package let isRounded: Bool
  /// What its rows are found by.
  let digests: Set<ContentDigest>

  package var rowCount: Int { digests.count }
  package var schema: String { CacheSchema.nameBeforeSpecifications }

  /// Nil where there is no such file, or it is no whole one.
  package init?(_ path: String) {
    guard let identity = FileIdentity(path), let file = try? HDF5File.open(path),
      let attributes = try? file.textAttributes(),
      attributes[CacheSchema.Attribute.schema] == CacheSchema.nameBeforeSpecifications,
      (try? file.hasAttribute(CacheSchema.Attribute.complete)) == true,
      let key = attributes[CacheSchema.Attribute.key], key.count == 64, key.allSatisfy(\.isHexDigit),
      let features = try? file.dataset(CacheSchema.Name.features), let digests = try? file.readDigests(),
      digests.count == features.rowCount
    else { return nil }
    (self.path, self.key, bytes, self.attributes) = (path, key, identity.size, attributes)
    isRounded = features.elementType == .float16
    self.digests = Set(digests)
  }

  /// Whether rows are made in the way of its own.
  package func isMade(as features: FeatureSpec) -> Bool {
    features.isSaid(by: attributes)
  }
}
