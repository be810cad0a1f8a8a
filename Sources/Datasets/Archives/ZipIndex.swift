import Foundation

/// Reads the directory of a zip archive, ZIP64 too (PKWARE, APPNOTE.TXT 6.3, section 4.3).
struct ZipIndex {
  private let file: OpenFile
  private let name: String
  /// Zips in this one are folders, one level deep.
  private let isInner: Bool

  private enum Signature {
    static let end: [UInt8] = [0x50, 0x4B, 5, 6]
    static let end64: [UInt8] = [0x50, 0x4B, 6, 6]
    static let locator64: [UInt8] = [0x50, 0x4B, 6, 7]
    static let entry: [UInt8] = [0x50, 0x4B, 1, 2]
  }

  init(_ file: OpenFile, name: String, isInner: Bool = false) {
    (self.file, self.name, self.isInner) = (file, name, isInner)
  }

  private var damaged: DatasetError { DatasetError("\(name): not a whole zip archive: get it again") }

  /// Adds all files.
  ///
  /// - Parameter prefix: the folder that they are in.
  /// - Throws: ``DatasetError`` for a damaged archive, an encrypted one, and a path that leads outside.
  func add(to builder: inout ArchiveIndex.Builder, below prefix: String = "") throws {
    try forEachFile { header, path in try add(header, path: path, to: &builder, below: prefix) }
  }

  /// Whether a file of that name lies in any folder, whatever its capitals.
  ///
  /// - Parameter name: of ASCII letters.
  /// - Throws: ``DatasetError`` for a damaged archive.
  func hasFile(named name: String) throws -> Bool {
    let wanted = Array("/\(name)".utf8)
    var isThere = false
    try forEachFile { _, path in
      guard !isThere, path.count >= wanted.count - 1 else { return }
      isThere = zip(path.reversed(), wanted.reversed()).allSatisfy { $0 == $1 || $0 ^ 0x20 == $1 && 0x61...0x7A ~= $1 }
    }
    return isThere
  }

  /// - Parameter body: is called with what the directory says of each, and the bytes of its path.
  private func forEachFile(_ body: (Header, ArraySlice<UInt8>) throws -> Void) throws {
    let (offset, size, count) = try directory()
    guard size <= 1 << 30, offset >= 0, size >= 46 * count || count == 0, offset + size <= file.size else {
      throw damaged
    }
    let bytes = try file.read(offset..<offset + size, name: name)
    var position = 0
    for _ in 0..<count {
      guard position + 46 <= bytes.count, bytes[position..<position + 4].elementsEqual(Signature.entry) else {
        throw damaged
      }
      let nameSize = bytes.littleEndian(at: position + 28, count: 2)
      let extraSize = bytes.littleEndian(at: position + 30, count: 2)
      let commentSize = bytes.littleEndian(at: position + 32, count: 2)
      let extra = position + 46 + nameSize
      guard extra + extraSize + commentSize <= bytes.count else { throw damaged }
      try body(Header(bytes, at: position, extra: extra..<extra + extraSize), bytes[position + 46..<extra])
      position = extra + extraSize + commentSize
    }
  }

  /// What the directory says of a file.
  private struct Header {
    let flags: Int
    let method: Int
    let crc: UInt32
    var packedSize: Int
    var size: Int
    var offset: Int

    init(_ bytes: [UInt8], at position: Int, extra: Range<Int>) {
      flags = bytes.littleEndian(at: position + 8, count: 2)
      method = bytes.littleEndian(at: position + 10, count: 2)
      crc = UInt32(bytes.littleEndian(at: position + 16, count: 4))
      packedSize = bytes.littleEndian(at: position + 20, count: 4)
      size = bytes.littleEndian(at: position + 24, count: 4)
      offset = bytes.littleEndian(at: position + 42, count: 4)
      var field = extra.lowerBound
      while field + 4 <= extra.upperBound {
        let (id, count) = (bytes.littleEndian(at: field, count: 2), bytes.littleEndian(at: field + 2, count: 2))
        if id == 1 { read64(bytes, field + 4..<min(field + 4 + count, extra.upperBound)) }
        field += 4 + count
      }
    }

