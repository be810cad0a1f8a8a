import CTurboJPEG
import Core

/// Decodes JPEG: baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK; turned upright by its EXIF or XMP orientation.
///
/// As Pillow does it, with libjpeg-turbo's slow integer DCT and smooth upsampling; CMYK by Adobe's polarity.
enum JPEG {
  static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

  static func decode(_ bytes: [UInt8], for size: ImageSize? = nil, limits: ImageLimits) throws -> Image {
    guard let decoder = tjInitDecompress() else { throw DatasetError("out of memory") }
    defer { tjDestroy(decoder) }
    var header = try Header(bytes, decoder: decoder)
    try limits.check(height: header.height, width: header.width)
    if let size { header.reduce(by: reduction(of: header.size, for: size)) }
    var status: Int32 = 0
    let pixels = [UInt8](unsafeUninitializedCapacity: header.height * header.width * header.channels) { output, count in
      // A pitch of 0 means rows without padding. Some thousand scans of nothing are a bomb: the limit is 500.
      status = tjDecompress2(
        decoder, bytes, UInt(bytes.count), output.baseAddress, Int32(header.width), 0, Int32(header.height),
        header.format.rawValue, TJFLAG_LIMITSCANS)
      count = status == 0 || isWarning(decoder) ? output.count : 0
    }
    if status != 0 {
      let message = String(cString: tjGetErrorStr2(decoder))
      if JPEGSegments.isLossless(bytes) { throw lossless }
      guard isWarning(decoder), hasEnd(bytes) else { throw DatasetError("not a whole JPEG picture: \(message)") }
    }
    let image = header.image(pixels)
    return image.oriented(JPEGSegments.orientationData(bytes).orientation)
  }

  private static let lossless = DatasetError(
    "a lossless JPEG (SOF3), which this libjpeg does not decode: save it as PNG or as an ordinary JPEG")

  /// Baseline JPEG, colour at half the resolution.
  ///
  /// - Parameter quality: 1 to 100, as libjpeg scales its tables.
  /// - Throws: ``DatasetError`` where libjpeg has no memory.
  static func encode(_ image: Image, quality: Int) throws -> [UInt8] {
    guard let encoder = tjInitCompress() else { throw DatasetError("out of memory") }
    defer { tjDestroy(encoder) }
    let (format, subsampling) = image.channels == 1 ? (TJPF_GRAY, TJSAMP_GRAY) : (TJPF_RGB, TJSAMP_420)
    var bytes: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    let status = tjCompress2(
      encoder, image.pixels, Int32(image.width), 0, Int32(image.height), format.rawValue, &bytes, &size,
      Int32(subsampling.rawValue), Int32(quality), 0)
    defer { tjFree(bytes) }
    guard status == 0, let bytes else {
      throw DatasetError(
        "a picture of \(image.size) can't be written as JPEG: \(String(cString: tjGetErrorStr2(encoder)))")
    }
    return [UInt8](UnsafeBufferPointer(start: bytes, count: Int(size)))
  }

  /// What libjpeg can decode in spite of, such as stray bytes between segments: Pillow, too, says nothing.
  private static func isWarning(_ decoder: tjhandle) -> Bool {
    tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue)
  }

  /// Whether the last scan is followed by an end marker. libjpeg only warns of a truncated file, and makes the rest grey.
  private static func hasEnd(_ bytes: [UInt8]) -> Bool {
    let endOfImage: UInt8 = 0xD9
    let startOfScan: UInt8 = 0xDA
    for index in stride(from: bytes.count - 2, through: 0, by: -1) where bytes[index] == 0xFF {
      if bytes[index + 1] == endOfImage { return true }
      if bytes[index + 1] == startOfScan { return false }
    }
    return false
  }

  /// The factor, 1, 2, 4 or 8, by which a picture that is to become `target` may be reduced while it is decoded.
  ///
  /// libjpeg then makes each 8×8 block of the DCT one of 4×4, 2×2 or 1×1 pixels, at a fraction of the work. What is left
  /// to the resizing is a factor of at least 3, so that it decides the result. Measured on eleven photographs of 1–18
  /// megapixels, bilinear, at 96 to 299: the values of the result differ by 0.2 of 255 in the mean, at most by 6, and less
  /// than 1 % of them by more than 1. Sides that are no multiples of the factor would shift the picture: not reduced.
  static func reduction(of picture: ImageSize, for target: ImageSize) -> Int {
    let least = 3 * max(target.height, target.width)
    return [8, 4, 2].first { factor in
      min(picture.height, picture.width) >= factor * least
        && picture.height.isMultiple(of: factor) && picture.width.isMultiple(of: factor)
    } ?? 1
  }

  private struct Header {
    private(set) var height: Int
    private(set) var width: Int
    let format: TJPF

    var size: ImageSize { ImageSize(height: height, width: width) }

    mutating func reduce(by factor: Int) {
      height /= factor
      width /= factor
    }

    init(_ bytes: [UInt8], decoder: tjhandle) throws {
      var width: Int32 = 0
      var height: Int32 = 0
      var subsampling: Int32 = -1
      var colourSpace: Int32 = -1
      let status = tjDecompressHeader3(
        decoder, bytes, UInt(bytes.count), &width, &height, &subsampling, &colourSpace)
      // An unusual subsampling is an error here, but no obstacle to decoding.
      guard status == 0 || (width > 0 && height > 0 && colourSpace >= 0) else {
        if JPEGSegments.isLossless(bytes) { throw lossless }
        throw DatasetError("not a whole JPEG picture: \(String(cString: tjGetErrorStr2(decoder)))")
      }
      self.height = Int(height)
      self.width = Int(width)
      format =
        switch TJCS(rawValue: UInt32(bitPattern: colourSpace)) {
        case TJCS_GRAY: TJPF_GRAY
        case TJCS_CMYK, TJCS_YCCK: TJPF_CMYK
        default: TJPF_RGB
        }
    }

    var channels: Int {
      switch format {
      case TJPF_GRAY: 1
      case TJPF_CMYK: 4
      default: 3
      }
    }

    func image(_ pixels: [UInt8]) -> Image {
      let isInk = format == TJPF_CMYK
      return Image(
        height: height, width: width, channels: isInk ? 3 : channels,
        pixels: isInk ? rgb(fromInvertedCMYK: pixels) : pixels)
    }
  }

  /// Red, green and blue of CMYK that is stored inverted: 255 is no ink (Pillow's cmyk2rgb).
  private static func rgb(fromInvertedCMYK pixels: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: pixels.count / 4 * 3) { output, count in
      for pixel in 0..<pixels.count / 4 {
        let black = Int(pixels[4 * pixel + 3])
        for colour in 0..<3 {
          let ink = (255 - Int(pixels[4 * pixel + colour])) * black
          output[3 * pixel + colour] = UInt8(black - (ink + 127) / 255)
        }
      }
      count = pixels.count / 4 * 3
    }
  }
}
