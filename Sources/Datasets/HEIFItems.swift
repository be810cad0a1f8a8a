import Core

/// The coded pictures in a HEIC or AVIF file, before any is decoded (ISO/IEC 14496-12 and 23008-12): libheif lets its decoders
/// make room for frames of whatever size their data say, which need not be what the file says.
struct HEIFItems {
  private let file: ArraySlice<UInt8>
  private var items: [Item] = []

  enum Coding { case av1, hevc }

  private struct Item {
    let coding: Coding
    /// What is in front of the data: parameter sets that the file has apart.
    let configurations: [ArraySlice<UInt8>]
    /// Parts of the file.
    let data: [ArraySlice<UInt8>]
    /// As the file says; nil where it doesn't.
    let size: ImageSize?
  }

  /// What can't be understood is left out: libheif doesn't decode it.
  init(_ file: [UInt8]) {
    self.file = file[...]
    for box in boxes(in: self.file) where box.type == "meta" { readMeta(box.content.dropFirst(4)) }
  }

  /// - Throws: ``DatasetError`` for a picture whose frames are beyond the limits, or are much larger than the file says.
  func check(_ limits: ImageLimits) throws {
    // Of a whole file every part belongs to one picture; but each of many could name all of it, many times.
    let total = items.reduce(0) { $0 + max($1.configurations.count, 1) * $1.data.reduce(0) { $0 + $1.count } }
    guard total <= 8 * file.count else { throw DatasetError("not a whole HEIC or AVIF picture: its parts overlap") }
    for item in items {
      let data = Array(item.data.joined())
      for configuration in item.configurations.isEmpty ? [[]] : item.configurations {
        let sizes =
          switch item.coding {
          case .av1: AV1Frames.sizes(configuration + data)
          case .hevc: HEVCFrames.sizes(configuration: configuration, data: data[...])
          }
        for size in sizes { try Self.check(size, said: item.size, limits) }
      }
    }
  }

  private static func check(_ size: ImageSize, said: ImageSize?, _ limits: ImageLimits) throws {
    try limits.check(height: size.height, width: size.width, bytesAPixel: 20)
    // Frames are whole blocks, of at most 64 pixels a side.
    if let said, size.height > 2 * said.height + 64 || size.width > 2 * said.width + 64 {
      throw DatasetError("not a whole HEIC or AVIF picture: frames of \(size), but the file says \(said)")
    }
  }

  // MARK: - Boxes

  private struct Box {
    let type: String
    let content: ArraySlice<UInt8>
  }

  private func boxes(in bytes: ArraySlice<UInt8>) -> [Box] {
    var boxes: [Box] = []
    var rest = bytes
    while rest.count >= 8 {
      let type = String(decoding: rest.dropFirst(4).prefix(4), as: UTF8.self)
      var (size, header) = (rest.bigEndian(at: 0, count: 4), 8)
      if size == 1 {
        guard rest.count >= 16, rest.bigEndian(at: 8, count: 2) == 0 else { break }
        (size, header) = (rest.bigEndian(at: 8, count: 8), 16)
      }
      if size == 0 { size = rest.count }
      guard size >= header else { break }
      boxes.append(Box(type: type, content: rest.prefix(size).dropFirst(header)))
      rest = rest.dropFirst(size)
    }
    return boxes
  }

  private mutating func readMeta(_ content: ArraySlice<UInt8>) {
    let boxes = boxes(in: content)
    func all(_ type: String) -> [ArraySlice<UInt8>] { boxes.filter { $0.type == type }.map(\.content) }
    let codings = all("iinf").reduce(into: [Int: Coding]()) { readTypes($1, into: &$0) }
    let properties = all("iprp").map(readProperties)
    let idat = all("idat").first ?? []
    for location in all("iloc").flatMap(readLocations) {
      guard let coding = codings[location.item] else { continue }
      let source = location.isInIDAT ? idat : file
      let data = location.extents.map { source.dropFirst($0.lowerBound).prefix($0.count) }
      let own = properties.flatMap { properties in (properties.own[location.item] ?? []).map { properties.all[$0] } }
      let kind = coding == .av1 ? "av1C" : "hvcC"
      let sizes = own.filter { $0.type == "ispe" && $0.content.count >= 12 }.map(\.content)
      items.append(
        Item(
          coding: coding,
          configurations: own.filter { $0.type == kind }.map { $0.content.dropFirst(coding == .av1 ? 4 : 0) },
          data: data,
          size: sizes.first.map {
            ImageSize(height: $0.bigEndian(at: 8, count: 4), width: $0.bigEndian(at: 4, count: 4))
          }))
    }
  }

