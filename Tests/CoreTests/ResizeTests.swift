import Core
import Testing

@Suite("Resizing equals Pillow's Image.resize, ImageOps.fit and ImageOps.pad")
struct ResizeTests {
  /// One picture and what Pillow made of it (Fixtures/make_resized.py).
  struct Case: Sendable, CustomTestStringConvertible {
    let source: Image
    let expected: Image
    let filter: ResizeFilter
    let aspect: AspectRatio

    var testDescription: String { "\(source.size)×\(source.channels) to \(expected.size), \(filter), \(aspect)" }
  }

  static let cases: [Case] = {
    var reader = Reader(bytes: Fixture.bytes("resized.bin"))
    var cases: [Case] = []
    while !reader.isAtEnd {
      let (height, width, channels, results) = (reader.uint16(), reader.uint16(), reader.uint16(), reader.uint16())
      let source = reader.image(height, width, channels)
      for _ in 0..<results {
        let (height, width, filter, aspect) = (reader.uint16(), reader.uint16(), reader.uint16(), reader.uint16())
        let expected = reader.image(height, width, channels)
        cases.append(
          Case(
            source: source, expected: expected, filter: ResizeFilter.allCases[filter],
            aspect: AspectRatio.allCases[aspect]))
      }
    }
    return cases
  }()

  private struct Reader {
    let bytes: [UInt8]
    var offset = 0
    var isAtEnd: Bool { offset == bytes.count }

    mutating func uint16() -> Int {
      defer { offset += 2 }
      return Int(bytes[offset]) | Int(bytes[offset + 1]) << 8
    }

    mutating func image(_ height: Int, _ width: Int, _ channels: Int) -> Image {
      let count = height * width * channels
      defer { offset += count }
      return Image(
        height: height, width: width, channels: channels, pixels: [UInt8](bytes[offset..<offset + count]))
    }
  }

  @Test("bit for bit", arguments: cases)
  func equalsPillow(_ example: Case) {
    let result = example.source.resized(to: example.expected.size, filter: example.filter, aspect: example.aspect)
    let differences = zip(result.pixels, example.expected.pixels).map { abs(Int($0) - Int($1)) }
    #expect(result.size == example.expected.size)
    #expect(differences.max() == 0, "\(differences.count { $0 > 0 }) of \(differences.count) values differ")
  }

  @Test("grey resized in three channels is the same as three channels of grey resized")
  func greyCommutes() throws {
    let example = try #require(Self.cases.first { $0.source.channels == 1 && $0.filter == .lanczos })
    let size = example.expected.size
    #expect(example.source.rgb.resized(to: size) == example.source.resized(to: size).rgb)
  }

  @Test("a resizer serves many images")
  func reuse() throws {
    let example = try #require(Self.cases.first { $0.filter == .bilinear })
    let resizer = Resizer(from: example.source.size, to: example.expected.size)
    let (height, width, channels) = (example.source.height, example.source.width, example.source.channels)
    let zeros = [UInt8](repeating: 0, count: height * width * channels)
    let black = Image(height: height, width: width, channels: channels, pixels: zeros)
    #expect(resizer.resize(black).pixels.allSatisfy { $0 == 0 })
    #expect(resizer.resize(example.source) == example.expected)
  }
}
