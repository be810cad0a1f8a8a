import Foundation

/// The header of a `.npy` file: what its elements are, and how they lie (numpy.lib.format, versions 1 to 3).
struct NumPyHeader {
  static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// As long as headers get, of which numpy itself refuses longer ones.
  static let mostBytes = 10_000 + 12

  let type: ArrayElement
  let shape: [Int]
  /// Where the elements begin.
  let offset: Int

  /// - Parameters:
  ///   - bytes: the file's first, ``mostBytes`` or all.
  ///   - name: of the array, for the errors.
  /// - Throws: ``DatasetError`` for what is no header, elements of a type that is not read, and Fortran's order.
  init(_ bytes: [UInt8], name: String) throws {
    guard bytes.starts(with: Self.signature), bytes.count > 12 else { throw DatasetError("\(name): not a NumPy array") }
    let sizeBytes = bytes[6] == 1 ? 2 : 4
    let start = 8 + sizeBytes
    let size = bytes.littleEndian(at: 8, count: sizeBytes)
    guard start + size <= min(bytes.count, Self.mostBytes) else {
      throw DatasetError("\(name): a NumPy array whose header is cut short")
    }
    let text = String(decoding: bytes[start..<start + size], as: UTF8.self)
    guard let descriptor = Self.quoted("descr", in: text), let shape = Self.shape(in: text) else {
      throw DatasetError(
        "\(name): a NumPy array whose header is not understood: structured or object arrays are not read")
    }
    guard let type = ArrayElement(numPy: descriptor) else {
      throw DatasetError("\(name): elements of NumPy's type \(descriptor) are not read: save them as uint8")
    }
    guard shape.count < 2 || !text.contains("'fortran_order': True") else {
      throw DatasetError("\(name): stored in Fortran's order: save numpy.ascontiguousarray(…) of it")
    }
    self.type = type
    self.shape = shape
    offset = start + size
  }

  /// The text in quotes behind a key.
  private static func quoted(_ key: String, in text: String) -> String? {
    guard let start = text.range(of: "'\(key)': '") else { return nil }
    return text[start.upperBound...].firstIndex(of: "'").map { String(text[start.upperBound..<$0]) }
  }

  /// The numbers of the tuple behind `shape`; nil where one is none, or they are more than memory can hold.
  private static func shape(in text: String) -> [Int]? {
    guard let start = text.range(of: "'shape': ("), let end = text[start.upperBound...].firstIndex(of: ")") else {
      return nil
    }
    var shape: [Int] = []
    for part in text[start.upperBound..<end].split(separator: ",") {
      guard let length = Int(part.trimmingCharacters(in: .whitespaces)), length >= 0 else { return nil }
      shape.append(length)
    }
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(length, 1))
      guard !overflow, product < 1 << 48 else { return nil }
      count = product
    }
    return shape
  }
}

/// The type of an array's elements, and how they become numbers.
package struct ArrayElement: Equatable {
  enum Kind {
    case bool, unsigned, signed, floating
    /// One byte a character, ended by zeros.
    case bytes
    /// Four bytes a character (UCS-4), ended by zeros.
    case unicode
  }

  let kind: Kind
  /// In bytes.
  let size: Int
  let isBigEndian: Bool

  /// - Parameter descriptor: such as `<f4`, `|u1`, `<U12`. Nil for a type that is not read.
  package init?(numPy descriptor: String) {
    let characters = Array(descriptor)
    guard characters.count >= 3, let number = Int(String(characters[2...])), 1...1024 ~= number else { return nil }
    let kinds: [Character: (Kind, sizes: Set<Int>)] = [
      "b": (.bool, [1]), "u": (.unsigned, [1, 2, 4, 8]), "i": (.signed, [1, 2, 4, 8]), "f": (.floating, [2, 4, 8]),
    ]
    isBigEndian = characters[0] == ">"
    switch characters[1] {
    case "S": (kind, size) = (.bytes, number)
    case "U": (kind, size) = (.unicode, 4 * number)
    case let letter:
      guard let (kind, sizes) = kinds[letter], sizes.contains(number) else { return nil }
      (self.kind, size) = (kind, number)
    }
  }

  var isText: Bool { kind == .bytes || kind == .unicode }

  /// The numbers of elements that lie one behind another.
  package func numbers(_ bytes: [UInt8]) -> [Double] {
    stride(from: 0, to: bytes.count - size + 1, by: size).map { start in
      let pattern = (0..<size).reduce(UInt64(0)) { value, index in
        value << 8 | UInt64(bytes[start + (isBigEndian ? index : size - 1 - index)])
      }
      return number(pattern)
    }
  }

  private func number(_ pattern: UInt64) -> Double {
    switch kind {
    case .bool: return pattern == 0 ? 0 : 1
    case .signed: return Double(Int64(bitPattern: pattern << UInt64(64 - 8 * size)) >> Int64(64 - 8 * size))
    case .floating where size == 2: return Self.half(UInt16(truncatingIfNeeded: pattern))
    case .floating where size == 4: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: pattern)))
    case .floating: return Double(bitPattern: pattern)
    case .unsigned, .bytes, .unicode: return Double(pattern)
    }
  }

  /// IEEE 754's binary16; arm64 alone has it as a type.
  private static func half(_ pattern: UInt16) -> Double {
    let magnitude: Double
    switch (pattern >> 10 & 31, pattern & 1023) {
    case (0, let fraction): magnitude = Double(fraction) * 0x1p-24
    case (31, 0): magnitude = .infinity
    case (31, _): magnitude = .nan
    case (let exponent, let fraction):
      magnitude = Double(sign: .plus, exponent: Int(exponent) - 15, significand: 1 + Double(fraction) / 1024)
    }
    return pattern >> 15 == 0 ? magnitude : -magnitude
  }

  /// The texts of elements that lie one behind another.
  func texts(_ bytes: [UInt8]) -> [String] {
    stride(from: 0, to: bytes.count - size + 1, by: size).map { start in
      let element = bytes[start..<start + size]
      guard kind == .unicode else { return String(decoding: element.prefix { $0 != 0 }, as: UTF8.self) }
      var text = String.UnicodeScalarView()
      for offset in stride(from: start, to: start + size, by: 4) {
        let value = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[offset + (isBigEndian ? $1 : 3 - $1)]) }
        if value == 0 { break }
        text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
      }
      return String(text)
    }
  }
}
