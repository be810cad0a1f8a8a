import Core
import Foundation
import Storage
import Support
import SystemPackage

/// Caches that gave way to others, in the folder `kept`: their rows are found again by what they were made of, so that going
/// back to another size, layer, data set or limit computes nothing.
///
/// A cache that is kept is called by its key. What has the cache folder's lock may keep, put back and remove.
package struct KeptFeatures {
  private let cache: CacheFolder

  package init(_ cache: CacheFolder) {
    self.cache = cache
  }

  /// A cache that is kept.
  package struct Entry {
    package let cache: FeatureCache
    /// On disk.
    package let bytes: Int
  }

  /// Those that can be read, by name.
  package var entries: [Entry] {
    PartFile.paths(in: cache.kept).compactMap { path in
      guard let cache = try? FeatureCache(path), let identity = FileIdentity(path) else { return nil }
      return Entry(cache: cache, bytes: identity.size)
    }
  }

  /// Those of the schema before, whose rows can be taken over.
  package var earlier: [EarlierCache] { PartFile.paths(in: cache.kept).compactMap(EarlierCache.init) }

  /// The paths and sizes of those that can't be read: of another version, or damaged.
  package var unreadable: [(path: String, bytes: Int)] {
    let earlier = Set(earlier.map(\.path))
    return PartFile.paths(in: cache.kept)
      .filter { isOurs($0) && !earlier.contains($0) && (try? FeatureCache($0)) == nil }
      .map { ($0, FileIdentity($0)?.size ?? 0) }
  }

  /// Whether it is a file with a name as ours have it: 16 digits.
  private func isOurs(_ path: String) -> Bool {
    let stem = FilePath(path).stem ?? ""
    var status = stat()
    return stem.count == 16 && stem.allSatisfy(\.isHexDigit) && lstat(path, &status) == 0
      && status.st_mode & S_IFMT == S_IFREG
  }

  /// On disk, whether or not all can be read.
  package var bytes: Int {
    PartFile.paths(in: cache.kept).compactMap(FileIdentity.init).reduce(0) { $0 + $1.size }
  }

  /// Where the cache with this key is kept, if it is.
  package func path(ofKey key: String) -> String {
    FilePath(cache.kept).appending("\(key.prefix(16)).h5").string
  }

  /// Gives a cache that is about to be replaced a second name.
  ///
  /// - Throws: ``PipelineError`` where it can't be kept; it is as it was then.
  package func keep(_ cache: FeatureCache) throws { try keep(cache.path, key: cache.key) }

  /// - Throws: as ``keep(_:)-(FeatureCache)``.
  package func keep(_ cache: EarlierCache) throws { try keep(cache.path, key: cache.key) }

  private func keep(_ path: String, key: String) throws {
    try prepareFolder(cache.kept)
    let kept = self.path(ofKey: key)
    guard FileIdentity(path) != FileIdentity(kept) else { return }
    // Where the file system has no hard links, or one of that key is there already, the cache moves: no row is lost.
    guard link(path, kept) == 0 || rename(path, kept) == 0 else {
      throw PipelineError("\(path): can't be kept as \(kept): \(lastSystemError())")
    }
    try AtomicFile.syncFolder(of: kept)
  }

  /// Whether there is a file for a key, whatever is in it.
  package func has(_ key: String) -> Bool { FileIdentity(path(ofKey: key)) != nil }

  /// The cache with a key, read through.
  ///
  /// - Throws: ``DamagedRows``, ``PipelineError`` or `HDF5Error` where it is not as it was written.
  package func verified(_ key: String, pool: WorkerPool) throws -> FeatureCache {
    let cache = try FeatureCache(path(ofKey: key))
    guard cache.key == key else { throw PipelineError("\(cache.path): another cache than its name tells; remove it") }
    try cache.verify(pool: pool)
    return cache
  }

  /// Puts a cache back in its place.
  ///
  /// - Parameter staysKept: whether it is wanted in another place, too: two splits may have the same images.
  /// - Throws: ``PipelineError`` or `StorageError` where it can't be moved.
  package func putBack(_ spec: CacheSpec, to path: String, staysKept: Bool = false) throws {
    let kept = self.path(ofKey: spec.key)
    var source = kept
    if staysKept {
      source = path + ".kept"
      unlink(source)
    }
    guard !staysKept || link(kept, source) == 0, rename(source, path) == 0 else {
      throw PipelineError("\(kept): can't be put back as \(path): \(lastSystemError())")
    }
    for path in [path, kept] { try AtomicFile.syncFolder(of: path) }
  }

  /// Removes those that are of no use beside others, which have all of their rows.
  ///
  /// - Parameters:
  ///   - paths: of the caches that are in use.
  ///   - pool: reads those through that have another's rows: only a row that can be read takes the place of one that goes.
  package func removeWhatIs(in paths: [String], pool: WorkerPool) {
    var others = paths.compactMap { try? FeatureCache($0) }
    var sound: [String: Bool] = [:]
    func isSound(_ cache: FeatureCache) -> Bool {
      if let known = sound[cache.path] { return known }
      let isSound = (try? cache.verify(pool: pool)) != nil
      sound[cache.path] = isSound
      return isSound
    }
    // Of those that are kept, too, the larger ones have the rows of the smaller ones.
    for entry in entries.sorted(by: { ($1.cache.rowCount, $0.cache.path) < ($0.cache.rowCount, $1.cache.path) }) {
      let likely = entry.cache.isContained(in: others)
      if likely, entry.cache.isContained(in: entry.cache.alike(others).filter(isSound)) {
        unlink(entry.cache.path)
      } else {
        others.append(entry.cache)
      }
    }
    for cache in earlier where cache.isContained(in: cache.alike(others).filter(isSound)) { unlink(cache.path) }
    removeFolderIfEmpty()
  }

  /// Removes the one with a key; none is no error.
  ///
  /// - Throws: ``PipelineError``.
  package func remove(_ key: String) throws {
    let path = path(ofKey: key)
    guard unlink(path) == 0 || errno == ENOENT else {
      throw PipelineError("\(path): can't be removed: \(lastSystemError())")
    }
    removeFolderIfEmpty()
  }

  package func removeFolderIfEmpty() { rmdir(cache.kept) }
}

extension FeatureCache {
  /// Those that are made in the same way, not rounded further, and under no higher limit of pixels: see ``RowStore``.
  fileprivate func alike(_ caches: [FeatureCache]) -> [FeatureCache] {
    caches.filter { other in
      other.spec.features == spec.features && other.spec.pixelLimit <= spec.pixelLimit
        && (other.spec.storage.type == .float32 || spec.storage.type == .float16)
    }
  }

  /// Whether each row is in one of the caches that are alike.
  fileprivate func isContained(in caches: [FeatureCache]) -> Bool {
    let caches = alike(caches)
    guard !caches.isEmpty, let rows = try? digests() else { return false }
    return Set(rows).isContained(in: caches)
  }
}

extension EarlierCache {
  /// Those that are made in the same way, and not rounded further. It was made under the usual limit of pixels or a lower one.
  fileprivate func alike(_ caches: [FeatureCache]) -> [FeatureCache] {
    caches.filter { isMade(as: $0.spec.features) && ($0.spec.storage.type == .float32 || isRounded) }
  }

  fileprivate func isContained(in caches: [FeatureCache]) -> Bool { digests.isContained(in: caches) }
}

extension Set<ContentDigest> {
  /// Whether each row is in one of the caches.
  fileprivate func isContained(in caches: [FeatureCache]) -> Bool {
    isSubset(of: Set(caches.flatMap { (try? $0.digests()) ?? [] }))
  }
}
