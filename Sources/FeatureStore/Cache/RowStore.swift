import Datasets
import Foundation
import HDF5
import Storage

/// The rows of a split that need not be computed: they are in parts, or in caches of earlier runs, of any split.
///
/// This one mechanism makes a run go on after a kill, and makes it compute only what changed: an image that was added,
/// replaced, renamed or moved to another split is looked up by its content.
package struct RowStore {
  package struct Location: Equatable {
    /// The file that has the row.
    package let path: String
    package let row: Int
  }

  private var locations: [ContentDigest: Location] = [:]
  /// Images that some run could not decode, by the digest of their content.
  private var undecodable: [String: SkippedImage] = [:]

  /// Looks for the plan's rows in the given files, the first ones first. Files that were made with other settings, or
  /// can't be read, are left out, and so are rows that turned out to be damaged.
  package init(for plan: SplitPlan, in paths: [String], without damages: [DamagedRows] = []) {
    let wanted = Set(plan.manifest.digests)
    // A file may be there under two names: see `Extraction.keepRows(of:)`.
    var seen: Set<FileIdentity> = []
    for path in paths {
      guard let identity = FileIdentity(path), seen.insert(identity).inserted else { continue }
      let damaged = damages.filter { FileIdentity($0.path) == identity }.map(\.rows)
      guard let content = Self.content(of: path, for: plan) else { continue }
      undecodable.merge(content.skipped.map { ($0.digest, $0) }) { first, _ in first }
      for (row, digest) in content.digests.enumerated() where wanted.contains(digest) && locations[digest] == nil {
        guard !damaged.contains(where: { $0.contains(row) }) else { continue }
        locations[digest] = Location(path: path, row: row)
      }
    }
  }

  /// Where the row of an image with this digest is; nil where it must be computed.
  package subscript(digest: ContentDigest) -> Location? { locations[digest] }

  /// How many of the plan's rows are there.
  package func rowCount(of plan: SplitPlan) -> Int { plan.manifest.digests.count { locations[$0] != nil } }

  /// The rows of the plan's manifest that must be computed; of images with the same content, the first.
  package func missingRows(of plan: SplitPlan) -> [Int] {
    let skipped = Set(skipped(of: plan).map(\.row))
    var seen: Set<ContentDigest> = []
    return plan.manifest.digests.indices.filter { row in
      let digest = plan.manifest.digests[row]
      return locations[digest] == nil && !skipped.contains(plan.manifest.index(ofRow: row))
        && seen.insert(digest).inserted
    }
  }

  /// The plan's images that can't be decoded, as far as is known, in the order of the manifest.
  package func skipped(of plan: SplitPlan) -> [SkippedImage] {
    guard !undecodable.isEmpty else { return [] }
    return zip(plan.manifest.contents.indices, plan.manifest.contents).compactMap { index, content in
      undecodable[content.bytes.hexadecimal].map { known in
        // The same content may have been met under another name.
        SkippedImage(row: index, name: plan.manifest.examples[index].name, reason: known.reason, digest: content)
      }
    }
  }

  /// What a file has, where it can be used: rounded rows only where rounded ones are wanted, and those made under a higher
  /// limit of pixels not at all, for nothing tells which are of images beyond the limit of this plan. What a cache lists as
  /// skipped is tried again.
  private static func content(
    of path: String, for plan: SplitPlan
  ) -> (digests: [ContentDigest], skipped: [SkippedImage])? {
    guard let file = try? HDF5File.open(path), (try? plan.spec.features.isOfRows(in: file)) == true,
      let features = try? file.dataset(CacheSchema.Name.features), features.rowSize == plan.featureShape.count,
      (try? FeatureChunks(features)) != nil,
      features.elementType == .float32 || features.elementType == plan.storage.elementType,
      let digests = try? file.readDigests(), digests.count == features.rowCount
    else { return nil }
    let isPart = (try? file.hasAttribute(CacheSchema.Attribute.complete)) == false
    let limit = pixelLimit(of: file, isPart: isPart)
    guard limit <= plan.spec.pixelLimit else { return nil }
    let skipped = isPart && limit == plan.spec.pixelLimit ? try? SkippedImage.list(in: file) : nil
    return (digests, skipped ?? [])
  }

  /// The most pixels of the images that a file has rows of. Those that say nothing were made under the usual limit.
  private static func pixelLimit(of file: HDF5File, isPart: Bool) -> Int {
    if isPart {
      return (try? file.attribute(CacheSchema.Attribute.maxPixels, as: Int.self)) ?? ImageLimits().pixels
    }
    let text = try? file.attribute(CacheSchema.Attribute.specification, as: String.self)
    return text.flatMap { try? CacheSpec(canonical: $0) }?.pixelLimit ?? ImageLimits().pixels
  }
}

extension FeatureSpec {
  /// Whether the attributes of a cache of the schema before say the same in words.
  func isSaid(by attributes: [String: String]) -> Bool {
    arithmetic == nil && readable.allSatisfy { attributes[$0.name] == $0.value }
  }

  /// Whether the rows of a cache or part were made in this way.
  fileprivate func isOfRows(in file: HDF5File) throws -> Bool {
    switch try file.attribute(CacheSchema.Attribute.schema, as: String.self) {
    case CacheSchema.name: return try file.attribute(CacheSchema.Attribute.featuresKey, as: String.self) == key
    case CacheSchema.nameBeforeSpecifications:
      return try isSaid(by: file.textAttributes())
    default: return false
    }
  }
}
