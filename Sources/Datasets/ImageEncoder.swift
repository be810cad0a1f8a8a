import Core

/// Encodes pictures to be shown, not to be learnt from. The same picture gives the same bytes.
public enum ImageEncoder {
  /// Without loss: for small pictures and drawings.
  ///
  /// - Throws: ``DatasetError`` where there is no memory.
  public static func png(_ image: Image) throws -> [UInt8] { try PNG.encode(image) }

  /// For photographs.
  ///
  /// - Parameters:
  ///   - image: of 1 or 3 channels.
  ///   - quality: 1 to 100, as libjpeg counts.
  /// - Throws: ``DatasetError`` where there is no memory.
  public static func jpeg(_ image: Image, quality: Int = 80) throws -> [UInt8] {
    try JPEG.encode(image, quality: quality)
  }
}
