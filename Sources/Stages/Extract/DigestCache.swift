import Datasets
import FeatureStore
import Foundation
import Storage
import Synchronization

/// Digests of pictures that were read before, so that a run over unchanged images reads none of them.
///
/// A file is known by its device, inode, size and times, wherever it lies; a picture in an archive by those of the archive
/// and by its path in it. Nothing of this is part of a key: a digest that is not here is computed. What is in a file that
/// changed in the last two seconds is not remembered, for it could change again within the same tick of the clock (git's
/// index calls such a file racily clean).
package final class DigestCache: Sendable {
  private let path: String
  /// Of contents, by those of their origins.
  private let known: [ContentDigest: ContentDigest]
  private let seen: Mutex<[ContentDigest: ContentDigest]>

  private let now: @Sendable () -> Int64

  /// Reads what was saved. A file that is missing or damaged is an empty one.
  ///
  /// - Parameter now: the time in seconds since 1970.
  package init(_ path: String, now: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }) {
    self.path = path
    self.now = now
    known = Self.read(path) ?? [:]
    seen = Mutex(Dictionary(minimumCapacity: known.count))
  }

  /// The digest of a picture, by `content` where it is not known.
  ///
  /// - Parameter origin: as it is before `content` is read: if a file changes meanwhile, it is another one next time. Nil:
  ///   nothing is remembered.
  package func digest(of origin: PictureOrigin?, content: () throws -> [UInt8]) rethrows -> ContentDigest {
    guard let origin else { return ContentDigest(ofImage: try content()) }
    let key = Self.key(origin)
    let digest = try known[key] ?? ContentDigest(ofImage: content())
    if origin.file.lastChange < now() - 2 { seen.withLock { $0[key] = digest } }
    return digest
  }

  private static func key(_ origin: PictureOrigin) -> ContentDigest {
    ContentDigest(of: origin.file.fields.withUnsafeBytes { Array($0) } + Array(origin.entry.utf8))
  }

  /// Saves the digests that were asked for. Where that can't be done, the next run reads the pictures again.
  package func save() {
    let seen = seen.withLock(\.self)
    guard seen != known else { return }
    var records: [UInt8] = []
    records.reserveCapacity(seen.count * Self.recordSize)
    for (key, digest) in seen.sorted(by: { $0.key < $1.key }) { records += key.bytes + digest.bytes }
    try? AtomicFile.replace(path, with: Self.magic + Data(SHA256.hash(data: records)) + records)
  }

  // The file: a magic number, the SHA-256 of what follows it, and for each known picture that of its origin and its own.

  private static let magic = Data("digests3".utf8)
  private static let recordSize = 2 * ContentDigest.byteCount

  private static func read(_ path: String) -> [ContentDigest: ContentDigest]? {
    guard let data = (try? AtomicFile.contents(of: path)).map({ Data($0) }), data.starts(with: magic) else {
      return nil
    }
    let (checksum, records) = (data.dropFirst(magic.count).prefix(32), [UInt8](data.dropFirst(magic.count + 32)))
    guard Data(SHA256.hash(data: records)) == checksum, records.count % recordSize == 0 else { return nil }
    let pairs = stride(from: 0, to: records.count, by: recordSize).map { start in
      let middle = start + ContentDigest.byteCount
      return (
        ContentDigest(bytes: records[start..<middle]), ContentDigest(bytes: records[middle..<start + recordSize])
      )
    }
    return Dictionary(pairs) { first, _ in first }
  }
}
