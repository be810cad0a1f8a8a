import Core

/// Decodes the bytes of a picture file. The format is told by the content, whatever the file is called.
public enum ImageDecoder {
  /// - Parameters:
  ///   - bytes: of the whole file.
  ///   - size: what the picture is to be made smaller to, where it need not be decoded in full for that: a JPEG of at
  ///     least six times the size is decoded at a half, a quarter or an eighth.
  ///   - limits: of what is decoded.
  /// - Returns: the picture upright, 1 or 3 channels.
  /// - Throws: ``DatasetError`` for anything but a whole JPEG, PNG or WebP picture within the limits.
  public static func decode(
    _ bytes: [UInt8], for size: ImageSize? = nil, limits: ImageLimits = ImageLimits()
  ) throws -> Image {
    guard !bytes.isEmpty else { throw DatasetError("an empty file") }
    if bytes.starts(with: JPEG.signature) { return try JPEG.decode(bytes, for: size, limits: limits) }
    if bytes.starts(with: PNG.signature) { return try PNG.decode(bytes, limits: limits) }
    if WebP.isWebP(bytes) { return try WebP.decode(bytes, limits: limits) }
    throw DatasetError("not a JPEG, PNG or WebP picture")
  }
}

/// What a picture may be to be decoded at all, so that a small file can't ask for all the memory there is.
public struct ImageLimits: Codable, Equatable, Sendable {
  /// Height times width. The default is the number from which Pillow warns of a decompression bomb: a quarter of a
  /// gigabyte in three channels.
  public var pixels: Int
  /// Height and width, each. The default is JPEG's own limit.
  public var side: Int

  public init(pixels: Int = 89_478_485, side: Int = 65_535) {
    self.pixels = pixels
    self.side = side
  }

  func check(height: Int, width: Int) throws {
    guard height > 0, width > 0 else { throw DatasetError("a picture of \(height)×\(width) pixels") }
    guard max(height, width) <= side, height * width <= pixels else {
      throw DatasetError(
        "\(height)×\(width) pixels: more than the limit of \(pixels) pixels, or of \(side) pixels a side")
    }
  }
}
