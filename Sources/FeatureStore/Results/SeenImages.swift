import Datasets
import Support

/// The images that a head was trained on, and those that it was chosen by: it knows the former, and the latter nearly as
/// well, so that on either it looks better than it is.
package struct SeenImages {
  private let seen: [(what: String, digests: Set<ContentDigest>)]

  /// - Parameter cache: in which the head was trained.
  /// - Returns: nil where neither the caches that are there nor those that are kept have these images any more.
  /// - Throws: as ``FeatureCache``, where one of them is there and can't be read.
  package init?(of head: HeadEnsemble, in cache: CacheFolder) throws {
    func digests(_ split: Split, _ key: String) throws -> Set<ContentDigest>? {
      for path in [cache.features(of: split), KeptFeatures(cache).path(ofKey: key)] {
        if let cache = try FeatureCache.ifThere(path), cache.key == key { return Set(try cache.digests()) }
      }
      return nil
    }
    guard let train = try digests(.train, head.file.spec.trainKey), let valid = try digests(.valid, head.file.validKey)
    else { return nil }
    // Of heads of folds each was trained on what the others are judged by.
    seen =
      head.validation.images != nil
      ? [("trained on", train.union(valid))] : [("trained on", train), ("chosen by", valid)]
  }

  package func contains(_ image: ContentDigest) -> Bool { seen.contains { $0.digests.contains(image) } }

  /// What is to be said of how good the head is on some images: a line each; none where it has seen none of them.
  ///
  /// - Parameters:
  ///   - images: nil of those that can't be read.
  ///   - folder: which has them.
  package func cautions(about images: [ContentDigest?], in folder: String) -> [String] {
    seen.compactMap { what, digests in
      let known = images.count { $0.map(digests.contains) ?? false }
      guard known > 0 else { return nil }
      return
        "\(folder): \(grouped(known)) of \(count(images.count, "picture")) are among those that the head was \(what): they "
        + "make it look better than it is"
    }
  }

  /// What is to be said where there is none of this.
  ///
  /// - Parameters:
  ///   - place: which has images that a head is judged by.
  ///   - noun: what they are called.
  package static func unclear(_ place: String, _ noun: String, _ cache: CacheFolder) -> String {
    "\(place): whether the head was trained on some of these \(noun) can't be told: what it was trained on and chosen by is "
      + "not in \(cache.path) any more"
  }
}
