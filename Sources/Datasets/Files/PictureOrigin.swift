import Storage

/// Where the bytes of a picture come from: as long as it is the same, so are they.
package struct PictureOrigin: Sendable {
  /// Of the picture's own file, or of the archive that it lies in.
  package let file: FileIdentity
  /// Its path in the archive; empty for a file of its own.
  package let entry: String
  /// Of the picture, in bytes.
  let size: Int

  init(file: FileIdentity, entry: String, size: Int) {
    (self.file, self.entry, self.size) = (file, entry, size)
  }

  /// Of a file of its own, through symbolic links; nil where there is none.
  package init?(path: String) {
    guard let file = FileIdentity(path) else { return nil }
    self.init(file: file, entry: "", size: file.size)
  }
}
