import Foundation

/// A weight file's bytes.
enum MappedFile {
  /// Mapped and not copied.
  ///
  /// - Throws: ``Unreadable`` for what is no regular file, or can't be read.
  static func contents(of path: String) throws -> Data {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw Unreadable("can't be read (\(String(cString: strerror(errno))))") }
      throw Unreadable("no such file; expected VGG16 weights")
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw Unreadable("a folder; expected a file of VGG16 weights")
    }
    // A pipe would wait for a writer.
    guard status.st_mode & S_IFMT == S_IFREG else { throw Unreadable("not a regular file; expected VGG16 weights") }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    } catch {
      throw Unreadable("can't be read (\(String(cString: strerror(errno))))")
    }
  }
}
