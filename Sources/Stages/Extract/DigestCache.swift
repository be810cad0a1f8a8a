import Crypto
import FeatureStore
import Foundation
import Storage
import Synchronization

/// Digests of files that were read before, so that a run over unchanged images reads none of them.
///
/// A file is known by its device, inode, size and times, wherever it lies. Nothing of this is part of a key: a digest that
/// is not here is computed. A file that changed in the last two seconds is not remembered, for it could change again
/// within the same tick of the clock (git's index calls such a file racily clean).
package final class DigestCache: Sendable {
  private let path: String
  private let known: [FileIdentity: ContentDigest]
  private let seen = Mutex<[FileIdentity: ContentDigest]>([:])

  private let now: @Sendable () -> Int64

  /// Reads what was saved. A file that is missing or damaged is an empty one.
  ///
  /// - Parameter now: the time in seconds since 1970.
  package init(_ path: String, now: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }) {
    self.path = path
    self.now = now
    known = Self.read(path) ?? [:]
  }

  /// The digest of the file, by `content` where it is not known.
  package func digest(ofFile file: String, content: () throws -> [UInt8]) rethrows -> ContentDigest {
    // Before the content is read: if the file changes meanwhile, it is another one next time.
    guard let identity = FileIdentity(file) else { return ContentDigest(of: try content()) }
    let digest = try known[identity] ?? ContentDigest(of: content())
    if identity.lastChange < now() - 2 { seen.withLock { $0[identity] = digest } }
    return digest
  }

  /// Saves the digests of the files that were asked for. Where that can't be done, the next run reads the files again.
  package func save() {
    let seen = seen.withLock(\.self)
    guard seen != known else { return }
    var records = Data(capacity: seen.count * Self.recordSize)
    for (identity, digest) in seen.sorted(by: { $0.key.fields.lexicographicallyPrecedes($1.key.fields) }) {
      identity.fields.withUnsafeBytes { records.append(contentsOf: $0) }
      records.append(contentsOf: digest.bytes)
    }
    try? AtomicFile.replace(path, with: Self.magic + Data(SHA256.hash(data: records)) + records)
  }

  // The file: a magic number, the SHA-256 of what follows it, and a record of 72 bytes for each known file.

  private static let magic = Data("digests1".utf8)
  private static let recordSize = FileIdentity.fieldCount * 8 + ContentDigest.byteCount

  private static func read(_ path: String) -> [FileIdentity: ContentDigest]? {
    guard let data = (try? AtomicFile.contents(of: path)).map({ Data($0) }), data.starts(with: magic) else {
      return nil
    }
    let (checksum, records) = (data.dropFirst(magic.count).prefix(32), data.dropFirst(magic.count + 32))
    guard Data(SHA256.hash(data: records)) == checksum, records.count % recordSize == 0 else { return nil }
    let bytes = [UInt8](records)
    let pairs = stride(from: 0, to: bytes.count, by: recordSize).map { start in
      let record = bytes[start..<start + recordSize]
      return (
        FileIdentity(bytes: record.dropLast(ContentDigest.byteCount)),
        ContentDigest(bytes: record.suffix(ContentDigest.byteCount))
      )
    }
    return Dictionary(pairs) { first, _ in first }
  }
}
