import CTIFF
import Core

/// The picture that a TIFF directory describes, read strip by strip or tile by tile.
struct TIFFPicture {
  private let reader: UnsafeMutablePointer<tiff_reader>
  private let description: tiff_description
  private let height: Int
  private let width: Int
  /// Samples a pixel, in the file.
  private let samples: Int
  /// Samples a pixel that are kept: the colours, and alpha.
  private let kept: Int
  private let colours: TIFFColours
  private let alpha: Alpha
  private let limits: ImageLimits

  /// Satellites' pictures have more, and no colours that a network for photographs would know.
  private static let mostSamples = 16

  private enum Alpha {
    case none
    case plain
    /// The colours are multiplied by it.
    case premultiplied
  }

  /// - Throws: ``DatasetError`` for a kind that is not read.
  init(
    reader: UnsafeMutablePointer<tiff_reader>, _ description: tiff_description, limits: ImageLimits
  ) throws {
    self.reader = reader
    self.limits = limits
    self.description = description
    height = Int(description.height)
    width = Int(description.width)
    samples = Int(description.samples)
    colours = try TIFFColours(description)
    guard colours.samples...Self.mostSamples ~= samples else {
      throw DatasetError("a TIFF picture of \(samples) samples a pixel, where its colours are \(colours.samples)")
    }
    alpha = Self.alpha(description, isExtra: samples > colours.samples, colours: colours)
    kept = colours.samples + (alpha == .none ? 0 : 1)
  }

  /// The first sample behind the colours, where it is alpha. Of colours with one sample more it is, without a word.
  private static func alpha(_ description: tiff_description, isExtra: Bool, colours: TIFFColours) -> Alpha {
    guard isExtra else { return .none }
    guard description.extra_samples > 0 else {
      return colours.samples == 3 && description.samples == 4 ? .plain : .none
    }
    return switch Int32(description.first_extra_sample) {
    case EXTRASAMPLE_ASSOCALPHA: .premultiplied
    case EXTRASAMPLE_UNASSALPHA, 999: .plain  // 999: Corel Draw 10
    default: .none
    }
  }

  /// The picture as it is stored, not turned.
  func image() throws -> Image {
    if colours.isLibrarys { return try convertedByLibrary() }
    if colours.isJPEGWithColourDifferences { tiff_reader_decode_jpeg_to_rgb(reader) }
    var pixels = [UInt8](repeating: 0, count: height * width * kept)
    try readBlocks(into: &pixels)
    var (converted, channels) = colours.converted(pixels, kept: kept)
    if alpha == .premultiplied { divideByAlpha(&converted, channels: channels) }
    return overWhite(height: height, width: width, channels: channels, pixels: converted)
  }

  /// By libtiff's own conversion.
  private func convertedByLibrary() throws -> Image {
    var pixels = [UInt32](repeating: 0, count: height * width)
    guard tiff_reader_rgba(reader, description.width, description.height, &pixels) == 1 else {
      throw TIFF.failure(reader)
    }
    let bytes = [UInt8](unsafeUninitializedCapacity: 3 * pixels.count) { output, count in
      for pixel in pixels {
        for colour in 0..<3 {
          output[count] = UInt8(truncatingIfNeeded: pixel >> UInt32(8 * colour))
          count += 1
        }
      }
    }
    return Image(height: height, width: width, channels: 3, pixels: bytes)
  }

  /// Samples that lie in one block: all of a pixel, or those of one plane.
  private var blockSamples: Int { description.is_planar != 0 ? 1 : samples }

  private func readBlocks(into pixels: inout [UInt8]) throws {
    let isTiled = description.is_tiled != 0
    let tiff = reader.pointee.tiff
    let blockBytes = Int(isTiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff))
    let rowBytes = Int(isTiled ? TIFFTileRowSize(tiff) : TIFFScanlineSize(tiff))
    let blockHeight = min(Int(description.block_height), isTiled ? .max : height)
    let blockWidth = Int(description.block_width)
    guard blockBytes > 0, rowBytes > 0, blockHeight > 0, blockWidth > 0 else { throw TIFF.failure(reader) }
    // A tile is larger than a small picture, but not by any amount.
    guard blockBytes <= max(4 * height * width * samples, 1 << 24) else {
      throw DatasetError("a TIFF picture of \(height)×\(width) pixels with tiles of \(blockHeight)×\(blockWidth)")
    }
    // The block, the samples that are kept, and what they become.
    try limits.check(height: height, width: width, bytesAPixel: blockBytes / (height * width) + kept + 8)
    guard rowBytes * 8 >= blockWidth * blockSamples * Int(description.bits), blockBytes / rowBytes >= blockHeight else {
      throw TIFF.failure(reader)
    }
    var block = [UInt8](repeating: 0, count: blockBytes)
    for plane in 0..<(description.is_planar != 0 ? kept : 1) {
      for top in stride(from: 0, to: height, by: blockHeight) {
        for left in stride(from: 0, to: width, by: blockWidth) {
          try read(&block, top: top, left: left, plane: plane)
          for row in 0..<min(blockHeight, height - top) {
            unpack(
              block[(row * rowBytes)...].prefix(rowBytes), count: min(blockWidth, width - left),
              into: &pixels, at: (top + row) * width + left, plane: plane)
          }
        }
      }
    }
  }

  private func read(_ block: inout [UInt8], top: Int, left: Int, plane: Int) throws {
    let tiff = reader.pointee.tiff
    let count =
      if description.is_tiled != 0 {
        TIFFReadTile(tiff, &block, UInt32(left), UInt32(top), 0, UInt16(plane))
      } else {
        TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, UInt32(top), UInt16(plane)), &block, tmsize_t(block.count))
      }
    guard count >= 0 else { throw TIFF.failure(reader) }
  }

  /// Writes `count` pixels of a row, or their samples of one plane, as bytes; of 16 bits the high ones.
  private func unpack(_ row: ArraySlice<UInt8>, count: Int, into pixels: inout [UInt8], at first: Int, plane: Int) {
    let bits = Int(description.bits)
    let (blockSamples, kept) = (blockSamples, kept)
    let planes = description.is_planar != 0 ? plane..<plane + 1 : 0..<kept
    let firstPlane = planes.lowerBound
    row.withUnsafeBufferPointer { row in
      pixels.withUnsafeMutableBufferPointer { pixels in
        for column in 0..<count {
          for sample in planes {
            let index = column * blockSamples + sample - firstPlane
            pixels[(first + column) * kept + sample] =
              switch bits {
              case 8: row[index]
              // libtiff gives them in the machine's order.
              case 16: row[2 * index + (Self.isLittleEndian ? 1 : 0)]
              default: Self.bits(row, at: index * bits, count: bits)
              }
          }
        }
      }
    }
  }

  private static let isLittleEndian = 1.littleEndian == 1

  /// At most 8 of `count` bits, the highest.
  private static func bits(_ row: UnsafeBufferPointer<UInt8>, at bit: Int, count: Int) -> UInt8 {
    let next = bit / 8 + 1 < row.count ? row[bit / 8 + 1] : 0
    let word = UInt16(row[bit / 8]) << 8 | UInt16(next)
    return UInt8(truncatingIfNeeded: (word << UInt16(bit % 8)) >> UInt16(16 - min(count, 8)))
  }
}
