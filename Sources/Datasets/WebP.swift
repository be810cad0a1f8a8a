import CWebP
import Core

/// Decodes WebP, lossy and lossless; what is transparent is laid over white. Animations are refused.
enum WebP {
  /// `RIFF`, four bytes of size, `WEBP`.
  static func isWebP(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 12 && bytes.starts(with: Array("RIFF".utf8)) && bytes[8..<12].elementsEqual("WEBP".utf8)
  }

  static func decode(_ bytes: [UInt8], limits: ImageLimits) throws -> Image {
    var features = WebPBitstreamFeatures()
    guard WebPGetFeatures(bytes, bytes.count, &features) == VP8_STATUS_OK else {
      throw DatasetError("not a whole WebP picture")
    }
    guard features.has_animation == 0 else { throw DatasetError("an animated WebP: expected a still picture") }
    let (height, width) = (Int(features.height), Int(features.width))
    try limits.check(height: height, width: width)
    let channels = features.has_alpha == 0 ? 3 : 4
    let decodeInto = features.has_alpha == 0 ? WebPDecodeRGBInto : WebPDecodeRGBAInto
    var isComplete = false
    let pixels = [UInt8](unsafeUninitializedCapacity: height * width * channels) { output, count in
      let rowBytes = Int32(width * channels)
      isComplete = decodeInto(bytes, bytes.count, output.baseAddress, output.count, rowBytes) != nil
      count = isComplete ? output.count : 0
    }
    guard isComplete else { throw DatasetError("not a whole WebP picture") }
    return overWhite(height: height, width: width, channels: channels, pixels: pixels)
  }
}