    /// The numbers that were too large for four bytes, in this order.
    private mutating func read64(_ bytes: [UInt8], _ field: Range<Int>) {
      var position = field.lowerBound
      func next(_ value: Int) -> Int {
        guard value == 0xFFFF_FFFF, position + 8 <= field.upperBound else { return value }
        defer { position += 8 }
        return bytes.littleEndian(at: position, count: 7)
      }
      size = next(size)
      packedSize = next(packedSize)
      offset = next(offset)
    }
  }

  private func add(
    _ header: Header, path bytes: ArraySlice<UInt8>, to builder: inout ArchiveIndex.Builder, below prefix: String
  ) throws {
    guard let path = try builder.plain(bytes, archive: name) else { return }
    let inside = prefix.isEmpty ? path : "\(prefix)/\(path)"
    if bytes.last == UInt8(ascii: "/") { return builder.addFolder(inside) }
    guard header.flags & 1 == 0 else {
      throw DatasetError("\(name): the entry \(path) is encrypted: unpack the archive")
    }
    guard header.method == 0 || header.method == 8 else {
      throw DatasetError(
        "\(name): the entry \(path) is packed in way \(header.method), not by deflate: unpack the archive")
    }
    // Deflate makes data smaller by 1,032 at most: what claims more is a bomb or damage.
    guard header.packedSize <= file.size, header.size <= 1032 * header.packedSize + 64,
      header.method == 8 || header.size == header.packedSize
    else { throw DatasetError("\(name): the entry \(path) says that it unpacks to more than it can: damaged") }
    guard header.offset >= 0, header.offset + 30 + header.packedSize <= file.size else { throw damaged }
    let entry = ArchiveIndex.Entry(
      file: file, offset: header.offset, hasHeader: true, packedSize: header.packedSize, size: header.size,
      packing: header.method == 8 ? .deflated(crc: header.crc) : .checked(crc: header.crc))
    let isZip = path.utf8.count > 4 && path.utf8.suffix(4).elementsEqual(".zip".utf8) { $0 | 0x20 == $1 | 0x20 }
    guard isZip, !isInner else { return builder.add(entry, at: inside) }
    let inner = try OpenFile.unpacked("\(name)/\(path)") { write in
      try OpenFile.requireRoom(header.size, name: "\(name)/\(path)")
      try ArchiveIndex.content(of: entry, name: "\(name)/\(path)").withUnsafeBytes { try write($0) }
    }
    try ZipIndex(inner, name: "\(name)/\(path)", isInner: true).add(to: &builder, below: String(inside.dropLast(4)))
  }

  /// Where the directory is, in bytes, and how many files it has.
  private func directory() throws -> (offset: Int, size: Int, count: Int) {
    // A comment of at most 65,535 bytes may follow.
    let start = max(0, file.size - 22 - 65_535)
    let tail = try file.read(start..<file.size, name: name)
    guard tail.count >= 22,
      let end = (0...tail.count - 22).reversed().first(where: { tail[$0...].starts(with: Signature.end) })
    else { throw damaged }
    let count = tail.littleEndian(at: end + 10, count: 2)
    let size = tail.littleEndian(at: end + 12, count: 4)
    let offset = tail.littleEndian(at: end + 16, count: 4)
    guard count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF, end >= 20,
      tail[(end - 20)...].starts(with: Signature.locator64)
    else { return (offset, size, count) }
    let place = tail.littleEndian(at: end - 12, count: 7)
    guard place + 56 <= file.size else { throw damaged }
    let end64 = try file.read(place..<place + 56, name: name)
    guard end64.starts(with: Signature.end64) else { throw damaged }
    return (
      end64.littleEndian(at: 48, count: 7), end64.littleEndian(at: 40, count: 7), end64.littleEndian(at: 32, count: 6)
    )
  }
}
