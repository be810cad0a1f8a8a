import Core
import Foundation

/// Pictures that are rows of an array in a file. A row is read when it is asked for.
struct ArrayPictures: PictureSource {
  /// What the values of a picture's elements mean.
  enum Range: Equatable {
    /// 0 to 255, as they are.
    case bytes
    /// 0 is black, 1 is white.
    case unit
  }

  let array: any StoredArray
  let layout: ArrayLayout
  let range: Range
  private let blocks: BlockCache?

  init(array: any StoredArray, layout: ArrayLayout, range: Range) {
    (self.array, self.layout, self.range) = (array, layout, range)
    blocks = array.rowsTogether > 1 ? BlockCache() : nil
  }

  /// What was assumed of numbers that are no bytes, and of bytes that are 0 and 1 alone.
  var note: String? {
    guard !array.isBytes || range == .unit else { return nil }
    let meaning = range == .unit ? "at most 1, which is white" : "above 1: 255 is white"
    return "\(array.name): the largest value is \(meaning)"
  }

  /// Of the row: height × width × channels, bytes.
  func content(at index: Int) throws -> [UInt8] {
    let together = array.rowsTogether
    guard let blocks else { return layout.interleaved(try bytes(index..<index + 1)) }
    let first = index / together * together
    let block = try blocks.block(first) { try bytes(first..<min(first + together, array.rowCount)) }
    let start = (index - first) * array.rowSize
    return layout.interleaved(Array(block[start..<start + array.rowSize]))
  }

  private func bytes(_ rows: Swift.Range<Int>) throws -> [UInt8] {
    if array.isBytes && range == .bytes { return try array.bytes(rows) }
    let scale = range == .unit ? 255.0 : 1
    return try array.numbers(rows).map { UInt8(min(max(($0 * scale).rounded(.toNearestOrEven), 0), 255)) }
  }

  func image(at index: Int, content: [UInt8], for _: ImageSize?) throws -> Image {
    Image(height: layout.size.height, width: layout.size.width, channels: layout.channels, pixels: content)
  }

  func origin(at index: Int) -> PictureOrigin? { nil }
}

/// The pictures of several arrays, one behind another.
struct JoinedPictures: PictureSource {
  private let sources: [ArrayPictures]
  /// Where those of each begin.
  private let starts: [Int]

  init(_ sources: [ArrayPictures]) {
    self.sources = sources
    starts = sources.reduce(into: [0]) { starts, source in starts.append(starts.last! + source.array.rowCount) }
  }

  private func place(of index: Int) -> (ArrayPictures, row: Int) {
    let source = starts.lastIndex { $0 <= index }!
    return (sources[source], index - starts[source])
  }

  func content(at index: Int) throws -> [UInt8] {
    let (source, row) = place(of: index)
    return try source.content(at: row)
  }

  func image(at index: Int, content: [UInt8], for size: ImageSize?) throws -> Image {
    let (source, row) = place(of: index)
    return try source.image(at: row, content: content, for: size)
  }

  func origin(at index: Int) -> PictureOrigin? { nil }
}

/// The blocks of rows that were read last: a few of them, or one if it is large.
private final class BlockCache: @unchecked Sendable {
  private let lock = NSLock()
  /// The last one is the one that was asked for last.
  private var blocks: [(first: Int, bytes: [UInt8])] = []
  private static let most = 3
  private static let mostBytes = 1 << 28

  func block(_ first: Int, read: () throws -> [UInt8]) throws -> [UInt8] {
    lock.lock()
    defer { lock.unlock() }
    if let index = blocks.firstIndex(where: { $0.first == first }) {
      let block = blocks.remove(at: index)
      blocks.append(block)
      return block.bytes
    }
    if blocks.count == Self.most { blocks.removeFirst() }
    if let size = blocks.last?.bytes.count, size * (blocks.count + 1) > Self.mostBytes { blocks.removeAll() }
    let bytes = try read()
    blocks.append((first, bytes))
    return bytes
  }
}

/// How a picture's elements lie in a row of an array.
struct ArrayLayout: Equatable {
  let size: ImageSize
  /// 1 or 3.
  let channels: Int
  let isChannelsFirst: Bool

