import Core

/// Bitmaps of 4 or 8 bits whose rows are runs of one or, of 4 bits, two colours (Microsoft, "Bitmap Packing").
enum BMPRunLength {
  /// What is skipped, and what lies behind the end of a row or of the bitmap, has the palette's first colour.
  static func decode(_ bytes: [UInt8], _ header: BMPHeader) throws -> Image {
    let (height, width) = (header.height, header.width)
    var indices = [UInt8](repeating: 0, count: height * width)
    var reader = Reader(bytes: bytes, offset: header.pixelOffset, isHalves: header.bits == 4)
    try reader.read(into: &indices, width: width)
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 * indices.count) { output, count in
      for row in 0..<height {
        let start = (header.isTopDown ? row : height - 1 - row) * width
        for index in indices[start..<start + width] {
          for colour in header.palette[Int(index)] {
            output[count] = colour
            count += 1
          }
        }
      }
    }
    return Image(height: height, width: width, channels: 3, pixels: pixels)
  }

  private struct Reader {
    let bytes: [UInt8]
    var offset: Int
    /// Whether a byte has two pixels.
    let isHalves: Bool

    private enum Escape {
      static let endOfLine: UInt8 = 0
      static let endOfBitmap: UInt8 = 1
      static let move: UInt8 = 2
    }

    mutating func read(into pixels: inout [UInt8], width: Int) throws {
      let height = pixels.count / width
      var (row, column) = (0, 0)
      while row < height {
        let count = Int(try next())
        let value = try next()
        if count > 0 {
          for index in 0..<min(count, width - column) {
            pixels[row * width + column + index] = pixel(of: value, index)
          }
          column = min(column + count, width)
          continue
        }
        switch value {
        case Escape.endOfLine:
          (row, column) = (row + 1, 0)
        case Escape.endOfBitmap:
          return
        case Escape.move:
          column = min(column + Int(try next()), width)
          row += Int(try next())
        default:
          try readLiteral(count: Int(value), into: &pixels, row: row, column: column, width: width)
          column = min(column + Int(value), width)
        }
        // The last row need not be ended.
        if row == height - 1, column == width { return }
      }
    }

    private mutating func readLiteral(
      count: Int, into pixels: inout [UInt8], row: Int, column: Int, width: Int
    ) throws {
      let size = isHalves ? (count + 1) / 2 : count
      guard offset + size <= bytes.count else { throw BMP.cut }
      for index in 0..<min(count, width - column) {
        pixels[row * width + column + index] =
          isHalves ? pixel(of: bytes[offset + index / 2], index) : bytes[offset + index]
      }
      // Padded to an even number of bytes.
      offset += size + size % 2
    }

    /// The pixel `index` of a run.
    private func pixel(of value: UInt8, _ index: Int) -> UInt8 {
      guard isHalves else { return value }
      return index.isMultiple(of: 2) ? value >> 4 : value & 0x0F
    }

    private mutating func next() throws -> UInt8 {
      guard offset < bytes.count else { throw BMP.cut }
      defer { offset += 1 }
      return bytes[offset]
    }
  }
}
