import Core
import Datasets
import Foundation
import Testing

@Suite("Decoding equals Pillow's")
struct DecoderTests {
  /// A picture file and what Pillow makes of it (Fixtures/make_images.py).
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let file: [UInt8]
    let expected: Image
    /// The side of the square that it is decoded for; nil: in full.
    let side: Int?
    var testDescription: String { name }
  }

  static let cases = records("images.bin") + records("oriented.bin") + records("formats.bin")
  static let heifCases = records("heif.bin")
  static let reducedCases = records("reduced.bin")

  private static func records(_ name: String) -> [Case] { try! records(fixture(name)[...]) }

  private static func records(_ bytes: ArraySlice<UInt8>) -> [Case] {
    var rest = bytes
    var cases: [Case] = []
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let fields = String(decoding: rest[..<end], as: UTF8.self).split(separator: "/")
      let numbers = fields.dropFirst().map { Int($0)! }
      let file = [UInt8](rest[(end + 1)...].prefix(numbers[0]))
      let count = numbers[1] * numbers[2] * numbers[3]
      let pixels = [UInt8](rest[(end + 1 + numbers[0])...].prefix(count))
      let expected = Image(height: numbers[1], width: numbers[2], channels: numbers[3], pixels: pixels)
      let side = numbers.count > 4 ? numbers[4] : nil
      cases.append(Case(name: String(fields[0]), file: file, expected: expected, side: side))
      rest = rest[(end + 1 + numbers[0] + count)...]
    }
    return cases
  }

  static func file(_ name: String) throws -> [UInt8] {
    try #require(cases.first { $0.name == name }).file
  }

  @Test("bit for bit, in full or at a part of the size", arguments: cases + reducedCases)
  func equalsPillow(_ example: Case) throws {
    let image = try ImageDecoder.decode(example.file, for: example.side.map { ImageSize(height: $0, width: $0) })
    #expect(image.size == example.expected.size)
    #expect(image.channels == example.expected.channels)
    let differences = zip(image.pixels, example.expected.pixels).map { abs(Int($0) - Int($1)) }
    #expect(differences.max() == 0, "\(differences.count { $0 > 0 }) of \(differences.count) values differ")
  }

  /// Decoders of HEVC and AV1 give the same values; what makes RGB of them rounds in its own way.
  @Test("HEIC and AVIF to 2 of 255", arguments: heifCases)
  func resemblesPillow(_ example: Case) throws {
    let image = try ImageDecoder.decode(example.file)
    #expect(image.size == example.expected.size)
    #expect(image.channels == example.expected.channels)
    let differences = zip(image.pixels, example.expected.pixels).map { abs(Int($0) - Int($1)) }
    #expect(differences.max()! <= 2)
  }

  private static let judged = ProcessInfo.processInfo.environment["PICTURES"]

  @Test(
    "a folder of pictures, of which Fixtures/judge_folder.py wrote what Pillow makes of it", .enabled(if: judged != nil)
  )
  func folder() throws {
    let cases = Self.records(try [UInt8](Data(contentsOf: URL(fileURLWithPath: Self.judged!)))[...])
    for example in cases {
      let image = try? ImageDecoder.decode(example.file)
      let expected = example.expected.pixels.isEmpty ? nil : example.expected
      #expect(image?.size == expected?.size && image?.rgb.pixels == expected?.pixels, "\(example.name)")
    }
    print("\(cases.count) pictures, of which Pillow refuses \(cases.count { $0.expected.pixels.isEmpty })")
  }

  /// Where these may end early, and the picture is whole: an end marker, metadata, pages, padding.
  private static let endings = ["png": 16, "gif": 1500, "tif": 800, "bmp": 3, "heic": 900, "avif": 0]

  @Test("a file cut short is an error in one line, never a crash or a half-grey picture", arguments: cases + heifCases)
  func truncated(_ example: Case) throws {
    let whole = try ImageDecoder.decode(example.file)
    let rest = Self.endings[String(example.name.split(separator: ".").last!)] ?? 0
    var errors = 0
    for length in example.file.indices {
      do {
        let image = try ImageDecoder.decode([UInt8](example.file[..<length]))
        #expect(image == whole && example.file.count - length <= rest, "\(length) of \(example.file.count) bytes")
      } catch let error as DatasetError {
        #expect(!error.description.contains("\n"))
        errors += 1
      }
    }
    #expect(errors > 0)
  }

  @Test("a file with any byte changed is a picture or an error, never a crash", arguments: cases + heifCases)
  func corrupt(_ example: Case) {
    var random = Philox(seed: 7)
    for _ in 0..<300 {
      var file = example.file
      file[random.integer(below: file.count)] = UInt8(random.integer(below: 256))
      _ = try? ImageDecoder.decode(file, limits: ImageLimits(pixels: 1 << 20))
    }
  }

  @Test("stray bytes that libjpeg only warns of are no error")
  func warning() throws {
    let file = try Self.file("ycbcr 4:4:4.jpg")
    let stray: [UInt8] = file.dropLast(2) + [0, 0, 0, 0, 0, 0] + file.suffix(2)
    #expect(try ImageDecoder.decode(stray) == ImageDecoder.decode(file))
  }

  @Test("more pixels than the limit, whatever the file's size", arguments: ["rgb 8.png", "ycbcr 4:2:0.jpg"])
  func limits(name: String) throws {
    let file = try Self.file(name)
    let error = #expect(throws: DatasetError.self) { try ImageDecoder.decode(file, limits: ImageLimits(pixels: 550)) }
    #expect(
      error?.description == "19×29 pixels: more than the limit of 550 pixels (--max-pixels), or of 65535 pixels a side")
    #expect(throws: DatasetError.self) { try ImageDecoder.decode(file, limits: ImageLimits(side: 28)) }
    #expect(try ImageDecoder.decode(file, limits: ImageLimits(pixels: 551, side: 29)).size.width == 29)
  }

  @Test("a header that promises 65,535 × 65,535 pixels is refused before memory is taken")
  func bomb() throws {
    let file = try fixture("bomb.png")
    let error = #expect(throws: DatasetError.self) { try ImageDecoder.decode(file) }
    #expect(error?.description.hasPrefix("65535×65535 pixels: more than the limit") == true)
  }

  @Test("a header that promises 65,535 × 65,535 pixels, of any format, or a tile of a gigabyte")
  func bombs() throws {
    let most: [UInt8] = [0xFF, 0xFF]
    let bitmap: [UInt8] =
      Array("BM".utf8) + [0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0] + most + [0, 0] + most
      + [0, 0, 1, 0, 24, 0] + [UInt8](repeating: 0, count: 24)
    let anyMap = Array("P6 65535 65535 255\n".utf8)
    let gif: [UInt8] =
      Array("GIF89a".utf8) + most + most + [0, 0, 0, 0x2C, 0, 0, 0, 0] + most + most + [0, 2, 1, 0, 0, 0x3B]
    var files = [bitmap, anyMap, gif]
    var tiff = try Self.file("planes.tif")
    try Self.change(&tiff, tag: 256, to: 65535)
    try Self.change(&tiff, tag: 257, to: 65535)
    files.append(tiff)
    for file in files {
      let error = #expect(throws: DatasetError.self) { try ImageDecoder.decode(file) }
      #expect(error?.description.hasPrefix("65535×65535 pixels: more than the limit") == true, "\(error!)")
    }
    var tiled = try Self.file("rgb 16, big-endian.tif")
    try Self.change(&tiled, tag: 322, to: 16384)
    try Self.change(&tiled, tag: 323, to: 16384)
    let error = #expect(throws: DatasetError.self) { try ImageDecoder.decode(tiled) }
    #expect(error?.description == "a TIFF picture of 9×13 pixels with tiles of 16384×16384")
  }

  /// Gives a tag of a TIFF file, big-endian and with values of four bytes, another value.
  private static func change(_ file: inout [UInt8], tag: UInt16, to value: UInt32) throws {
    let start = [UInt8(tag >> 8), UInt8(tag & 0xFF), 0, 4, 0, 0, 0, 1]
    let offset = try #require(file.indices.first { file[$0...].starts(with: start) })
    for byte in 0..<4 { file[offset + 8 + byte] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * byte)) }
  }

  @Test("TIFF samples whose white can't be told are refused with what to do")
  func unknownRange() throws {
    var file = try Self.file("white is zero.tif")
    let format: [UInt8] = [21, 1]
    // SamplesPerPixel (277) becomes SampleFormat (339), the value 3, floating point.
    let offset = try #require(file.indices.first { file[$0...].starts(with: format + [4, 0, 1, 0, 0, 0]) })
    file[offset] = 83
    file[offset + 8] = 3
    let error = #expect(throws: DatasetError.self) { try ImageDecoder.decode(file) }
    #expect(
      error?.description
        == "a TIFF picture of 8-bit floating-point samples: which value is white can't be told; save it as 8 or 16 bits"
    )
  }

  @Test("texts in a PNG are not unpacked: 200 of 8 MB would take gigabytes, and a quarter of a minute")
  func texts() throws {
    let file = try fixture("text.png")
    let header = 33
    let text = file[header...].prefix(12 + Int(file[header + 2]) << 8 + Int(file[header + 3]))
    let texts = [UInt8]([ArraySlice<UInt8>](repeating: text, count: 200).joined())
    let changed: [UInt8] = file[..<header] + texts + file[(header + text.count)...]
    let time = try ContinuousClock().measure {
      let image = try ImageDecoder.decode(changed)
      #expect(image.pixels == [0])
    }
    #expect(time < .seconds(5))
  }

  @Test("of an animation the first frame is the picture")
  func animation() throws {
    // A frame that was red, coded with loss.
    let image = try ImageDecoder.decode(fixture("animation.webp"))
    #expect(image.size == ImageSize(height: 4, width: 4))
    #expect(image.pixels.chunked(by: 3).allSatisfy { $0.elementsEqual([255, 1, 0]) })
  }

  @Test("a lossless JPEG is decoded or named as what it is")
  func losslessJPEG() throws {
    var file = try Self.file("grey.jpg")
    let start = try #require(file.indices.first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
    file[start + 1] = 0xC3
    let error = #expect(throws: DatasetError.self) { try ImageDecoder.decode(file) }
    #expect(error?.description.hasPrefix("a lossless JPEG (SOF3), which this libjpeg does not decode") == true)
  }

  @Test("the photograph of a phone with 108 megapixels passes, and one of 179 does not")
  func phones() {
    #expect(ImageLimits().pixels == 178_956_970)
    #expect(throws: Never.self) { try ImageLimits().check(height: 12_000, width: 9_000) }
    #expect(throws: DatasetError.self) { try ImageLimits().check(height: 13_378, width: 13_378) }
  }

  @Test("what is no picture is named so")
  func otherFormats() {
    #expect(throws: DatasetError("an empty file")) { try ImageDecoder.decode([]) }
    #expect(throws: DatasetError("not a JPEG, PNG, WebP, TIFF, BMP, GIF, PNM, HEIC or AVIF picture")) {
      try ImageDecoder.decode(Array("BPS8".utf8))
    }
    #expect(throws: DatasetError("a picture in PSD, which is not read: save it as PNG")) {
      try ImageDecoder.decode(Array("8BPS".utf8))
    }
    #expect(throws: DatasetError("a picture in JPEG 2000, which is not read: save it as PNG")) {
      try ImageDecoder.decode([0xFF, 0x4F, 0xFF, 0x51, 0, 41])
    }
  }

  /// images.bin is older than version 0.3.0, whose tests read all of it.
  @Test("pictures that versions before 0.4.0 read otherwise are known, and they alone")
  func earlierVersions() {
    let isOtherwise = ImageDecoder.readsOtherwiseThanBefore
    #expect(Self.records("images.bin").filter { isOtherwise($0.file) }.map(\.name) == [])
    #expect(Self.records("formats.bin").filter { !isOtherwise($0.file) }.map(\.name) == [])
    #expect(Self.heifCases.filter { !isOtherwise($0.file) }.map(\.name) == [])
    // What is upright anyway, or what EXIF says of a JPEG as cameras write it.
    let upright = ["exif", "raw profile", "xmp"].flatMap { kind in ["png", "webp", "jpg"].map { "\(kind) 1.\($0)" } }
    let alike = upright + (1...8).map { "exif and xmp \($0).jpg" } + ["exif and xmp 8.png", "exif 9.png"]
    let oriented = Self.records("oriented.bin")
    #expect(
      oriented.filter { !isOtherwise($0.file) }.map(\.name) == oriented.map(\.name).filter(alike.contains))
    #expect(isOtherwise(PNGHeader.of(height: 9460, width: 9460)))
    #expect(!isOtherwise(PNGHeader.of(height: 9459, width: 9459)))
    #expect(isOtherwise(PNGHeader.of(height: .max, width: .max)))
    #expect(!isOtherwise([]) && !isOtherwise(Array("label,pixel0".utf8)))
  }
}

/// The beginning of a PNG file, which says how large its picture is.
private enum PNGHeader {
  static func of(height: UInt32, width: UInt32) -> [UInt8] {
    func bytes(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + bytes(13) + Array("IHDR".utf8) + bytes(width)
      + bytes(height) + [8, 2, 0, 0, 0] + bytes(0)
  }
}

extension Array {
  fileprivate func chunked(by count: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: self.count, by: count).map { self[$0..<$0 + count] }
  }
}