  /// iinf: how each item is coded, of those that are.
  private func readTypes(_ content: ArraySlice<UInt8>, into codings: inout [Int: Coding]) {
    guard content.count >= 6 else { return }
    for box in boxes(in: content.dropFirst(content.first == 0 ? 6 : 8)) where box.type == "infe" {
      var reader = ByteReader(box.content)
      guard let version = reader.read(1), version >= 2, reader.read(3) != nil,
        let item = reader.read(version == 2 ? 2 : 4),
        reader.read(2) != nil, let type = reader.read(4)
      else { continue }
      switch type {
      case 0x6176_3031: codings[item] = .av1  // av01
      case 0x6876_6331: codings[item] = .hevc  // hvc1
      default: break
      }
    }
  }

  /// iprp: all properties, and which of them each item has.
  private func readProperties(_ content: ArraySlice<UInt8>) -> (all: [Box], own: [Int: [Int]]) {
    let inner = boxes(in: content)
    let properties = inner.first { $0.type == "ipco" }.map { boxes(in: $0.content) } ?? []
    var own: [Int: [Int]] = [:]
    for box in inner where box.type == "ipma" {
      var reader = ByteReader(box.content)
      guard let version = reader.read(1), let flags = reader.read(3), let count = reader.read(4) else { continue }
      for _ in 0..<count {
        guard let item = reader.read(version < 1 ? 2 : 4), let associations = reader.read(1) else { break }
        for _ in 0..<associations {
          let isLong = flags & 1 == 1
          guard let index = reader.read(isLong ? 2 : 1).map({ $0 & (isLong ? 0x7FFF : 0x7F) }) else { break }
          if properties.indices.contains(index - 1) { own[item, default: []].append(index - 1) }
        }
      }
    }
    return (properties, own)
  }

  private struct Location {
    let item: Int
    let isInIDAT: Bool
    let extents: [Range<Int>]
  }

  /// iloc: where each item's data are.
  private func readLocations(_ content: ArraySlice<UInt8>) -> [Location] {
    var reader = ByteReader(content)
    var locations: [Location] = []
    guard let version = reader.read(1), reader.read(3) != nil, let sizes = reader.read(2),
      let count = reader.read(version < 2 ? 2 : 4)
    else { return [] }
    // As libheif: a number of another size is none.
    func size(_ shift: Int) -> Int { [4, 8].contains(sizes >> shift & 15) ? sizes >> shift & 15 : 0 }
    for _ in 0..<count {
      guard let item = reader.read(version < 2 ? 2 : 4), let method = version < 1 ? 0 : reader.read(2),
        reader.read(2) != nil, let base = reader.read(size(4)), let extents = reader.read(2)
      else { break }
      var ranges: [Range<Int>] = []
      for _ in 0..<extents {
        guard version < 2 || reader.read(size(0)) != nil, let offset = reader.read(size(12)),
          let length = reader.read(size(8))
        else { break }
        let start = base + offset
        if start <= file.count, length <= file.count { ranges.append(start..<start + length) }
      }
      locations.append(Location(item: item, isInIDAT: method & 15 == 1, extents: ranges))
    }
    return locations
  }
}

/// Big-endian numbers, one behind another.
private struct ByteReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// Nil at the end, and for a number beyond 2⁴⁸.
  mutating func read(_ count: Int) -> Int? {
    guard rest.count >= count, count < 8 || rest.bigEndian(at: 0, count: 2) == 0 else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.bigEndian(at: 0, count: count)
  }
}

extension ArraySlice<UInt8> {
  /// A number of `count` bytes, the highest first.
  fileprivate func bigEndian(at offset: Int, count: Int) -> Int {
    self[startIndex + offset..<startIndex + offset + count].reduce(0) { $0 << 8 | Int($1) }
  }
}
