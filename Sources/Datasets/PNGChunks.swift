import CDeflate
import Core

/// The chunks of a PNG file that say something of its picture, wherever they stand (PNG specification, section 11.3; the
/// keywords of ExifTool and ImageMagick for what had no chunk of its own).
enum PNGChunks {
  private static let xmpKeyword = "XML:com.adobe.xmp"
  private static let profileKeyword = "Raw profile type exif"

  /// Of several chunks the last.
  static func orientationData(_ bytes: [UInt8]) -> OrientationData {
    var chunk: ArraySlice<UInt8>?
    var profile: Text?
    var xmp: Text?
    forEach(bytes) { type, content in
      if type.elementsEqual("eXIf".utf8) {
        chunk = content
      } else if let text = Text(type: type, content) {
        if text.keyword.elementsEqual(profileKeyword.utf8) { profile = text }
        if text.keyword.elementsEqual(xmpKeyword.utf8) { xmp = text }
      }
    }
    return OrientationData(
      exif: chunk.map { Array($0) } ?? profile?.content.flatMap(unhexed), xmp: xmp?.content)
  }

  /// The picture's height and width, as its first chunk has them; nil where the file ends before that.
  static func size(_ bytes: [UInt8]) -> ImageSize? {
    guard bytes.count >= PNG.signature.count + 16 else { return nil }
    func number(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
    return ImageSize(height: number(at: PNG.signature.count + 12), width: number(at: PNG.signature.count + 8))
  }

  private static func forEach(
    _ bytes: [UInt8], _ body: (_ type: ArraySlice<UInt8>, _ content: ArraySlice<UInt8>) -> Void
  ) {
    var offset = PNG.signature.count
    while offset + 12 <= bytes.count {
      let end = offset + 8 + bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
      guard end + 4 <= bytes.count else { return }
      body(bytes[offset + 4..<offset + 8], bytes[offset + 8..<end])
      offset = end + 4
    }
  }

  /// A text chunk. It is unpacked only where it is asked for.
  private struct Text {
    let keyword: ArraySlice<UInt8>
    private let isCompressed: Bool
    private let rest: ArraySlice<UInt8>

    /// Nil for a chunk that is no text, or no whole one.
    init?(type: ArraySlice<UInt8>, _ content: ArraySlice<UInt8>) {
      let isInternational = type.elementsEqual("iTXt".utf8)
      let isPacked = type.elementsEqual("zTXt".utf8)
      guard isInternational || isPacked || type.elementsEqual("tEXt".utf8), let end = content.firstIndex(of: 0) else {
        return nil
      }
      keyword = content[..<end]
      var rest = content[(end + 1)...]
      if isInternational {
        // Whether it is packed, and how; a language and the keyword in it.
        guard rest.count >= 2 else { return nil }
        isCompressed = rest.first != 0
        let method = rest.dropFirst().first!
        rest = rest.dropFirst(2)
        for _ in 0..<2 {
          guard let end = rest.firstIndex(of: 0) else { return nil }
          rest = rest[(end + 1)...]
        }
        guard !isCompressed || method == 0 else { return nil }
      } else if isPacked {
        guard rest.first == 0 else { return nil }
        isCompressed = true
        rest = rest.dropFirst()
      } else {
        isCompressed = false
      }
      self.rest = rest
    }

    /// Nil where it can't be unpacked, or is longer than a megabyte.
    var content: [UInt8]? {
      guard isCompressed else { return Array(rest) }
      guard let decompressor = libdeflate_alloc_decompressor() else { return nil }
      defer { libdeflate_free_decompressor(decompressor) }
      var isWhole = false
      let unpacked = [UInt8](unsafeUninitializedCapacity: 1 << 20) { output, count in
        rest.withUnsafeBytes { input in
          isWhole =
            libdeflate_zlib_decompress(
              decompressor, input.baseAddress, input.count, output.baseAddress, output.count, &count)
            == LIBDEFLATE_SUCCESS
        }
        if !isWhole { count = 0 }
      }
      return isWhole ? unpacked : nil
    }
  }

  /// The bytes of a profile: a line that is empty, its name, its length, then lines of hexadecimal digits.
  private static func unhexed(_ text: [UInt8]) -> [UInt8]? {
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropFirst(3)
    let digits = lines.joined().filter { !($0 == 0x20 || 0x09...0x0D ~= $0) }
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: digits.count - 1, by: 2) {
      guard let byte = UInt8(String(decoding: digits[start..<start + 2], as: UTF8.self), radix: 16) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
