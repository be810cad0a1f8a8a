import Core

/// The segments of a JPEG file that say something of its picture, before its first scan.
enum JPEGSegments {
  private static let exifPrefix = Array("Exif\0\0".utf8)
  private static let xmpPrefix = Array("http://ns.adobe.com/xap/1.0/\0".utf8)

  /// EXIF that is longer than a segment goes on in the next one.
  static func orientationData(_ bytes: [UInt8]) -> OrientationData {
    var data = OrientationData()
    forEach(bytes) { marker, content in
      guard marker == 0xE1 else { return }
      if content.starts(with: exifPrefix) {
        data.exif = (data.exif ?? []) + content.dropFirst(exifPrefix.count)
      } else if content.starts(with: xmpPrefix) {
        data.xmp = Array(content.dropFirst(xmpPrefix.count))
      }
    }
    return data
  }

  /// Whether the picture is coded without loss (marker SOF3), which libjpeg-turbo knows from version 3 on.
  static func isLossless(_ bytes: [UInt8]) -> Bool {
    var found = false
    forEach(bytes) { marker, _ in if marker == 0xC3 { found = true } }
    return found
  }

  /// The picture's height and width, as its frame header (SOF) has them; nil where there is none.
  static func size(_ bytes: [UInt8]) -> ImageSize? {
    var size: ImageSize?
    forEach(bytes) { marker, content in
      // C4, C8 and CC are no frames.
      guard 0xC0...0xCF ~= marker, marker & 3 != 0 || marker == 0xC0, content.count >= 5 else { return }
      let (start, word) = (content.startIndex, { Int(content[$0]) << 8 + Int(content[$0 + 1]) })
      size = ImageSize(height: word(start + 1), width: word(start + 3))
    }
    return size.flatMap { min($0.height, $0.width) > 0 ? $0 : nil }
  }

  /// Segments are a marker and a length that counts itself; the picture begins with SOS.
  private static func forEach(_ bytes: [UInt8], _ body: (_ marker: UInt8, _ content: ArraySlice<UInt8>) -> Void) {
    var offset = 2
    while offset + 4 <= bytes.count, bytes[offset] == 0xFF, bytes[offset + 1] != 0xDA {
      // Any number of them may fill up before a marker.
      if bytes[offset + 1] == 0xFF {
        offset += 1
        continue
      }
      let end = offset + 2 + Int(bytes[offset + 2]) << 8 + Int(bytes[offset + 3])
      guard end >= offset + 4, end <= bytes.count else { return }
      body(bytes[offset + 1], bytes[(offset + 4)..<end])
      offset = end
    }
  }
}
