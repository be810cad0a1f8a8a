/// The bytes of a pickle, read by and by: long strings are passed over, so that memory does not grow with them.
struct PickleReader {
  let source: PickleSource
  private(set) var position = 0
  /// How many bytes may still be read, long strings aside.
  private var budget: Int
  private var window: [UInt8] = []
  private var windowStart = 0

  private static let windowSize = 1 << 16
  /// Strings from here on are long.
  private static let long = 1 << 10

  init(_ source: PickleSource, limit: Int) {
    (self.source, budget) = (source, limit)
  }

  mutating func next() throws -> UInt8 {
    let index = try take(1)
    return window[index]
  }

  /// Little-endian.
  mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type) throws -> Integer {
    let size = MemoryLayout<Integer>.size
    let start = try take(size)
    return (0..<size).reduce(0) { $0 | Integer(truncatingIfNeeded: window[start + $1]) << Integer(8 * $1) }
  }

  mutating func bytes(_ count: Int) throws -> ArraySlice<UInt8> {
    let start = try take(count)
    return window[start..<start + count]
  }

  /// Passes over a string, and says where it is.
  mutating func string(_ count: Int) throws -> Range<Int> {
    guard count >= 0, count <= source.size - position else { throw PickleError.truncated }
    if count < Self.long { try pay(count) }
    defer { position += count }
    return position..<position + count
  }

  mutating func skip(_ count: Int) throws { _ = try string(count) }

  /// Up to a line feed, which is passed over, too.
  mutating func line() throws -> String {
    var line: [UInt8] = []
    while line.count < Self.long {
      let byte = try next()
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
    throw PickleError.truncated
  }

  private mutating func pay(_ count: Int) throws {
    guard count <= budget else { throw PickleError.truncated }
    budget -= count
  }

  /// Makes the window hold the next bytes, and goes on behind them.
  ///
  /// - Returns: where they begin in the window.
  private mutating func take(_ count: Int) throws -> Int {
    guard count >= 0, count <= source.size - position else { throw PickleError.truncated }
    try pay(count)
    if position < windowStart || position + count > windowStart + window.count {
      windowStart = position
      window = try source.read(position..<min(position + max(count, Self.windowSize), source.size))
    }
    defer { position += count }
    return position - windowStart
  }
}

/// Where a pickle lies.
package struct PickleSource {
  /// In bytes.
  let size: Int
  /// The bytes of a range, all of them.
  let read: (Range<Int>) throws -> [UInt8]

  package init(size: Int, read: @escaping (Range<Int>) throws -> [UInt8]) {
    (self.size, self.read) = (size, read)
  }
}
