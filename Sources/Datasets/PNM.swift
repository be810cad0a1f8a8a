import Core

/// Decodes the portable any-maps P1 to P6: bits, grey and colour, as text or as bytes, of any largest value up to 65,535
/// (netpbm's pbm(5), pgm(5), ppm(5)). Of a file with several pictures the first.
///
/// As Pillow does it, but for grey above 8 bits, of which Pillow keeps what is below 256: it is scaled as colour is.
enum PNM {
  /// `P1` to `P6`, white space, and a number or a comment.
  static func isPNM(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 3, bytes[0] == UInt8(ascii: "P"), UInt8(ascii: "1")...UInt8(ascii: "6") ~= bytes[1],
      isSpace(bytes[2])
    else { return false }
    let next = bytes[2...].first { !isSpace($0) }
    return next.map { isDigit($0) || $0 == UInt8(ascii: "#") } ?? false
  }

  static func decode(_ bytes: [UInt8], limits: ImageLimits) throws -> Image {
    var reader = PNMReader(bytes: bytes)
    let kind = bytes[1] - UInt8(ascii: "0")
    let isText = kind <= 3
    let isBits = kind == 1 || kind == 4
    let channels = kind == 3 || kind == 6 ? 3 : 1
    let width = try reader.headerNumber()
    let height = try reader.headerNumber()
    try limits.check(height: height, width: width)
    let largest = isBits ? 1 : try reader.headerNumber()
    guard 1...65535 ~= largest else { throw DatasetError("not a PNM picture: the largest value is \(largest)") }
    // A byte of text is at most one value.
    let count = height * width * channels
    let leastBytes = isBits && !isText ? height * ((width + 7) / 8) : count * (largest > 255 && !isText ? 2 : 1)
    guard reader.rest >= leastBytes else { throw PNMReader.cut }
    let pixels =
      switch (isText, isBits) {
      case (true, true): try reader.textBits(count)
      case (true, false): try reader.text(count, upTo: largest)
      case (false, true): reader.bits(height: height, width: width)
      case (false, false): reader.binary(count, upTo: largest)
      }
    return Image(height: height, width: width, channels: channels, pixels: pixels)
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
  static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
}

/// Reads the numbers of an any-map, one after another.
private struct PNMReader {
  static let cut = DatasetError("not a whole PNM picture: the file ends too early")

  let bytes: [UInt8]
  private var offset = 2
  /// As many digits as Pillow takes for a number.
  private static let mostDigits = 10

  init(bytes: [UInt8]) { self.bytes = bytes }

  var rest: Int { bytes.count - offset }

  /// A number and the one white space behind it, which the pixels may follow.
  mutating func headerNumber() throws -> Int {
    let value = try number()
    guard offset < bytes.count, PNM.isSpace(bytes[offset]) else {
      throw offset < bytes.count ? notNumber() : Self.cut
    }
    offset += 1
    return value
  }

  mutating func text(_ count: Int, upTo largest: Int) throws -> [UInt8] {
    let scale = scale(upTo: largest)
    var values: [UInt8] = []
    values.reserveCapacity(count)
    for _ in 0..<count {
      let value = try number()
      guard value <= largest else {
        throw DatasetError("not a whole PNM picture: the value \(value), and the largest is \(largest)")
      }
      values.append(scale[value])
    }
    // Digits at the file's end may be the half of a number.
    return values
  }

  /// Bits as digits, with or without space between them; 1 is black.
  mutating func textBits(_ count: Int) throws -> [UInt8] {
    var values: [UInt8] = []
    values.reserveCapacity(count)
    for _ in 0..<count {
      try skipSpace()
      guard bytes[offset] == UInt8(ascii: "0") || bytes[offset] == UInt8(ascii: "1") else { throw notNumber() }
      values.append(bytes[offset] == UInt8(ascii: "0") ? 255 : 0)
      offset += 1
    }
    return values
  }

  /// Eight pixels a byte, rows padded; 1 is black.
  func bits(height: Int, width: Int) -> [UInt8] {
    let rowBytes = (width + 7) / 8
    return [UInt8](unsafeUninitializedCapacity: height * width) { output, count in
      for row in 0..<height {
        for column in 0..<width {
          let byte = bytes[offset + row * rowBytes + column / 8]
          output[count] = byte >> UInt8(7 - column % 8) & 1 == 0 ? 255 : 0
          count += 1
        }
      }
    }
  }

  /// One byte a value, or two where the largest needs them, the higher one first; what is above the largest is white.
  func binary(_ count: Int, upTo largest: Int) -> [UInt8] {
    if largest == 255 { return Array(bytes[offset..<offset + count]) }
    let scale = scale(upTo: largest)
    return [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
      bytes.withUnsafeBufferPointer { input in
        for index in 0..<count {
          let value =
            largest > 255
            ? Int(input[offset + 2 * index]) << 8 | Int(input[offset + 2 * index + 1]) : Int(input[offset + index])
          output[index] = value > largest ? 255 : scale[value]
        }
      }
      initialized = count
    }
  }

  /// What each value is of 255, rounded, halves to the even.
  private func scale(upTo largest: Int) -> [UInt8] {
    (0...largest).map { UInt8((Double($0) / Double(largest) * 255).rounded(.toNearestOrEven)) }
  }

  private mutating func number() throws -> Int {
    try skipSpace()
    let start = offset
    var value = 0
    while offset < bytes.count, PNM.isDigit(bytes[offset]), offset - start < Self.mostDigits {
      value = 10 * value + Int(bytes[offset] - UInt8(ascii: "0"))
      offset += 1
    }
    guard offset > start else { throw notNumber() }
    guard offset == bytes.count || PNM.isSpace(bytes[offset]) || bytes[offset] == UInt8(ascii: "#") else {
      throw notNumber()
    }
    return value
  }

  /// White space, and comments, which go to the end of their line.
  private mutating func skipSpace() throws {
    while offset < bytes.count {
      if bytes[offset] == UInt8(ascii: "#") {
        while offset < bytes.count, bytes[offset] != 0x0A, bytes[offset] != 0x0D { offset += 1 }
      } else if PNM.isSpace(bytes[offset]) {
        offset += 1
      } else {
        return
      }
    }
    throw Self.cut
  }

  private func notNumber() -> DatasetError {
    let field = bytes[offset...].prefix(12).prefix { !PNM.isSpace($0) }
    return DatasetError(
      "not a whole PNM picture: expected a number at byte \(offset), found '\(String(decoding: field, as: UTF8.self))'")
  }
}
