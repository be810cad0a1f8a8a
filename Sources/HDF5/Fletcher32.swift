/// The checksum of HDF5's fletcher32 filter (H5_checksum_fletcher32 in H5checksum.c).
///
/// With the data as 16-bit words w₀ … wₙ₋₁, big-endian, an odd last byte being the high half of a word, it is two sums
/// modulo 65535: Σ wᵢ in the low half and Σ (n − i) wᵢ in the high half. A sum that is a multiple of 65535, but not of
/// zeros only, is 65535 and not 0.
package enum Fletcher32 {
  package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    guard let base = bytes.baseAddress else { return 0 }
    // Swapping a word's bytes is multiplying it by 256 modulo 65535, so the sums are taken over little-endian words, as
    // they lie in memory, and swapped at the end.
    var low: UInt64 = 0
    var high: UInt64 = 0
    var offset = 0
    while bytes.count - offset >= 2 * lanes {
      let vectors = min(maximumVectors, (bytes.count - offset) / (2 * lanes))
      let (blockLow, blockHigh) = block(base + offset, vectors)
      high = fold(high + low * UInt64(vectors * lanes) + blockHigh)
      low = fold(low + blockLow)
      offset += vectors * 2 * lanes
    }
    while offset < bytes.count {
      let word = UInt64(bytes[offset]) | (offset + 1 < bytes.count ? UInt64(bytes[offset + 1]) << 8 : 0)
      low = fold(low + word)
      high = fold(high + low)
      offset += 2
    }
    return UInt32(UInt16(high).byteSwapped) << 16 | UInt32(UInt16(low).byteSwapped)
  }

  package static func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes(checksum) }

  private static let lanes = 16
  /// So many vectors of words may be added, and their partial sums again, before 32 bits overflow:
  /// 65535 · 256 · 257 / 2 < 2³².
  private static let maximumVectors = 256

  /// The two sums of a block of `vectors` · 16 words.
  ///
  /// Lane l adds up a = Σ w and b = Σ (vectors − j) w over its words, number 16 j + l. As n − i = 16 (vectors − j) − l,
  /// the block's second sum is Σ 16 b − l a.
  private static func block(_ base: UnsafeRawPointer, _ vectors: Int) -> (low: UInt64, high: UInt64) {
    var a = SIMD16<UInt32>()
    var b = SIMD16<UInt32>()
    for vector in 0..<vectors {
      let words = base.loadUnaligned(fromByteOffset: vector * 2 * lanes, as: SIMD16<UInt16>.self)
      a &+= SIMD16(truncatingIfNeeded: words)
      b &+= a
    }
    var low: UInt64 = 0
    var high: UInt64 = 0
    for lane in 0..<lanes {
      low += UInt64(a[lane])
      high += UInt64(lanes) * UInt64(b[lane]) - UInt64(lane) * UInt64(a[lane])
    }
    return (low, high)
  }

  /// The same modulo 65535, in 16 bits, and 0 only if it was 0.
  private static func fold(_ sum: UInt64) -> UInt64 {
    var sum = sum
    while sum > 0xFFFF { sum = (sum & 0xFFFF) + (sum >> 16) }
    return sum
  }
}
