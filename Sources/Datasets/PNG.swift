import CPNG
import Core

/// Decodes PNG: 1 to 16 bits, grey, palette, colour, with or without alpha, interlaced or not; turned upright.
///
/// As Pillow's `convert("RGB")` but for two things that Pillow loses: transparent pixels are laid over white, and 16-bit
/// grey keeps its high byte, as 16-bit colour does. Gamma and colour profiles are not applied.
enum PNG {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  static func decode(_ bytes: [UInt8], limits: ImageLimits) throws -> Image {
    try bytes.withUnsafeBytes { input in
      var reader = png_reader()
      defer { png_reader_close(&reader) }
      guard png_reader_open(&reader, input.baseAddress, input.count, UInt32(clamping: limits.side)) == 1 else {
        throw failure(&reader)
      }
      let (height, width, channels) = (Int(reader.height), Int(reader.width), Int(reader.channels))
      try limits.check(height: height, width: width)
      var isComplete = false
      let pixels = [UInt8](unsafeUninitializedCapacity: height * width * channels) { output, count in
        isComplete = png_reader_pixels(&reader, output.baseAddress) == 1
        count = isComplete ? output.count : 0
      }
      guard isComplete else { throw failure(&reader) }
      let image = overWhite(height: height, width: width, channels: channels, pixels: pixels)
      return image.oriented(PNGChunks.orientationData(bytes).orientation)
    }
  }

  /// 8 bits a channel, grey or RGB, without loss.
  ///
  /// - Throws: ``DatasetError`` where libpng has no memory.
  static func encode(_ image: Image) throws -> [UInt8] {
    var header = png_image()
    header.version = png_uint_32(PNG_IMAGE_VERSION)
    header.width = png_uint_32(image.width)
    header.height = png_uint_32(image.height)
    header.format = image.channels == 1 ? png_uint_32(PNG_FORMAT_GRAY) : png_uint_32(PNG_FORMAT_RGB)
    defer { png_image_free(&header) }
    var size = image.pixels.count + image.pixels.count / 100 + image.height + (1 << 12)
    var isComplete = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { output, count in
      isComplete = png_image_write_to_memory(&header, output.baseAddress, &size, 0, image.pixels, 0, nil) == 1
      count = isComplete ? size : 0
    }
    guard isComplete else { throw DatasetError("a picture of \(image.size) can't be written as PNG") }
    return bytes
  }

  private static func failure(_ reader: inout png_reader) -> DatasetError {
    let message = withUnsafeBytes(of: &reader.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return DatasetError("not a whole PNG picture: \(message)")
  }
}

/// An image of 1 or 3 channels from one that may have an alpha channel behind them: what is transparent is white.
func overWhite(height: Int, width: Int, channels: Int, pixels: [UInt8]) -> Image {
  let colours = channels == 2 || channels == 4 ? channels - 1 : channels
  guard colours < channels else { return Image(height: height, width: width, channels: channels, pixels: pixels) }
  let count = height * width
  let opaque = [UInt8](unsafeUninitializedCapacity: count * colours) { output, initialized in
    pixels.withUnsafeBufferPointer { input in
      for pixel in 0..<count {
        let alpha = Int(input[pixel * channels + colours])
        for colour in 0..<colours {
          let value = Int(input[pixel * channels + colour]) * alpha + 255 * (255 - alpha)
          output[pixel * colours + colour] = UInt8((value + 127) / 255)
        }
      }
    }
    initialized = count * colours
  }
  return Image(height: height, width: width, channels: colours, pixels: opaque)
}
