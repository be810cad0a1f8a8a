import Foundation
import Storage
import Zip

/// Archives that are read as the folders that they would unpack to: what lies in `photos.zip` is at `photos.zip/train/…`, for
/// ``readFile(_:upTo:)``, ``folderEntries(_:)`` and ``fileType(_:)``, as long as somebody holds the index.
enum Archives {
  /// Opens an archive of pictures; nil for what is none: a folder, a table, an archive of tables or of arrays.
  ///
  /// - Throws: ``DatasetError`` for a damaged archive.
  static func open(_ path: String) throws -> ArchiveIndex? {
    if let there = registry.index(at: path) { return there }
    // One that was opened and is another file now is no folder any more.
    registry.forget(path)
    guard fileType(path) == .regular else { return nil }
    let file = try OpenFile(path)
    let start = try file.read(0..<min(file.size, 512), name: path)
    if start.starts(with: ZipArchive.signature) { return try openZip(file, path) }
    if TarIndex.isTar(start) { return try mounted(path) { TarIndex(file, name: path) } }
    guard start.starts(with: [0x1F, 0x8B]) else { return nil }
    var beginning: [UInt8] = []
    // What is no gzip throughout is for others to say.
    try? GzipStream.unpack(file, name: path, most: 512) { beginning += $0 }
    guard TarIndex.isTar(beginning) else { return nil }
    return try mounted(path) {
      let unpacked = try OpenFile.unpacked(path) { write in try GzipStream.unpack(file, name: path, write) }
      return TarIndex(unpacked, name: path)
    }
  }

  private static func openZip(_ file: OpenFile, _ path: String) throws -> ArchiveIndex? {
    if try tablePath("train", in: path) != nil { return nil }
    var builder = ArchiveIndex.Builder()
    try ZipIndex(file, name: path).add(to: &builder)
    guard builder.entries.keys.contains(where: PictureName.isPictures) else { return nil }
    return registry.mount(ArchiveIndex(builder), at: path)
  }

  private static func mounted(_ path: String, _ tar: () throws -> TarIndex) throws -> ArchiveIndex {
    var builder = ArchiveIndex.Builder()
    try tar().add(to: &builder)
    return registry.mount(ArchiveIndex(builder), at: path)
  }

  /// The folder in an archive that has all there is: most are made of a folder, and hold it alone.
  ///
  /// - Parameter path: of an archive that is open.
  static func root(_ path: String) throws -> String {
    guard try !WebDatasetShards.areIn(path), let only = try FolderContent(path).onlyFolder,
      SplitName.split(of: only) == nil, try !FolderContent("\(path)/\(only)").folders.isEmpty
    else { return path }
    return try root("\(path)/\(only)")
  }

  /// The archive that a path leads into, and the path in it; nil where it leads into none.
  static func place(of path: String) -> (index: ArchiveIndex, path: String)? { registry.place(of: path) }

  private static let registry = Registry()

  /// The archives that are held by somebody.
  private final class Registry: @unchecked Sendable {
    private struct Mount {
      let path: String
      let identity: FileIdentity?
      weak var index: ArchiveIndex?
    }

    private let lock = NSLock()
    private var mounts: [Mount] = []

    /// That of a file that is what it was.
    func index(at path: String) -> ArchiveIndex? {
      lock.withLock { mounts.first { $0.path == path && $0.identity == FileIdentity(path) }?.index }
    }

    func forget(_ path: String) { lock.withLock { mounts.removeAll { $0.path == path } } }

    func mount(_ index: ArchiveIndex, at path: String) -> ArchiveIndex {
      lock.withLock {
        mounts.removeAll { $0.index == nil || $0.path == path }
        mounts.append(Mount(path: path, identity: FileIdentity(path), index: index))
      }
      return index
    }

    func place(of path: String) -> (index: ArchiveIndex, path: String)? {
      lock.withLock {
        for mount in mounts where path.hasPrefix(mount.path) {
          guard let index = mount.index else { continue }
          let rest = path.utf8.dropFirst(mount.path.utf8.count)
          if rest.isEmpty { return (index, "") }
          guard rest.first == UInt8(ascii: "/") else { continue }
          return (index, path.dropFirst(mount.path.count).split(separator: "/").joined(separator: "/"))
        }
        return nil
      }
    }
  }
}
