/// The orientation in the EXIF data of a picture (JEITA CP-3451, tag 0x0112).
enum EXIF {
  private static let prefix = Array("Exif\0\0".utf8)

  /// The tag's value in the first directory; nil where there is none, 0 where there is one that is no number.
  ///
  /// - Parameter bytes: a TIFF structure, which `Exif\0\0` may precede, once or, as some programs write it, twice.
  static func orientation(of bytes: [UInt8]) -> Int? {
    var bytes = bytes[...]
    for _ in 0..<2 where bytes.starts(with: prefix) { bytes = bytes.dropFirst(prefix.count) }
    return Directory(Array(bytes))?.orientation
  }

  /// Whether the tag is there once, as a short, as cameras write it, right behind the first `Exif\0\0` of a JPEG.
  static func hasPlainOrientation(_ bytes: [UInt8]) -> Bool { Directory(bytes)?.hasPlainOrientation ?? false }

  /// The first directory of a TIFF structure.
  private struct Directory {
    let bytes: [UInt8]
    let isLittleEndian: Bool
    let offset: Int

    init?(_ bytes: [UInt8]) {
      guard bytes.starts(with: Array("II".utf8)) || bytes.starts(with: Array("MM".utf8)) else { return nil }
      self.bytes = bytes
      isLittleEndian = bytes[0] == UInt8(ascii: "I")
      guard let magic = Self.number(bytes, isLittleEndian, at: 2, count: 2), magic == 42,
        let offset = Self.number(bytes, isLittleEndian, at: 4, count: 4)
      else { return nil }
      self.offset = offset
    }

    /// Of several entries the last.
    var orientation: Int? {
      guard let entries = number(at: offset, count: 2) else { return nil }
      var value: Int?
      for entry in 0..<entries {
        let start = offset + 2 + 12 * entry
        guard let tag = number(at: start, count: 2), let type = number(at: start + 2, count: 2),
          let count = number(at: start + 4, count: 4)
        else { break }
        guard tag == 0x0112 else { continue }
        // A short or a long, with a sign or without: all others are no orientations.
        let bytes = count == 1 ? [3: 2, 8: 2, 4: 4, 9: 4][type] : nil
        value = bytes.flatMap { number(at: start + 8, count: $0) } ?? 0
      }
      return value
    }

    var hasPlainOrientation: Bool {
      let starts = (0..<(number(at: offset, count: 2) ?? 0)).map { offset + 2 + 12 * $0 }
        .filter { number(at: $0, count: 2) == 0x0112 }
      return starts.count == 1 && number(at: starts[0] + 2, count: 2) == 3 && number(at: starts[0] + 4, count: 4) == 1
    }

    private func number(at offset: Int, count: Int) -> Int? {
      Self.number(bytes, isLittleEndian, at: offset, count: count)
    }

    private static func number(_ bytes: [UInt8], _ isLittleEndian: Bool, at offset: Int, count: Int) -> Int? {
      guard offset >= 0, offset + count <= bytes.count else { return nil }
      let field = bytes[offset..<offset + count]
      return (isLittleEndian ? Array(field.reversed()) : Array(field)).reduce(0) { $0 << 8 | Int($1) }
    }
  }
}
