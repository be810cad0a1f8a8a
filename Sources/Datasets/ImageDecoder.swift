import Core
import Storage

/// Decodes the bytes of a picture file. The format is told by the content, whatever the file is called.
public enum ImageDecoder {
  /// - Parameters:
  ///   - bytes: of the whole file.
  ///   - size: what the picture is to be made smaller to, where it need not be decoded in full for that: a JPEG of at
  ///     least six times the size is decoded at a half, a quarter or an eighth.
  ///   - limits: of what is decoded.
  /// - Returns: the picture upright, 1 or 3 channels.
  /// - Throws: ``DatasetError`` for anything but a whole picture of one of the formats, within the limits.
  public static func decode(
    _ bytes: [UInt8], for size: ImageSize? = nil, limits: ImageLimits = ImageLimits()
  ) throws -> Image {
    try AvailableMemory.reserving { try decodeByKind(bytes, for: size, limits: limits) }
  }

  private static func decodeByKind(_ bytes: [UInt8], for size: ImageSize?, limits: ImageLimits) throws -> Image {
    guard !bytes.isEmpty else { throw DatasetError("an empty file") }
    if bytes.starts(with: JPEG.signature) { return try JPEG.decode(bytes, for: size, limits: limits) }
    if bytes.starts(with: PNG.signature) { return try PNG.decode(bytes, limits: limits) }
    if WebP.isWebP(bytes) { return try WebP.decode(bytes, limits: limits) }
    if TIFF.isTIFF(bytes) { return try TIFF.decode(bytes, limits: limits) }
    if BMP.isBMP(bytes) { return try BMP.decode(bytes, limits: limits) }
    if bytes.starts(with: GIF.signature) { return try GIF.decode(bytes, limits: limits) }
    if PNM.isPNM(bytes) { return try PNM.decode(bytes, limits: limits) }
    if HEIF.name(bytes) != nil { return try HEIF.decode(bytes, limits: limits) }
    guard let name = FileSignature.picture(Array(bytes.prefix(FileSignature.length))) else {
      throw DatasetError("not a \(formats) picture")
    }
    throw DatasetError("a picture in \(name), which is not read: save it as PNG")
  }

  /// The height and width that a JPEG says it has, before any turning; nil for all else, which is never decoded smaller.
  public static func storedSize(_ bytes: [UInt8]) -> ImageSize? {
    bytes.starts(with: JPEG.signature) ? JPEGSegments.size(bytes) : nil
  }

  /// What is read, for sentences.
  public static let formats = "JPEG, PNG, WebP, TIFF, BMP, GIF, PNM, HEIC or AVIF"
}

/// What a picture may be to be decoded at all, so that a small file can't ask for all the memory there is.
public struct ImageLimits: Codable, Equatable, Sendable {
  /// Height times width. The default is the number from which Pillow refuses a picture as a decompression bomb: half a
  /// gigabyte in three channels.
  public var pixels: Int
  /// Height and width, each. The default is JPEG's own limit.
  public var side: Int

  /// More a picture can't have, by the limit of its sides.
  public static let mostPixels = 65_535 * 65_535

  public init(pixels: Int = 178_956_970, side: Int = 65_535) {
    self.pixels = pixels
    self.side = side
  }

  /// - Parameter bytesAPixel: what decoding takes; else twice four channels: as it is decoded, and as it is turned upright
  ///   or laid over white.
  /// - Throws: ``DatasetError`` for a picture beyond the limits, or beyond the memory that there is.
  package func check(height: Int, width: Int, bytesAPixel: Int = 8) throws {
    guard height > 0, width > 0 else { throw DatasetError("a picture of \(height)×\(width) pixels") }
    guard max(height, width) <= side, height * width <= pixels else {
      throw DatasetError(
        "\(height)×\(width) pixels: more than the limit of \(pixels) pixels (--max-pixels), or of \(side) pixels a side"
      )
    }
    let bytes = bytesAPixel * height * width
    guard bytes > 1 << 28 else { return }
    do {
      try AvailableMemory.check(
        Double(bytes), for: "\(height)×\(width) pixels: decoding", remedy: "make the picture smaller")
    } catch {
      throw DatasetError("\(error)")
    }
  }
}
