import Core

/// What a picture file says of how the camera was held: in its EXIF data, or else in its XMP, as Pillow's
/// `exif_transpose` takes them.
struct OrientationData {
  /// A TIFF structure, perhaps behind `Exif\0\0`.
  var exif: [UInt8]?
  /// Extensible Metadata Platform, a text in XML (ISO 16684-1).
  var xmp: [UInt8]?

  /// 1–8; 1, upright, where the picture does not say, or the data make no sense.
  var orientation: Int {
    let value = exif.flatMap(EXIF.orientation(of:)) ?? xmp.flatMap(Self.orientation(ofXMP:)) ?? 1
    return 1...8 ~= value ? value : 1
  }

  /// The first digit behind `tiff:Orientation`, as an attribute or as an element.
  private static func orientation(ofXMP bytes: [UInt8]) -> Int? {
    let name = Array("tiff:Orientation".utf8)
    for start in bytes.indices where bytes[start] == name[0] && bytes[start...].starts(with: name) {
      var rest = bytes[(start + name.count)...]
      if rest.starts(with: Array("=\"".utf8)) {
        rest = rest.dropFirst(2)
      } else if rest.first == UInt8(ascii: ">") {
        rest = rest.dropFirst()
      } else {
        continue
      }
      if let digit = rest.first.map({ Int($0) - 0x30 }), 0...9 ~= digit { return digit }
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
