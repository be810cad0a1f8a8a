/// Bits, the highest of each byte first. Behind the end there are zeros.
struct BitReader {
  private let bytes: ArraySlice<UInt8>
  private var position = 0

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// Whether more was read than there is.
  var isBeyond: Bool { position > 8 * bytes.count }

  mutating func bits(_ count: Int) -> Int {
    var value = 0
    for _ in 0..<count {
      let byte = position / 8 < bytes.count ? bytes[bytes.startIndex + position / 8] : 0
      value = value << 1 | Int(byte >> (7 - position % 8) & 1)
      position += 1
    }
    return value
  }

  mutating func flag() -> Bool { bits(1) == 1 }

  mutating func skip(_ count: Int) { position += count }

  /// Exp-Golomb: n zeros, a one, and n bits (ITU-T H.265, 9.2; AV1, 4.10.3). Nil for what has no 32 bits.
  mutating func golomb() -> Int? {
    var zeros = 0
    while !flag() {
      zeros += 1
      if zeros > 31 || isBeyond { return nil }
    }
    return (1 << zeros) - 1 + bits(zeros)
  }
}
