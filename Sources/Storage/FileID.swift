import Foundation

/// What a file or folder is, however its path is spelt.
package struct FileID: Hashable, Sendable {
  let device: Int64
  let number: Int64

  package init(_ status: stat) {
    device = Int64(truncatingIfNeeded: status.st_dev)
    number = Int64(truncatingIfNeeded: status.st_ino)
  }

  /// Through symbolic links; nil where there is no such file.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }
}
