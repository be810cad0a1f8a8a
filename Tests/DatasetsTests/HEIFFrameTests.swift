import Datasets
import Testing

/// HEIC and AVIF files whose data are of larger frames than the files say: refused before a decoder makes room for them.
@Suite("Frames in HEIC and AVIF")
struct HEIFFrameTests {
  private func file(_ name: String) throws -> [UInt8] {
    try #require(DecoderTests.heifCases.first { $0.name == name }).file
  }

  private func failure(_ file: [UInt8], _ limits: ImageLimits = ImageLimits()) -> String {
    do {
      _ = try ImageDecoder.decode(file, limits: limits)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  private func position(of part: [UInt8], in file: [UInt8]) throws -> Int {
    try #require(file.indices.first { file[$0...].starts(with: part) })
  }

  /// Bits, the highest first.
  private struct Bits {
    private(set) var bits: [Bool] = []

    mutating func add(_ value: Int, _ count: Int) {
      for bit in (0..<count).reversed() { bits.append(value >> bit & 1 == 1) }
    }

    mutating func addGolomb(_ value: Int) {
      let width = Int.bitWidth - (value + 1).leadingZeroBitCount
      add(value + 1, 2 * width - 1)
    }

    var bytes: [UInt8] {
      stride(from: 0, to: bits.count, by: 8).map { start in
        (start..<start + 8).reduce(0) { $0 << 1 | ($1 < bits.count && bits[$1] ? 1 : 0) }
      }
    }
  }

  /// The file with other data in the place of its first item's: they lie behind it, where its location now points to.
  private func file(_ name: String, behind prefix: [UInt8]) throws -> [UInt8] {
    var file = try file(name)
    // A HEIC has a base offset, 4 bytes, and then an extent behind it; an AVIF the extent alone.
    let isHEIC = name.hasSuffix("heic")
    let place = try position(of: Array("iloc".utf8), in: file) + (isHEIC ? 16 : 18)
    let length = place + (isHEIC ? 10 : 4)
    let start = number(at: place, in: file)
    let data = prefix + file[start..<start + number(at: length, in: file)]
    for (place, number) in [(place, file.count), (length, data.count)] {
      file.replaceSubrange(place..<place + 4, with: bytes(number))
    }
    return file + data
  }

  private func number(at place: Int, in file: [UInt8]) -> Int {
    file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  private func bytes(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }

  @Test("a changed byte in AV1's sequence header")
  func av1() throws {
    var file = try file("grey.avif")
    #expect(file.count == 848)
    // A reduced header: 10 bits, then the widths of the width (5 bits, now 16) and of the height.
    let place = try position(of: [0x0A, 8, 0x18, 0x11, 0x3F], in: file)
    file[place + 3] = 0x3D
    #expect(failure(file) == "not a whole HEIC or AVIF picture: frames of 13×64985, but the file says 24×32")
    #expect(failure(file, ImageLimits(pixels: 4096, side: 1024)).hasPrefix("13×64985 pixels: more than the limit"))
  }

  /// libheif takes the first list of properties; others must do no harm.
  @Test("a second list of properties, which has none")
  func noProperties() throws {
    var file = try file("colour.avif")
    func box(_ type: String) throws -> Range<Int> {
      let start = try position(of: Array(type.utf8), in: file) - 4
      return start..<start + number(at: start, in: file)
    }
    let (meta, ipma) = (try box("meta"), try Array(file[box("ipma")]))
    let picture = try ImageDecoder.decode(file)
    let second = bytes(8 + ipma.count) + Array("iprp".utf8) + ipma
    file.insert(contentsOf: second, at: meta.upperBound)
    for place in [meta.lowerBound, try position(of: Array("iloc".utf8), in: file) + 18] {
      file.replaceSubrange(place..<place + 4, with: bytes(number(at: place, in: file) + second.count))
    }
    #expect(try ImageDecoder.decode(file) == picture)
  }

  @Test("colour codes that there are not")
  func unknownColours() throws {
    let file = try file("grey.avif")
    let place = try position(of: [0x0A, 8, 0x18, 0x11, 0x3F], in: file)
    let failures = (8 * place..<8 * (place + 10)).map { bit in
      var changed = file
      changed[bit / 8] ^= 1 << (bit % 8)
      return failure(changed)
    }
    #expect(failures.contains { $0.hasPrefix("not a whole HEIC or AVIF picture: ") && $0.contains("NCLX") })
  }

  /// A sequence header that is not reduced, of 32×24, whose frames may say sizes of their own, in 16 bits.
  private func sequence(hasDecoderModel: Bool) -> [UInt8] {
    var bits = Bits()
    bits.add(0, 5)  // seq_profile, still_picture, reduced_still_picture_header
    bits.add(hasDecoderModel ? 1 : 0, 1)  // timing_info_present_flag
    if hasDecoderModel {
      bits.add(1, 32)
      bits.add(1, 32)
      bits.add(0b01, 2)  // equal_picture_interval, decoder_model_info_present_flag
      bits.add(9, 5)
      bits.add(1, 32)
      bits.add(9, 5)
      bits.add(6, 5)  // frame_presentation_time_length_minus_1
    }
    bits.add(hasDecoderModel ? 1 : 0, 1)  // initial_display_delay_present_flag
    bits.add(1, 5)  // two operating points
    for _ in 0..<2 {
      bits.add(0, 12)
      bits.add(8, 5)
      bits.add(0, 1)
      if hasDecoderModel {
        bits.add(1, 1)
        bits.add(0, 21)
        bits.add(0b10101, 5)
      }
    }
    bits.add(15, 4)
    bits.add(15, 4)
    bits.add(31, 16)
    bits.add(23, 16)
    bits.add(1, 1)  // frame_id_numbers_present_flag: of 5 bits
    bits.add(1, 4)
    bits.add(1, 3)
    bits.add(0, 3)
    bits.add(0, 4)
    bits.add(0b111, 3)  // enable_order_hint and what follows it
    bits.add(1, 1)  // seq_choose_screen_content_tools
    bits.add(1, 1)  // seq_choose_integer_mv
    bits.add(0, 20)
    return [0x0A, UInt8(bits.bytes.count)] + bits.bytes
  }

  @Test("a frame that says a size of its own", arguments: [false, true], [false, true])
  func override(hasDecoderModel: Bool, isOverridden: Bool) throws {
    var frame = Bits()
    frame.add(0b0001, 4)  // show_existing_frame, a key frame, shown
    if hasDecoderModel { frame.add(0, 7) }
    frame.add(0b011, 3)  // disable_cdf_update, allow_screen_content_tools, force_integer_mv
    frame.add(0, 5)
    frame.add(isOverridden ? 1 : 0, 1)
    frame.add(0, 40)
    let data = sequence(hasDecoderModel: hasDecoderModel) + [0x32, UInt8(frame.bytes.count)] + frame.bytes
    let line = failure(try file("grey.avif", behind: data))
    let refused = "not a whole HEIC or AVIF picture: frames of 65536×65536, but the file says 24×32"
    #expect(
      isOverridden ? line.hasPrefix("65536×65536 pixels: more than the limit") || line == refused : line != refused)
    #expect(isOverridden == line.contains("65536×65536"))
  }

  @Test("a sequence parameter set in HEVC's data", arguments: [0, 2])
  func hevc(subLayers: Int) throws {
    var bits = Bits()
    bits.add(0, 4)
    bits.add(subLayers, 3)
    bits.add(1, 1)
    bits.add(0x0160_0000, 32)
    bits.add(0, 56)
    bits.add(93, 8)
    if subLayers > 0 {
      for flags in [0b11, 0b01] { bits.add(flags, 2) }
      bits.add(0, 12)
      bits.add(0, 88 + 8 + 8)
    }
    bits.addGolomb(0)
    bits.addGolomb(1)
    bits.addGolomb(8192)
    bits.addGolomb(4096)
    bits.add(0, 16)
    // Zeros would look like the start of a unit: a 3 is behind any two of them.
    var unit: [UInt8] = [0x42, 1]
    for byte in bits.bytes {
      if unit.suffix(2) == [0, 0], byte < 4 { unit.append(3) }
      unit.append(byte)
    }
    let whole = [0, 0, 0, UInt8(unit.count)] + unit
    // Its frames are whole blocks, which the file crops.
    let refused = "not a whole HEIC or AVIF picture: frames of 4096×8192, but the file says 64×64"
    let line = failure(try file("colour.heic", behind: whole))
    #expect(line == refused)
    #expect(failure(try file("colour.heic", behind: []), ImageLimits(pixels: 1 << 12, side: 1 << 10)) == "no error")
  }

  @Test("a file whose items name all of it, many times")
  func overlap() throws {
    var file = try file("colour.avif")
    let place = try position(of: Array("infe".utf8), in: file)
    // Many items in a location box of their own, at the end of the box meta.
    let meta = try position(of: Array("meta".utf8), in: file) - 4
    let size = file[meta..<meta + 4].reduce(0) { $0 << 8 | Int($1) }
    let item = [UInt8](file[place + 8..<place + 10])
    let count = 40
    var box = Array("iloc".utf8) + [0, 0, 0, 0, 0x44, 0, 0, UInt8(count)]
    for _ in 0..<count { box += item + [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 6, 0] }
    box = [0, 0, UInt8((box.count + 4) >> 8), UInt8(truncatingIfNeeded: box.count + 4)] + box
    for byte in 0..<4 { file[meta + byte] = UInt8(truncatingIfNeeded: (size + box.count) >> (24 - 8 * byte)) }
    file.insert(contentsOf: box, at: meta + size)
    #expect(failure(file) == "not a whole HEIC or AVIF picture: its parts overlap")
  }
}
