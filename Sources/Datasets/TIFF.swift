import CTIFF
import Core

/// Decodes the first picture of a TIFF or BigTIFF file: 1 to 16 bits; grey, palette, RGB, CMYK, YCbCr; strips or tiles, one
/// plane or several, whatever the compressions libtiff has; transparent pixels over white, turned upright.
///
/// As Pillow does it, but for grey above 8 bits, which keeps its high byte, as colour does. Samples that are no whole
/// numbers, or have a sign, are refused: which of their values is white can't be told.
enum TIFF {
  private static let signatures: [[UInt8]] = ["II*\0", "MM\0*", "II+\0", "MM\0+"].map { Array($0.utf8) }

  static func isTIFF(_ bytes: [UInt8]) -> Bool { signatures.contains { bytes.starts(with: $0) } }

  private static let prepared: Void = tiff_reader_prepare()

  static func decode(_ bytes: [UInt8], limits: ImageLimits) throws -> Image {
    _ = prepared
    return try bytes.withUnsafeBytes { input in
      var reader = tiff_reader()
      return try withUnsafeMutablePointer(to: &reader) { reader in
        defer { tiff_reader_close(reader) }
        guard tiff_reader_open(reader, input.baseAddress, input.count, tmsize_t(largestAllocation(limits))) == 1 else {
          throw failure(reader)
        }
        let description = tiff_reader_describe(reader)
        try limits.check(height: Int(description.height), width: Int(description.width))
        let picture = try TIFFPicture(reader: reader, description, limits: limits)
        let image = try picture.image()
        guard reader.pointee.is_cut == 0 else { throw failure(reader) }
        return image.oriented(orientation(description))
      }
    }
  }

  /// That of a picture at the limit, in four channels of 16 bits, and 64 MB for what else there may be.
  private static func largestAllocation(_ limits: ImageLimits) -> Int { 8 * limits.pixels + 1 << 26 }

  /// The tag, or else the XMP beside it.
  private static func orientation(_ description: tiff_description) -> Int {
    guard description.orientation == 0 else { return Int(description.orientation) }
    let xmp = description.xmp.map { Array(UnsafeBufferPointer(start: $0, count: Int(description.xmp_count))) }
    return OrientationData(exif: nil, xmp: xmp).orientation
  }

  static func failure(_ reader: UnsafeMutablePointer<tiff_reader>) -> DatasetError {
    let message = withUnsafeBytes(of: &reader.pointee.message) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return DatasetError("not a whole TIFF picture\(message.isEmpty ? "" : ": \(message)")")
  }
}
