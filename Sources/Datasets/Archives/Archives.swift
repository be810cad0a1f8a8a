import Foundation
import Zip

/// Archives of pictures, which are read as the folders that they would unpack to (``MountedArchives``).
enum Archives {
  /// Opens an archive of pictures; nil for what is none: a folder, a table, an archive of tables or of arrays.
  ///
  /// - Throws: ``DatasetError`` for a damaged archive.
  static func open(_ path: String) throws -> ArchiveIndex? {
    if let there = MountedArchives.index(at: path) { return there }
    // One that was opened and is another file now is no folder any more.
    MountedArchives.forget(path)
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
    return MountedArchives.mount(ArchiveIndex(builder), at: path)
  }

  private static func mounted(_ path: String, _ tar: () throws -> TarIndex) throws -> ArchiveIndex {
    var builder = ArchiveIndex.Builder()
    try tar().add(to: &builder)
    return MountedArchives.mount(ArchiveIndex(builder), at: path)
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
}
