import CHEIF
import Core

/// Decodes HEIC and AVIF: the primary picture, 8 to 12 bits, turned and cropped as the file says; what is transparent is
/// white. libheif decodes, with libde265 for HEIC, and dav1d or aom for AVIF.
///
/// The orientation in EXIF data does not count: the file's own transformations say the same again (ISO/IEC 23008-12,
/// annex A.2.2).
enum HEIF {
  /// The brands of still pictures and of their sequences.
  private static let brands: [(brand: String, name: String)] = [
    ("heic", "HEIC"), ("heix", "HEIC"), ("heim", "HEIC"), ("heis", "HEIC"), ("hevc", "HEIC"), ("hevx", "HEIC"),
    ("mif1", "HEIF"), ("msf1", "HEIF"), ("avif", "AVIF"), ("avis", "AVIF"),
  ]

  /// `HEIC`, `AVIF` or `HEIF` for a file of that kind; nil for others. ISO base media files begin with a size, `ftyp`, and a
  /// brand.
  static func name(_ bytes: [UInt8]) -> String? {
    guard bytes.count >= 12, bytes[4..<8].elementsEqual("ftyp".utf8) else { return nil }
    return brands.first { bytes[8..<12].elementsEqual($0.brand.utf8) }?.name
  }

  static func decode(_ bytes: [UInt8], limits: ImageLimits) throws -> Image {
    try bytes.withUnsafeBytes { input in
      guard let context = heif_context_alloc() else { throw DatasetError("out of memory") }
      defer { heif_context_free(context) }
      heif_context_set_maximum_image_size_limit(context, Int32(clamping: limits.side))
      try check(heif_context_read_from_memory_without_copy(context, input.baseAddress, input.count, nil))
      var handle: OpaquePointer?
      try check(heif_context_get_primary_image_handle(context, &handle))
      guard let handle else { throw DatasetError("out of memory") }
      defer { heif_image_handle_release(handle) }
      try limits.check(
        height: Int(heif_image_handle_get_height(handle)), width: Int(heif_image_handle_get_width(handle)),
        bytesAPixel: 20)
      try HEIFItems(bytes).check(limits)
      return try pixels(handle, limits: limits)
    }
  }

  private static func pixels(_ handle: OpaquePointer, limits: ImageLimits) throws -> Image {
    let options = heif_decoding_options_alloc()
    defer { heif_decoding_options_free(options) }
    options?.pointee.convert_hdr_to_8bit = 1
    // Not by libheif, which then loses the memory of pictures (strukturag/libheif, issue 1006): its warnings are errors below.
    options?.pointee.strict_decoding = 0
    let hasAlpha = heif_image_handle_has_alpha_channel(handle) != 0
    let chroma = hasAlpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB
    var decoded: OpaquePointer?
    try check(heif_decode_image(handle, &decoded, heif_colorspace_RGB, chroma, options))
    guard let decoded else { throw DatasetError("out of memory") }
    defer { heif_image_release(decoded) }
    try checkWarnings(of: decoded)
    let height = Int(heif_image_get_height(decoded, heif_channel_interleaved))
    let width = Int(heif_image_get_width(decoded, heif_channel_interleaved))
    try limits.check(height: height, width: width)
    var stride: Int32 = 0
    guard let plane = heif_image_get_plane_readonly(decoded, heif_channel_interleaved, &stride) else {
      throw DatasetError("not a whole HEIF picture: no pixels")
    }
    let channels = hasAlpha ? 4 : 3
    var pixels = [UInt8](unsafeUninitializedCapacity: height * width * channels) { output, count in
      for row in 0..<height {
        (output.baseAddress! + count).initialize(from: plane + row * Int(stride), count: width * channels)
        count += width * channels
      }
    }
    if hasAlpha, heif_image_handle_is_premultiplied_alpha(handle) != 0 { divideByAlpha(&pixels) }
    return overWhite(height: height, width: width, channels: channels, pixels: pixels)
  }

  private static func checkWarnings(of image: OpaquePointer) throws {
    let count = heif_image_get_decoding_warnings(image, 0, nil, 0)
    guard count > 0 else { return }
    // The last one alone: libheif 1.15 writes all that follow the first, whatever room it is told, and has room for one text.
    var last = heif_error()
    _ = heif_image_get_decoding_warnings(image, count - 1, &last, 1)
    try check(last)
  }

  private static func check(_ error: heif_error) throws {
    guard error.code != heif_error_Ok else { return }
    let reason = error.message.map { String(cString: $0) } ?? "error \(error.code.rawValue)"
    if error.code == heif_error_Unsupported_filetype || error.code == heif_error_Unsupported_feature
      || error.code == heif_error_Plugin_loading_error
    {
      throw DatasetError(
        "a HEIC or AVIF picture that the installed libheif does not decode (\(reason)): Debian's packages of its decoders "
          + "are libheif-plugin-libde265 and libheif-plugin-dav1d")
    }
    throw DatasetError("not a whole HEIC or AVIF picture: \(reason)")
  }
}

/// Colours that were multiplied by the alpha behind them, as Pillow divides them: rounded down, at most 255.
func divideByAlpha(_ pixels: inout [UInt8], channels: Int = 4) {
  for pixel in stride(from: 0, to: pixels.count, by: channels) {
    let alpha = Int(pixels[pixel + channels - 1])
    for colour in pixel..<pixel + channels - 1 {
      pixels[colour] = alpha == 0 ? 0 : UInt8(min(255, Int(pixels[colour]) * 255 / alpha))
    }
  }
}
