import CDeflate
import Core
import Storage

/// Where the files of an archive are, by their paths: made once, in one pass, and then read at any place, from any thread.
final class ArchiveIndex: Sendable {
  /// What is at a path.
  struct Entry: Sendable {
    enum Packing: Sendable {
      case stored
      /// Deflate, with the CRC-32 of what it unpacks to.
      case deflated(crc: UInt32)
      /// As it is, with its CRC-32.
      case checked(crc: UInt32)
    }

    let file: OpenFile
    /// In bytes, of the packed content in the file, or of the header in front of it.
    let offset: Int
    /// Whether a zip's local header is there, which is looked into when the content is read.
    var hasHeader = false
    let packedSize: Int
    let size: Int
    let packing: Packing
  }

  /// Of the archive, when it was opened; nil where the system doesn't tell.
  let identity: FileIdentity?
  private let entries: [String: Entry]
  /// What is in each folder; `""` is the archive itself.
  private let folders: [String: [String: FileType]]
  /// The same as lists, sorted by the names' UTF-8 bytes.
  private let listings: [String: [(name: String, type: FileType)]]

  /// Where each link leads that leads nowhere.
  private let danglingLinks: [String: String]

  init(_ builder: Builder, of identity: FileIdentity?) {
    self.identity = identity
    entries = builder.entries
    danglingLinks = builder.danglingLinks
    folders = builder.folders
    listings = folders.mapValues { folder in
      folder.map { (name: $0.key, type: $0.value) }
        .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
  }

  /// `""` is the archive itself.
  func type(of path: String) -> FileType {
    if folders[path] != nil { return .folder }
    if entries[path] != nil { return .regular }
    let parent = path.split(separator: "/").dropLast().joined(separator: "/")
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    return folders[parent]?[name] ?? .missing
  }

  /// As in a folder: sorted by their UTF-8 bytes, hidden ones left out. Nil for what is no folder.
  func folderEntries(_ path: String) -> [(name: String, type: FileType)]? {
    listings[path]
  }

  /// Where a link that leads nowhere leads; nil for all else.
  func danglingTarget(of path: String) -> String? { danglingLinks[path] }

  /// The paths of all files.
  var paths: some Collection<String> { entries.keys }

  /// Where the content of a file comes from; nil where there is no such file.
  func origin(of path: String) -> PictureOrigin? {
    guard let identity, let entry = entries[path] else { return nil }
    return PictureOrigin(file: identity, entry: path, size: entry.size)
  }

  /// Where the content of a file lies, if it lies there as it is and nothing else checks it; else nil.
  func stored(_ path: String) -> (file: OpenFile, range: Range<Int>)? {
    guard let entry = entries[path], case .stored = entry.packing, !entry.hasHeader else { return nil }
    return (entry.file, entry.offset..<entry.offset + entry.size)
  }

  /// The content of a file.
  ///
  /// - Parameters:
  ///   - path: in the archive.
  ///   - name: for the errors.
  /// - Throws: ``DatasetError`` where there is none, it is damaged, or unpacks to more than memory holds.
  func content(of path: String, name: String) throws -> [UInt8] {
    guard let entry = entries[path] else { throw DatasetError("\(name): no such file in the archive") }
    return try Self.content(of: entry, name: name)
  }

  static func content(of entry: Entry, name: String) throws -> [UInt8] {
    try AvailableMemory.reserving { try read(entry, name: name) }
  }

  private static func read(_ entry: Entry, name: String) throws -> [UInt8] {
    let bytes = entry.size + entry.packedSize
    if bytes > 1 << 20 {
      do {
        try AvailableMemory.check(Double(bytes), for: "\(name):", remedy: "is this the file that is meant?")
      } catch {
        throw DatasetError("\(error)")
      }
    }
    let offset = try entry.contentOffset(name: name)
    let packed = try entry.file.read(offset..<offset + entry.packedSize, name: name)
    switch entry.packing {
    case .stored: return packed
    case .checked(let crc): return try checked(packed, crc, name: name)
    case .deflated(let crc): return try checked(inflated(packed, to: entry.size, name: name), crc, name: name)
    }
  }

  private static func checked(_ content: [UInt8], _ crc: UInt32, name: String) throws -> [UInt8] {
    guard libdeflate_crc32(0, content, content.count) == crc else {
      throw DatasetError("\(name): damaged in its archive (its CRC is wrong): get that again")
    }
    return content
  }

  private static func inflated(_ packed: [UInt8], to size: Int, name: String) throws -> [UInt8] {
    guard let decompressor = libdeflate_alloc_decompressor() else { throw DatasetError("out of memory") }
    defer { libdeflate_free_decompressor(decompressor) }
    var result = LIBDEFLATE_SUCCESS
    let content = [UInt8](unsafeUninitializedCapacity: size) { output, count in
      result = libdeflate_deflate_decompress(
        decompressor, packed, packed.count, output.baseAddress, size, &count)
      if result != LIBDEFLATE_SUCCESS { count = 0 }
    }
    guard result == LIBDEFLATE_SUCCESS, content.count == size else {
      throw DatasetError("\(name): damaged in its archive: get that again")
    }
    return content
  }

  /// Collects the entries of an archive.
  struct Builder {
    fileprivate(set) var entries: [String: Entry] = [:]
    fileprivate(set) var folders: [String: [String: FileType]] = ["": [:]]
    fileprivate var danglingLinks: [String: String] = [:]

    /// The path in its plain form; nil for a hidden one, which folders don't show either.
    ///
    /// - Parameters:
    ///   - bytes: of the path, as the archive has it.
    ///   - archive: for the errors.
    /// - Throws: ``DatasetError`` for a path that leads outside, or is no UTF-8: what is put in its place could be the
    ///   path of another file.
    func plain(_ bytes: some Collection<UInt8>, archive: String) throws -> String? {
      guard let path = String(validating: bytes, as: UTF8.self) else {
        throw DatasetError(
          "\(archive): the name of \(escaped(bytes)) is not UTF-8: unpack the archive, and give the folder")
      }
      if Self.isPlain(path) { return path }
      let parts = path.split(separator: "/").filter { $0 != "." }
      guard !path.hasPrefix("/"), !parts.contains("..") else {
        throw DatasetError("\(archive): the entry \(path) would lead outside of the archive: it is refused whole")
      }
      return parts.contains { $0.hasPrefix(".") } ? nil : parts.joined(separator: "/")
    }

    /// Whether no part of a path is empty or begins with a dot, as of most.
    private static func isPlain(_ path: String) -> Bool {
      var isStart = true
      for byte in path.utf8 {
        let isSlash = byte == UInt8(ascii: "/")
        if isStart, isSlash || byte == UInt8(ascii: ".") { return false }
        isStart = isSlash
      }
      return !isStart
    }

    /// Of several files of a path the last.
    ///
    /// - Parameter path: a plain one.
    mutating func add(_ entry: Entry, at path: String) {
      guard !path.isEmpty else { return }
      entries[path] = entry
      addName(path, .regular)
    }

    mutating func addFolder(_ path: String) {
      guard !path.isEmpty, folders[path] == nil else { return }
      folders[path] = [:]
      addName(path, .folder)
    }

    mutating func addDanglingLink(_ path: String, to target: String) {
      guard !path.isEmpty else { return }
      danglingLinks[path] = target
      addName(path, .danglingLink)
    }

    private mutating func addName(_ path: String, _ type: FileType) {
      let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
      let parent = slash.map { String(path[..<$0]) } ?? ""
      let name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
      if folders[parent] == nil { addFolder(parent) }
      // A folder that is also a file stays a folder.
      if folders[parent]?[name] != .folder { folders[parent]?[name] = type }
    }
  }
}

extension ArchiveIndex.Entry {
  /// Where the packed content begins: in a zip behind the file's own header, which may be longer than the directory tells.
  ///
  /// - Throws: ``DatasetError`` where no such header is there.
  fileprivate func contentOffset(name: String) throws -> Int {
    guard hasHeader else { return offset }
    let header = try file.read(offset..<offset + 30, name: name)
    let start = offset + 30 + header.littleEndian(at: 26, count: 2) + header.littleEndian(at: 28, count: 2)
    guard header.starts(with: [0x50, 0x4B, 3, 4]), start + packedSize <= file.size else {
      throw DatasetError("\(name): damaged in its archive: get that again")
    }
    return start
  }
}
