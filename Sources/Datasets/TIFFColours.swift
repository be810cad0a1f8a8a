import CTIFF
import Core

/// What the samples of a TIFF picture mean (TIFF 6.0, PhotometricInterpretation), and how they become grey or RGB.
struct TIFFColours {
  private enum Meaning {
    case grey(isInverted: Bool)
    case palette([[UInt8]])
    case rgb
    case cmyk
  }

  private let meaning: Meaning
  private let bits: Int
  /// A pixel's, without extra ones.
  let samples: Int
  /// Whether libtiff converts the whole of it: colour differences at a part of the resolution, old JPEG.
  let isLibrarys: Bool
  /// Whether libjpeg makes RGB of it.
  let isJPEGWithColourDifferences: Bool

  /// - Throws: ``DatasetError`` for a kind that is not read.
  init(_ description: tiff_description) throws {
    let photometric = Int32(description.photometric)
    let compression = Int32(description.compression)
    bits = Int(description.bits)
    let isYCbCr = photometric == PHOTOMETRIC_YCBCR
    isJPEGWithColourDifferences = isYCbCr && compression == COMPRESSION_JPEG && description.is_planar == 0
    isLibrarys = (isYCbCr && !isJPEGWithColourDifferences) || compression == COMPRESSION_OJPEG
    (meaning, samples) = try Self.meaning(photometric, isLibrarys: isLibrarys, description)
    try Self.checkSamples(description)
  }

  private static func meaning(
    _ photometric: Int32, isLibrarys: Bool, _ description: tiff_description
  ) throws -> (Meaning, samples: Int) {
    switch photometric {
    case _ where isLibrarys: return (.rgb, Int(description.samples))
    case PHOTOMETRIC_MINISWHITE: return (.grey(isInverted: true), 1)
    case PHOTOMETRIC_MINISBLACK: return (.grey(isInverted: false), 1)
    case PHOTOMETRIC_RGB, PHOTOMETRIC_YCBCR: return (.rgb, 3)
    case PHOTOMETRIC_PALETTE: return (.palette(try palette(description)), 1)
    case PHOTOMETRIC_SEPARATED:
      guard Int32(description.ink_set) == INKSET_CMYK else {
        throw DatasetError("a TIFF picture in inks that are not CMYK: save it as RGB")
      }
      return (.cmyk, 4)
    case PHOTOMETRIC_CIELAB, PHOTOMETRIC_ICCLAB, PHOTOMETRIC_ITULAB:
      throw DatasetError("a TIFF picture in the colours of CIE L*a*b*: save it as RGB")
    default: throw DatasetError("a TIFF picture of the photometric interpretation \(photometric): save it as RGB")
    }
  }

  private static func checkSamples(_ description: tiff_description) throws {
    let bits = description.bits
    let format = Int32(description.sample_format)
    let isByte = bits == 8 && format == SAMPLEFORMAT_INT
    let kind: String? =
      switch format {
      case _ where isByte: nil
      case SAMPLEFORMAT_UINT, SAMPLEFORMAT_VOID: 1...8 ~= bits || bits == 12 || bits == 16 ? nil : ""
      case SAMPLEFORMAT_IEEEFP: " floating-point"
      default: " signed"
      }
    guard let kind else { return }
    throw DatasetError(
      "a TIFF picture of \(bits)-bit\(kind) samples: which value is white can't be told; save it as 8 or 16 bits")
  }

  /// Some programs write bytes where 16 bits are meant.
  private static func palette(_ description: tiff_description) throws -> [[UInt8]] {
    guard let red = description.red, let green = description.green, let blue = description.blue, description.bits <= 8
    else {
      throw DatasetError("a TIFF picture of \(description.bits) bits with a palette, which is missing or too long")
    }
    let count = 1 << Int(description.bits)
    let colours = [red, green, blue]
    let isBytes = colours.allSatisfy { colour in (0..<count).allSatisfy { colour[$0] < 256 } }
    return (0..<count).map { index in
      colours.map { UInt8(truncatingIfNeeded: isBytes ? $0[index] : $0[index] >> 8) }
    }
  }

  /// Grey or red, green and blue, and the alpha behind them where there is one.
  func converted(_ pixels: [UInt8], kept: Int) -> (pixels: [UInt8], channels: Int) {
    let hasAlpha = kept > samples
    switch meaning {
    case .rgb: return (bits < 8 ? stretched(pixels) : pixels, kept)
    case .grey(let isInverted):
      let pixels = bits < 8 ? stretched(pixels) : pixels
      guard isInverted else { return (pixels, kept) }
      return (pixels.indices.map { $0 % kept == 0 ? 255 - pixels[$0] : pixels[$0] }, kept)
    case .palette(let colours):
      return (replaced(pixels, kept: kept) { colours[Int($0[0])] }, hasAlpha ? 4 : 3)
    case .cmyk:
      return (replaced(pixels, kept: kept, Self.rgb), hasAlpha ? 4 : 3)
    }
  }

  /// Of fewer than 8 bits, the largest value as 255.
  private func stretched(_ pixels: [UInt8]) -> [UInt8] {
    let largest = 1 << bits - 1
    let scale = (0...largest).map { UInt8($0 * 255 / largest) }
    return pixels.map { scale[Int($0)] }
  }

  /// Each pixel's samples replaced by three colours; alpha stays.
  private func replaced(
    _ pixels: [UInt8], kept: Int, _ colours: (_ pixel: UnsafeBufferPointer<UInt8>) -> [UInt8]
  ) -> [UInt8] {
    let count = pixels.count / kept
    let channels = kept > samples ? 4 : 3
    return [UInt8](unsafeUninitializedCapacity: count * channels) { output, initialized in
      pixels.withUnsafeBufferPointer { input in
        for pixel in 0..<count {
          let colours = colours(UnsafeBufferPointer(rebasing: input[(pixel * kept)..<(pixel * kept + samples)]))
          for colour in 0..<3 { output[initialized + colour] = colours[colour] }
          if channels == 4 { output[initialized + 3] = input[pixel * kept + samples] }
          initialized += channels
        }
      }
    }
  }

  /// Red, green and blue of cyan, magenta, yellow and black: Pillow's cmyk2rgb.
  private static func rgb(_ inks: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    let white = 255 - Int(inks[3])
    return (0..<3).map { UInt8(white - (Int(inks[$0]) * white + 127) / 255) }
  }
}
