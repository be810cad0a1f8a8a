import Foundation

/// Pictures that are no data set: just files.
public enum PictureFiles {
  /// The paths of all pictures in a folder and the folders in it, sorted by their UTF-8 bytes.
  ///
  /// - Throws: ``DatasetError`` where a folder can't be read.
  public static func list(in folder: String) throws -> [String] {
    try PictureListing(of: folder).pictures.map { "\(folder)/\($0)" }
  }

  /// The same as far as it can be read, and what is wrong with the rest: folders that can't be read, names that are no
  /// UTF-8, links that lead to a folder above.
  public static func find(in folder: String) -> (pictures: [String], failures: [DatasetError]) {
    var failures: [DatasetError] = []
    // What is told of trouble goes on; nothing else throws.
    let listing = try? PictureListing(of: folder) { failures.append($0) }
    return ((listing?.pictures ?? []).map { "\(folder)/\($0)" }, failures)
  }

  /// The names of the folders in a folder, hidden ones and those of systems left out, sorted by their UTF-8 bytes.
  ///
  /// - Throws: ``DatasetError`` where the folder can't be read.
  public static func folders(in folder: String) throws -> [String] {
    try FolderContent(folder).folders
  }

  /// Why a file can't be read, as far as the system tells before it is; nil where it seems that it can.
  ///
  /// - Parameter path: may have U+FFFD where a name was no UTF-8.
  package static func obstacle(_ path: String) -> DatasetError? {
    var status = stat()
    guard stat(path, &status) != 0 else { return nil }
    if path.contains("\u{FFFD}") { return DatasetError(notUTF8("this file"), about: path) }
    return errno == ENOENT ? DatasetError("no such file or folder", about: path) : systemError(path)
  }

  /// The bytes of a file.
  ///
  /// - Throws: ``DatasetError`` where it can't be read, or is no regular file.
  public static func content(of path: String) throws -> [UInt8] { try readFile(path) }
}
