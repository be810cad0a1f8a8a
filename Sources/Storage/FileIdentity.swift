import Foundation

/// What the file system says of a file, and says differently once its content was changed.
package struct FileIdentity: Hashable, Sendable {
  /// Device, inode, size, and the times of the last change of the content and of anything, in nanoseconds.
  package let fields: [Int64]

  /// Nil where there is no such file.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Of a file that is open; nil where the system doesn't tell.
  package init?(descriptor: CInt) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    let (modified, changed) = changeTimes(of: status)
    fields =
      [Int64(truncatingIfNeeded: status.st_dev), Int64(truncatingIfNeeded: status.st_ino), Int64(status.st_size)]
      + [modified, changed].map { Int64($0.tv_sec) * 1_000_000_000 + Int64($0.tv_nsec) }
  }

  /// Of the content, in bytes.
  package var size: Int { Int(fields[2]) }

  /// When the content was last changed.
  package var modified: Date { Date(timeIntervalSince1970: Double(fields[3]) / 1e9) }

  /// In seconds since 1970.
  package var lastChange: Int64 { max(fields[3], fields[4]) / 1_000_000_000 }
}
