import Foundation

/// The bytes that may still be written below a path, as many as there can be where a file system tells no number; nil where it
/// can't be asked, and errno says why.
package func freeBytes(at path: String) -> Int? {
  var status = statvfs()
  guard statvfs(path, &status) == 0 else { return nil }
  let (bytes, overflows) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
  return overflows ? .max : Int(clamping: bytes)
}
