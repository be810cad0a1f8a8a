/// What the headers of a bitmap say (Microsoft, BITMAPFILEHEADER, BITMAPCOREHEADER, BITMAPINFOHEADER to BITMAPV5HEADER).
struct BMPHeader {
  /// Of the second header: OS/2's first, Windows' first five, and OS/2's second.
  static let sizes: Set<Int> = [12, 40, 52, 56, 64, 108, 124]

  enum Packing: Int {
    case none = 0
    case runs8 = 1
    case runs4 = 2
    case bitFields = 3
  }

  let height: Int
  let width: Int
  /// Whether the first row of the file is that at the top.
  let isTopDown: Bool
  /// 1, 2, 4, 8, 16, 24 or 32 a pixel.
  let bits: Int
  let compression: Packing
  /// 256 colours of red, green and blue; empty for pixels that are colours themselves.
  private(set) var palette: [[UInt8]] = []
  /// Where red, green and blue, and perhaps alpha, are in a pixel; empty where there is a palette.
  private(set) var fields: [BitField] = []
  /// Of the pixels, in the file.
  let pixelOffset: Int

  /// - Throws: ``DatasetError`` for a kind that is not read, and for a file that ends within the headers.
  init(_ bytes: [UInt8]) throws {
    let size = bytes.littleEndian(at: 14, count: 4)
    guard bytes.count >= 14 + size else { throw BMP.cut }
    let isFirst = size == 12
    func number(_ offset: Int, _ count: Int) -> Int { bytes.littleEndian(at: 14 + offset, count: count) }
    let signedHeight = isFirst ? number(6, 2) : Int(Int32(truncatingIfNeeded: number(8, 4)))
    width = isFirst ? number(4, 2) : number(4, 4)
    height = abs(signedHeight)
    isTopDown = signedHeight < 0
    bits = isFirst ? number(10, 2) : number(14, 2)
    compression = try Self.compression(isFirst ? 0 : number(16, 4), bits: bits)
    guard [1, 2, 4, 8, 16, 24, 32].contains(bits) else { throw DatasetError("a BMP picture of \(bits) bits a pixel") }
    let hasMasksBehind = compression == .bitFields && size == 40
    let paletteOffset = 14 + size + (hasMasksBehind ? 12 : 0)
    let entryBytes = isFirst ? 3 : 4
    let colours = isFirst ? 0 : number(32, 4)
    let entries = colours == 0 ? 1 << bits : colours
    let paletteBytes = bits <= 8 ? entries * entryBytes : 0
    let offset = bytes.littleEndian(at: 10, count: 4)
    // Some programs write where the palette begins.
    let isPaletteOffset = offset == 14 + size && bits <= 8
    pixelOffset = offset == 0 || isPaletteOffset ? paletteOffset + paletteBytes : offset
    guard bytes.count >= paletteOffset + (isPaletteOffset || offset == 0 ? paletteBytes : 0) else { throw BMP.cut }
    if bits <= 8 {
      palette = Self.palette(bytes, at: paletteOffset, entries: entries, entryBytes: entryBytes)
    } else {
      fields = try Self.fields(bytes, headerSize: size, bits: bits, compression: compression)
    }
  }

  private static func compression(_ number: Int, bits: Int) throws -> Packing {
    guard let compression = Packing(rawValue: number) else {
      let names = [4: "JPEG", 5: "PNG"]
      throw DatasetError(
        "a BMP picture that is compressed \(names[number].map { "as \($0)" } ?? "in way \(number)"): save it as PNG")
    }
    let fits =
      switch compression {
      case .none: true
      case .runs8: bits == 8
      case .runs4: bits == 4
      case .bitFields: bits > 8
      }
    guard fits else { throw DatasetError("a BMP picture of \(bits) bits a pixel, compressed in way \(number)") }
    return compression
  }

  private static func palette(_ bytes: [UInt8], at offset: Int, entries: Int, entryBytes: Int) -> [[UInt8]] {
    let starts = (0..<min(entries, 256)).map { offset + $0 * entryBytes }
    return paletteOf256(starts.filter { $0 + 3 <= bytes.count }.map { bytes[$0..<$0 + 3].reversed() })
  }

  private static func fields(
    _ bytes: [UInt8], headerSize: Int, bits: Int, compression: Packing
  ) throws -> [BitField] {
    guard compression == .bitFields else {
      return bits == 16
        ? [0x7C00, 0x03E0, 0x001F].map(BitField.init) : [0xFF0000, 0xFF00, 0xFF].map(BitField.init)
    }
    guard bytes.count >= 14 + 40 + 12 else { throw BMP.cut }
    let hasAlpha = headerSize >= 56
    let masks = (0..<(hasAlpha ? 4 : 3)).map { UInt32(bytes.littleEndian(at: 54 + 4 * $0, count: 4)) }
    // What Photoshop writes where the usual fields are meant.
    if bits == 32, masks.allSatisfy({ $0 == 0 }) {
      return [0xFF0000, 0xFF00, 0xFF, 0xFF00_0000].prefix(hasAlpha ? 4 : 3).map(BitField.init)
    }
    let fields = masks.prefix { $0 != 0 }.map(BitField.init)
    guard fields.count >= 3, fields.allSatisfy(\.isContiguous) else {
      throw DatasetError("a BMP picture with the bit fields \(masks.map { String($0, radix: 16) })")
    }
    return fields
  }
}

/// A palette of 256 colours from a shorter one. Those that it lacks are black or, where all that it has are grey and as
/// bright as their index, go on so: Pillow takes these for no palette at all.
func paletteOf256(_ colours: [[UInt8]]) -> [[UInt8]] {
  let isRamp = colours.indices.allSatisfy { index in colours[index].allSatisfy { $0 == index } }
  return (0..<256).map { index in
    index < colours.count ? colours[index] : [UInt8](repeating: isRamp ? UInt8(index) : 0, count: 3)
  }
}

/// Some neighbouring bits of a pixel.
struct BitField {
  private let mask: UInt32
  private let shift: UInt32
  private let largest: UInt32

  init(_ mask: UInt32) {
    self.mask = mask
    shift = UInt32(mask.trailingZeroBitCount % 32)
    largest = mask >> shift
  }

  var isContiguous: Bool { largest & (largest &+ 1) == 0 }

  /// Stretched to 0–255.
  func value(in pixel: UInt32) -> UInt8 {
    let value = (pixel & mask) >> shift
    return largest == 255 ? UInt8(value) : UInt8(UInt64(value) * 255 / UInt64(max(largest, 1)))
  }
}
