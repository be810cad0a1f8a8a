import Foundation

/// Keeps a second `extract` from writing to the same cache folder. The lock is the kernel's, so it goes with its process,
/// however that ends; the file, which stays, says who has it.
package final class CacheLock {
  private let descriptor: Int32

  /// - Parameter isRequired: whether it is an error that a file system has no locks.
  /// - Throws: ``PipelineError`` that says who holds the lock, or why there can't be one.
  package init(_ path: String, isRequired: Bool = true) throws {
    let file = try Self.open(path, LOCK_EX, isRequired: isRequired)
    let holder = "process \(getpid()) on \(ProcessInfo.processInfo.hostName), since \(Self.time())"
    ftruncate(file, 0)
    _ = pwrite(file, holder, holder.utf8.count, 0)
    // Only now: were it set before an error is thrown, deinit would close the descriptor again, by then another file's.
    descriptor = file
  }

  deinit {
    ftruncate(descriptor, 0)
    close(descriptor)
  }

  /// - Throws: ``PipelineError`` that says who holds the lock.
  static func checkFree(_ path: String) throws {
    close(try open(path, LOCK_SH, isRequired: false))
  }

  /// Opens the file and locks it.
  ///
  /// - Parameter kind: `LOCK_SH` or `LOCK_EX`.
  private static func open(_ path: String, _ kind: Int32, isRequired: Bool) throws -> Int32 {
    let file = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw PipelineError("\(path): can't be opened: \(lastSystemError())") }
    if flock(file, kind | LOCK_NB) == 0 { return file }
    let (isHeld, reason) = (errno == EWOULDBLOCK, lastSystemError())
    if !isHeld && !isRequired { return file }
    let holder = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    close(file)
    guard isHeld else { throw PipelineError("\(path): this file system has no locks: \(reason)") }
    throw PipelineError(
      "\((path as NSString).deletingLastPathComponent): another extract is writing here "
        + "(\(holder.isEmpty ? "just started" : holder)); wait for it, or give another folder with --cache FOLDER")
  }

  /// Now, to the minute.
  private static func time() -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd HH:mm"
    return formatter.string(from: Date())
  }
}
