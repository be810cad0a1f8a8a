import Core

/// How a camera was held, from the EXIF data of its picture (JEITA CP-3451, tag 0x0112).
enum EXIF {
  /// 1–8; 1, upright, where the picture does not say or the data make no sense.
  static func orientation(ofJPEG bytes: [UInt8]) -> Int {
    var offset = 2
    // Segments are a marker and a length that counts itself; the picture begins with SOS.
    while offset + 4 <= bytes.count, bytes[offset] == 0xFF, bytes[offset + 1] != 0xDA {
      let end = offset + 2 + Int(bytes[offset + 2]) << 8 + Int(bytes[offset + 3])
      let isEXIF = bytes[offset + 1] == 0xE1 && bytes[(offset + 4)...].starts(with: Array("Exif\0\0".utf8))
      if isEXIF, end <= bytes.count {
        return orientation(ofTIFF: Array(bytes[min(offset + 10, end)..<end])) ?? 1
      }
      guard end > offset + 3 else { break }
      offset = end
    }
    return 1
  }

  /// The tag's value in the first directory of a TIFF structure.
  private static func orientation(ofTIFF bytes: [UInt8]) -> Int? {
    guard
      let isLittle = bytes.starts(with: Array("II".utf8)) ? true : bytes.starts(with: Array("MM".utf8)) ? false : nil
    else { return nil }
    func number(at offset: Int, count: Int) -> Int? {
      guard offset >= 0, offset + count <= bytes.count else { return nil }
      let field = bytes[offset..<offset + count]
      return (isLittle ? Array(field.reversed()) : Array(field)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(at: 2, count: 2) == 42, let directory = number(at: 4, count: 4),
      let entries = number(at: directory, count: 2)
    else { return nil }
    for entry in 0..<entries {
      let offset = directory + 2 + 12 * entry
      guard let tag = number(at: offset, count: 2) else { return nil }
      if tag == 0x0112 {
        return number(at: offset + 8, count: 2).flatMap { (1...8).contains($0) ? $0 : nil }
      }
    }
    return nil
  }
}

extension Image {
  /// The picture upright, from one that was stored by an EXIF orientation of 1–8.
  func oriented(_ orientation: Int) -> Image {
    guard (2...8).contains(orientation) else { return self }
    let last = (height - 1) * width
    // The source pixel of the first output pixel, and the steps to those of the next row and of the next column.
    let (first, rowStep, columnStep) =
      switch orientation {
      case 2: (width - 1, width, -1)
      case 3: (last + width - 1, -width, -1)
      case 4: (last, -width, 1)
      case 5: (0, 1, width)
      case 6: (last, 1, -width)
      case 7: (last + width - 1, -1, -width)
      default: (width - 1, -1, width)
      }
    let (height, width) = orientation < 5 ? (height, width) : (width, height)
    let upright = [UInt8](unsafeUninitializedCapacity: pixels.count) { output, count in
      for row in 0..<height {
        for column in 0..<width {
          let source = first + row * rowStep + column * columnStep
          for channel in 0..<channels {
            output[count] = pixels[source * channels + channel]
            count += 1
          }
        }
      }
    }
    return Image(height: height, width: width, channels: channels, pixels: upright)
  }
}
