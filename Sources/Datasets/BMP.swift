import Core

/// Decodes Windows' and OS/2's bitmaps: 1, 2, 4 and 8 bits with a palette, plain or run-length coded; 16, 24 and 32 bits, by
/// bit fields or without; from the bottom up or from the top down; transparent pixels over white.
///
/// The layout is Microsoft's "Bitmap Storage"; colours of fewer than 8 bits are stretched as Pillow does it, and so is what
/// lies beyond a short palette.
enum BMP {
  private static let signature = Array("BM".utf8)

  /// `BM`, a header of 14 bytes, and behind it another one whose size is one of the known ones.
  static func isBMP(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 18 && bytes.starts(with: signature) && BMPHeader.sizes.contains(bytes.littleEndian(at: 14, count: 4))
  }

  /// - Parameter bytes: for which ``isBMP(_:)`` holds.
  static func decode(_ bytes: [UInt8], limits: ImageLimits) throws -> Image {
    let header = try BMPHeader(bytes)
    try limits.check(height: header.height, width: header.width)
    switch header.compression {
    case .runs8, .runs4: return try BMPRunLength.decode(bytes, header)
    case .none, .bitFields: return try header.bits <= 8 ? packedIndices(bytes, header) : directColours(bytes, header)
    }
  }

  static let cut = DatasetError("not a whole BMP picture: the file ends too early")

  /// The offset in the file of each row, from the top.
  private static func rowStarts(_ bytes: [UInt8], _ header: BMPHeader) throws -> [Int] {
    let rowBytes = (header.width * header.bits + 7) / 8
    let stride = (header.width * header.bits + 31) / 32 * 4
    guard header.pixelOffset + (header.height - 1) * stride + rowBytes <= bytes.count else { throw cut }
    return (0..<header.height).map { row in
      header.pixelOffset + (header.isTopDown ? row : header.height - 1 - row) * stride
    }
  }

  private static func packedIndices(_ bytes: [UInt8], _ header: BMPHeader) throws -> Image {
    let (bits, width) = (header.bits, header.width)
    let mask = UInt8(truncatingIfNeeded: 1 << bits - 1)
    let starts = try rowStarts(bytes, header)
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 * header.height * width) { output, count in
      for start in starts {
        for column in 0..<width {
          let bit = column * bits
          let index = bytes[start + bit / 8] >> UInt8(8 - bits - bit % 8) & mask
          for colour in header.palette[Int(index)] {
            output[count] = colour
            count += 1
          }
        }
      }
    }
    return Image(height: header.height, width: width, channels: 3, pixels: pixels)
  }

  private static func directColours(_ bytes: [UInt8], _ header: BMPHeader) throws -> Image {
    let fields = header.fields
    let channels = fields.count
    let pixelBytes = header.bits / 8
    let starts = try rowStarts(bytes, header)
    let pixels = [UInt8](unsafeUninitializedCapacity: channels * header.height * header.width) { output, count in
      bytes.withUnsafeBufferPointer { input in
        for start in starts {
          for column in 0..<header.width {
            var value: UInt32 = 0
            for byte in (0..<pixelBytes).reversed() {
              value = value << 8 | UInt32(input[start + column * pixelBytes + byte])
            }
            for field in 0..<channels {
              output[count] = fields[field].value(in: value)
              count += 1
            }
          }
        }
      }
    }
    return overWhite(height: header.height, width: header.width, channels: channels, pixels: pixels)
  }
}
