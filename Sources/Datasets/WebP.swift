import CWebP
import Core

/// Decodes WebP, lossy and lossless; what is transparent is laid over white. Of an animation the first frame is taken.
enum WebP {
  /// `RIFF`, four bytes of size, `WEBP`.
  static func isWebP(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 12 && bytes.starts(with: Array("RIFF".utf8)) && bytes[8..<12].elementsEqual("WEBP".utf8)
  }

  static func decode(_ bytes: [UInt8], limits: ImageLimits) throws -> Image {
    var features = WebPBitstreamFeatures()
    guard WebPGetFeatures(bytes, bytes.count, &features) == VP8_STATUS_OK else { throw notWhole }
    try limits.check(height: Int(features.height), width: Int(features.width))
    let container = WebPContainer(bytes)
    guard container.isWhole else { throw notWhole }
    let image =
      if features.has_animation == 0 {
        try pixels(of: bytes, features)
      } else {
        try firstFrame(of: container, features)
      }
    return image.oriented(container.orientationData.orientation)
  }

  private static let notWhole = DatasetError("not a whole WebP picture")

  private static func pixels(of bytes: [UInt8], _ features: WebPBitstreamFeatures) throws -> Image {
    let (height, width) = (Int(features.height), Int(features.width))
    let channels = features.has_alpha == 0 ? 3 : 4
    let decodeInto = features.has_alpha == 0 ? WebPDecodeRGBInto : WebPDecodeRGBAInto
    var isComplete = false
    let pixels = [UInt8](unsafeUninitializedCapacity: height * width * channels) { output, count in
      let rowBytes = Int32(width * channels)
      isComplete = decodeInto(bytes, bytes.count, output.baseAddress, output.count, rowBytes) != nil
      count = isComplete ? output.count : 0
    }
    guard isComplete else { throw notWhole }
    return overWhite(height: height, width: width, channels: channels, pixels: pixels)
  }

  /// The animation as it begins: the first frame on a canvas that is transparent, or black where the file has no
  /// transparency.
  private static func firstFrame(of container: WebPContainer, _ features: WebPBitstreamFeatures) throws -> Image {
    let (height, width) = (Int(features.height), Int(features.width))
    guard let frame = container.firstFrame else { throw notWhole }
    var frameFeatures = WebPBitstreamFeatures()
    guard WebPGetFeatures(frame.file, frame.file.count, &frameFeatures) == VP8_STATUS_OK,
      frameFeatures.height == frame.height, frameFeatures.width == frame.width,
      frame.top + frame.height <= height, frame.left + frame.width <= width
    else { throw notWhole }
    var canvas = [UInt8](repeating: 0, count: height * width * 4)
    let isComplete = canvas.withUnsafeMutableBufferPointer { canvas in
      let start = (frame.top * width + frame.left) * 4
      return WebPDecodeRGBAInto(
        frame.file, frame.file.count, canvas.baseAddress! + start, canvas.count - start, Int32(4 * width)) != nil
    }
    guard isComplete else { throw notWhole }
    let hasAlpha = features.has_alpha != 0
    let image = Image(height: height, width: width, channels: 4, pixels: canvas)
    return hasAlpha ? overWhite(height: height, width: width, channels: 4, pixels: canvas) : image.withoutAlpha
  }
}

extension Image {
  fileprivate var withoutAlpha: Image {
    let count = height * width
    let colours = [UInt8](unsafeUninitializedCapacity: 3 * count) { output, initialized in
      for pixel in 0..<count {
        for colour in 0..<3 { output[3 * pixel + colour] = pixels[4 * pixel + colour] }
      }
      initialized = 3 * count
    }
    return Image(height: height, width: width, channels: 3, pixels: colours)
  }
}
