import Foundation
import Storage
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
    // Before anything is read: if the archive changes meanwhile, it is another one next time.
    let identity = file.identity
    let start = try file.read(0..<min(file.size, 512), name: path)
    if start.starts(with: ZipArchive.signature) { return try openZip(file, path, identity) }
    if TarIndex.isTar(start) { return try mounted(path, identity) { TarIndex(file, name: path) } }
    guard start.starts(with: [0x1F, 0x8B]) else { return nil }
    var beginning: [UInt8] = []
    // What is no gzip throughout is for others to say.
    try? GzipStream.unpack(file, name: path, most: 512) { beginning += $0 }
    guard TarIndex.isTar(beginning) else { return nil }
    return try mounted(path, identity) {
      let unpacked = try OpenFile.unpacked(path) { write in try GzipStream.unpack(file, name: path, write) }
      return TarIndex(unpacked, name: path)
    }
  }

  private static func openZip(_ file: OpenFile, _ path: String, _ identity: FileIdentity?) throws -> ArchiveIndex? {
    let index = ZipIndex(file, name: path)
    // libzip, by which tables are found, takes long for many files. What is no whole archive is for it to say.
    let mayHaveTable = (try? index.hasFile(named: "train.csv")) ?? true
    if mayHaveTable, try tablePath("train", in: path) != nil { return nil }
    var builder = ArchiveIndex.Builder()
    try index.add(to: &builder)
    guard builder.entries.keys.contains(where: PictureName.isPictures) else { return nil }
    return MountedArchives.mount(ArchiveIndex(builder, of: identity), at: path)
  }

  private static func mounted(
    _ path: String, _ identity: FileIdentity?, _ tar: () throws -> TarIndex
  ) throws -> ArchiveIndex {
    var builder = ArchiveIndex.Builder()
    try tar().add(to: &builder)
    return MountedArchives.mount(ArchiveIndex(builder, of: identity), at: path)
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