  /// - Parameters:
  ///   - shape: of the array: N×H×W, N×H×W×C, N×C×H×W, or N×(a square number).
  ///   - name: of the array, for the errors.
  /// - Throws: ``DatasetError`` for other shapes.
  init(_ shape: [Int], name: String) throws {
    let row = Array(shape.dropFirst())
    func isChannels(_ length: Int) -> Bool { length == 1 || length == 3 }
    switch row.count {
    case 1:
      let side = Int(Double(row[0]).squareRoot())
      guard side > 0, side * side == row[0] else { throw Self.unknown(shape, name) }
      (size, channels, isChannelsFirst) = (ImageSize(height: side, width: side), 1, false)
    case 2:
      (size, channels, isChannelsFirst) = (ImageSize(height: row[0], width: row[1]), 1, false)
    case 3 where isChannels(row[2]):
      (size, channels, isChannelsFirst) = (ImageSize(height: row[0], width: row[1]), row[2], false)
    case 3 where isChannels(row[0]):
      (size, channels, isChannelsFirst) = (ImageSize(height: row[1], width: row[2]), row[0], true)
    default: throw Self.unknown(shape, name)
    }
  }

  /// Of rows in which the colours lie one behind another, as CIFAR has them: N×(3·side²); or N×(side²), and the shapes above.
  ///
  /// - Throws: ``DatasetError`` for other shapes.
  init(planes shape: [Int], name: String) throws {
    let side = shape.count == 2 ? Int((Double(shape[1]) / 3).squareRoot()) : 0
    if side > 0, 3 * side * side == shape[1] {
      self.init(size: ImageSize(height: side, width: side), channels: 3, isChannelsFirst: true)
    } else {
      try self.init(shape, name: name)
    }
  }

  private init(size: ImageSize, channels: Int, isChannelsFirst: Bool) {
    (self.size, self.channels, self.isChannelsFirst) = (size, channels, isChannelsFirst)
  }

  private static func unknown(_ shape: [Int], _ name: String) -> DatasetError {
    DatasetError(
      "\(name): the shape \(shape.map(String.init).joined(separator: "×")) is not that of pictures: expected N×H×W, N×H×W×1 or "
        + "3, or N×1 or 3×H×W")
  }

  /// Height × width × channels.
  func interleaved(_ row: [UInt8]) -> [UInt8] {
    guard isChannelsFirst, channels > 1 else { return row }
    let count = size.height * size.width
    return [UInt8](unsafeUninitializedCapacity: row.count) { output, initialized in
      for pixel in 0..<count {
        for channel in 0..<channels {
          output[initialized] = row[channel * count + pixel]
          initialized += 1
        }
      }
    }
  }

  /// `28×28, channels first`.
  var text: String { "\(size)\(channels == 3 ? " in colour" : "")\(isChannelsFirst ? ", channels first" : "")" }
}

extension ArrayPictures.Range {
  /// A picture of 0 to 255 is hardly as dark as that, and one of 0 to 1 not as bright.
  private static let doubtful = 1.0...63

  /// What the values of a data set's arrays say of their range, all arrays together: they are read, some rows at a time, bytes
  /// up to the first that tells.
  ///
  /// - Throws: ``DatasetError`` where it can't be told which is white.
  init(of arrays: [any StoredArray]) throws {
    if let array = arrays.first(where: \.isText) { throw DatasetError("\(array.name): texts, and no pictures") }
    if arrays.allSatisfy(\.isBytes) {
      self = try arrays.contains(where: Self.hasMoreThanOne) ? .bytes : .unit
      return
    }
    var most = 0.0
    for array in arrays { most = max(most, try Self.largest(of: array)) }
    self = most <= 1 ? .unit : .bytes
    if most > Self.doubtful.lowerBound, most <= Self.doubtful.upperBound {
      throw Self.unclear("\(arrays[0].name): the largest value is \(most)")
    }
  }

  private static func unclear(_ found: String) -> DatasetError {
    DatasetError(
      "\(found): which is black and which is white can't be told; save them as uint8, 0 to 255, or as numbers from 0 to 1"
    )
  }

  private static func hasMoreThanOne(_ array: any StoredArray) throws -> Bool {
    try forEachBlock(of: array) { rows in try array.bytes(rows).contains { $0 > 1 } }
  }

  private static func largest(of array: any StoredArray) throws -> Double {
    var (least, most) = (Double.infinity, -Double.infinity)
    _ = try forEachBlock(of: array) { rows in
      for value in try array.numbers(rows) {
        guard value.isFinite else { throw DatasetError("\(array.name): a value that is no number (NaN or infinite)") }
        least = min(least, value)
        most = max(most, value)
      }
      return false
    }
    guard least >= 0, most <= 255, most > 0 else { throw unclear("\(array.name): values from \(least) to \(most)") }
    return most
  }

  /// Calls `body` with some rows at a time, until it returns true.
  private static func forEachBlock(
    of array: any StoredArray, _ body: (Swift.Range<Int>) throws -> Bool
  ) rethrows -> Bool {
    let step = max(array.rowsTogether, max(1, (1 << 20) / max(array.rowSize, 1)))
    for first in stride(from: 0, to: array.rowCount, by: step)
    where try body(first..<min(first + step, array.rowCount)) { return true }
    return false
  }
}
