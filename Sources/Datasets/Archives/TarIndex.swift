import Foundation

/// Reads the headers of a tar archive, in one pass: ustar, GNU's long names, pax (POSIX.1-2017, pax, "ustar Interchange
/// Format" and "pax Extended Header").
struct TarIndex {
  private let file: OpenFile
  private let name: String
  private static let block = 512
  /// Of a header with names and the like: what is longer is no name.
  private static let mostMetadata = 1 << 20

  init(_ file: OpenFile, name: String) {
    (self.file, self.name) = (file, name)
  }

  /// Whether these are the first 512 bytes of one.
  static func isTar(_ start: [UInt8]) -> Bool {
    start.count >= 512 && start[257..<262].elementsEqual("ustar".utf8) && hasChecksum(start[..<512])
  }

  private var damaged: DatasetError { DatasetError("\(name): not a whole tar archive: get it again") }

  /// What headers in front of a file say of it.
  private struct Extension {
    var path: ArraySlice<UInt8>?
    var link: String?
    var size: Int?
  }

  /// Adds all files.
  ///
  /// - Throws: ``DatasetError`` for a damaged archive, and a path that leads outside.
  func add(to builder: inout ArchiveIndex.Builder) throws {
    var links: [(path: String, target: String, text: String)] = []
    var next = Extension()
    var offset = 0
    while true {
      guard offset + Self.block <= file.size else { throw damaged }
      let header = try file.read(offset..<offset + Self.block, name: name)
      offset += Self.block
      // A block of zeros is the end.
      if header.allSatisfy({ $0 == 0 }) { break }
      guard Self.hasChecksum(header[...]) else { throw damaged }
      let size = try next.size ?? number(header[124..<136])
      guard size >= 0, size <= file.size - offset else { throw damaged }
      let content = offset..<offset + size
      offset += (size + Self.block - 1) / Self.block * Self.block
      switch header[156] {
      case UInt8(ascii: "x"):
        try readPax(content, into: &next)
        continue
      case UInt8(ascii: "L"):
        next.path = try metadata(content).prefix { $0 != 0 }
        continue
      case UInt8(ascii: "K"):
        next.link = text(try metadata(content)[...])
        continue
      case UInt8(ascii: "g"): continue
      default: break
      }
      let path = next.path ?? Self.path(header)[...]
      let link = next.link ?? text(header[157..<257])
      next = Extension()
      guard let plain = try builder.plain(path, archive: name) else { continue }
      switch header[156] {
      case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
        let entry = ArchiveIndex.Entry(
          file: file, offset: content.lowerBound, packedSize: size, size: size, packing: .stored)
        builder.add(entry, at: plain)
      case UInt8(ascii: "5"): builder.addFolder(plain)
      case UInt8(ascii: "1"): links.append((plain, link, link))
      case UInt8(ascii: "2"):
        let folder = plain.split(separator: "/").dropLast().joined(separator: "/")
        links.append((plain, Self.resolved(link, in: folder), link))
      default: break  // Devices and pipes are no pictures.
      }
    }
    for (path, target, text) in links {
      if let entry = builder.entries[target] {
        builder.add(entry, at: path)
      } else {
        builder.addDanglingLink(path, to: text)
      }
    }
  }

  /// The path of a link's target in the archive; one that leads outside is none there.
  private static func resolved(_ link: String, in folder: String) -> String {
    var parts = link.hasPrefix("/") ? [] : folder.split(separator: "/")
    for part in link.split(separator: "/") where part != "." {
      if part != ".." { parts.append(part) } else if parts.isEmpty { return "" } else { parts.removeLast() }
    }
    return parts.joined(separator: "/")
  }

  private func metadata(_ range: Range<Int>) throws -> [UInt8] {
    guard range.count <= Self.mostMetadata else { throw damaged }
    return try file.read(range, name: name)
  }

  /// Lines of a length, a key, and a value: `27 path=a/long/name\n`.
  private func readPax(_ range: Range<Int>, into next: inout Extension) throws {
    var rest = try metadata(range)[...]
    while !rest.isEmpty {
      guard let space = rest.firstIndex(of: 0x20), let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
        length > space - rest.startIndex + 1, length <= rest.count
      else { throw damaged }
      let line = rest[(space + 1)..<(rest.startIndex + length - 1)]
      rest = rest[(rest.startIndex + length)...]
      guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { throw damaged }
      let bytes = line[(equals + 1)...]
      let value = String(decoding: bytes, as: UTF8.self)
      switch String(decoding: line[..<equals], as: UTF8.self) {
      case "path": next.path = bytes
      case "linkpath": next.link = value
      case "size":
        guard let size = Int(value) else { throw damaged }
        next.size = size
      case let key where key.hasPrefix("GNU.sparse"):
        throw DatasetError("\(name): a sparse file in this archive: unpack it, and give the folder")
      default: break
      }
    }
  }

  private func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }

  private static func path(_ header: [UInt8]) -> [UInt8] {
    let name = Array(header[0..<100].prefix { $0 != 0 })
    // GNU's own format, whose version is a space, has other things in the prefix's place.
    guard header[262] == 0 else { return name }
    let prefix = header[345..<500].prefix { $0 != 0 }
    return prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
  }

  /// Octal digits; or, after a byte of 0x80, a number of 8 bytes for what is larger.
  private func number(_ field: ArraySlice<UInt8>) throws -> Int {
    if field.first == 0x80 {
      guard field.dropFirst().prefix(4).allSatisfy({ $0 == 0 }) else { throw damaged }
      return field.suffix(7).reduce(0) { $0 << 8 | Int($1) }
    }
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
    guard !digits.isEmpty else { return 0 }
    guard let value = Int(String(decoding: digits, as: UTF8.self), radix: 8) else { throw damaged }
    return value
  }

  /// Whether the sum of all bytes, its own field taken for spaces, is the one that stands there.
  private static func hasChecksum(_ header: ArraySlice<UInt8>) -> Bool {
    let field = header.startIndex + 148..<header.startIndex + 156
    let digits = header[field].drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
    let sum = header.indices.reduce(0) { $0 + (field.contains($1) ? 0x20 : Int(header[$1])) }
    return Int(String(decoding: digits, as: UTF8.self), radix: 8) == sum
  }
}
