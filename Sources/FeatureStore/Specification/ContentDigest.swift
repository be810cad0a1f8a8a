import Datasets
import Foundation
import Storage

/// SHA-256 of an image's content. With the settings it decides a row of `/features`, so it is what a row is found by
/// when it can be taken over from an earlier run.
package struct ContentDigest: Hashable, Sendable {
  package static let byteCount = 32
  private let words: SIMD4<UInt64>

  package init(of content: [UInt8]) {
    words = SHA256.hash(data: content).withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
  }

  /// - Parameter image: the bytes of its file. Where versions before 0.4.0 read it otherwise, a word more is hashed: rows that
  ///   they made are not found by it, and a cache or head of theirs that it is in is out of date.
  package init(ofImage image: [UInt8]) {
    self.init(of: ImageDecoder.readsOtherwiseThanBefore(image) ? image + Array("read as from 0.4.0 on".utf8) : image)
  }

  /// - Precondition: 32 bytes.
  package init(bytes: ArraySlice<UInt8>) {
    precondition(bytes.count == Self.byteCount)
    words = bytes.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
  }

  /// Its first eight bytes.
  var firstWord: UInt64 { UInt64(littleEndian: words[0]) }

  package var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }
}

extension ContentDigest: Comparable {
  /// By their bytes.
  package static func < (first: ContentDigest, second: ContentDigest) -> Bool {
    withUnsafeBytes(of: first.words) { first in
      withUnsafeBytes(of: second.words) { first.lexicographicallyPrecedes($0) }
    }
  }
}
