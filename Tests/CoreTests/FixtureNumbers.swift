extension Fixture {
  /// A file of float32, little-endian.
  static func floats(_ name: String) -> [Float] { floats(bytes(name)) }

  static func floats(_ bytes: [UInt8]) -> [Float] {
    bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: Float.self) }
    }
  }

  /// The bytes that base 64 (RFC 4648) spells.
  static func bytes(base64 text: String) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var (bytes, bits, count) = ([UInt8](), UInt32(0), 0)
    for character in text.utf8 where character != UInt8(ascii: "=") {
      bits = bits << 6 | UInt32(alphabet.firstIndex(of: character)!)
      count += 6
      guard count >= 8 else { continue }
      count -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
    }
    return bytes
  }
}
