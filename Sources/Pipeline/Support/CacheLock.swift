import Foundation

/// Keeps a second `extract` from writing to the same cache folder. The lock is the kernel's, so it goes with its process,
/// however that ends; the file, which stays, says who has it.
package final class CacheLock {
  private let descriptor: Int32

  /// - Throws: ``PipelineError`` that says who holds the lock, or why there can't be one.
  package init(_ path: String) throws {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw PipelineError("\(path): can't be opened: \(lastSystemError())") }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let (isHeld, reason) = (errno == EWOULDBLOCK, lastSystemError())
      let holder = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      close(file)
      let folder = (path as NSString).deletingLastPathComponent
      guard isHeld else { throw PipelineError("\(path): this file system has no locks: \(reason)") }
      throw PipelineError(
        "\(folder): another extract is writing here (\(holder.isEmpty ? "just started" : holder)); "
          + "wait for it, or give another folder with --cache FOLDER")
    }
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

  /// Now, to the minute.
  private static func time() -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd HH:mm"
    return formatter.string(from: Date())
  }
}
