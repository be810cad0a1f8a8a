import Datasets
import Support

/// The images that a head was trained on, and those that it was chosen by: it knows the former, and the latter nearly as well, so
/// that on either it looks better than it is.
package struct SeenImages {
  private let folder: String
  /// What was done with them; nil where no cache has them any more.
  private let seen: [(what: String, digests: Set<ContentDigest>)]?
  /// Whether they are those of the training and validation splits that are in the cache folder now.
  package let areInPlace: Bool

  /// - Parameter cache: in which the head was trained.
  /// - Throws: as ``FeatureCache``, where train.h5 or valid.h5 is there and can't be read.
  package init(of head: HeadEnsemble, in cache: CacheFolder) throws {
    folder = cache.path
    let keys = [(Split.train, head.file.spec.trainKey), (.valid, head.file.spec.validKey)]
    func digests(_ path: String, _ key: String) throws -> Set<ContentDigest>? {
      guard let cache = try FeatureCache.ifThere(path), cache.key == key else { return nil }
      return Set(try cache.digests())
    }
    let inPlace = try keys.map { split, key in try digests(cache.features(of: split), key) }
    areInPlace = inPlace.allSatisfy { $0 != nil }
    let kept = KeptFeatures(cache)
    let found = try zip(keys, inPlace).compactMap { try $1 ?? digests(kept.path(ofKey: $0.1), $0.1) }
    guard found.count == keys.count else {
      seen = nil
      return
    }
    // Of heads of folds each was trained on what the others are judged by.
    seen =
      head.validation.images != nil
      ? [("trained on", found[0].union(found[1]))] : [("trained on", found[0]), ("chosen by", found[1])]
  }

  /// What is to be said of how good the head is on some images: a line each; none where it has seen none of them.
  ///
  /// - Parameters:
  ///   - images: nil of those that can't be read.
  ///   - name: of where they are.
  ///   - noun: what one of them is called.
  package func cautions(about images: [ContentDigest?], in name: String, _ noun: String) -> [String] {
    guard let seen else {
      return [
        "\(name): whether the head was trained on some of these \(noun)s can't be told: what it was trained on and chosen by "
          + "is not in \(folder) any more"
      ]
    }
    return seen.compactMap { what, digests in
      let known = images.count { $0.map(digests.contains) ?? false }
      guard known > 0 else { return nil }
      return
        "\(name): \(grouped(known)) of \(count(images.count, noun)) are among those that the head was \(what): they make "
        + "it look better than it is"
    }
  }
}
