/// Pictures that are no data set: just files.
public enum PictureFiles {
  /// The paths of all pictures in a folder and the folders in it, sorted by their UTF-8 bytes.
  ///
  /// - Throws: ``DatasetError`` where a folder can't be read.
  public static func list(in folder: String) throws -> [String] {
    try PictureListing(of: folder).pictures.map { "\(folder)/\($0)" }
  }

  /// The names of the folders in a folder, hidden ones and those of systems left out, sorted by their UTF-8 bytes.
  ///
  /// - Throws: ``DatasetError`` where the folder can't be read.
  public static func folders(in folder: String) throws -> [String] {
    try FolderContent(folder).folders
  }

  /// The bytes of a file.
  ///
  /// - Throws: ``DatasetError`` where it can't be read, or is no regular file.
  public static func content(of path: String) throws -> [UInt8] { try readFile(path) }
}
