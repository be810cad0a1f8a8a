import SystemPackage

/// A file under a name of its own beside the one that it is to become. As long as somebody works on it, it is locked: one
/// that is not was left by a process that was killed.
struct TemporaryFile {
  let output: OutputFile
  var path: String { output.path }
  /// Holds the lock until the file has its final name, or is removed; released with its last reference.
  private let lock: SharedLock

  init(for final: String) throws {
    let path = FilePath(final)
    let name = Self.fitting(path.lastComponent?.string ?? "")
    AtomicFile.removeAbandoned(in: AtomicFile.folder(of: final), of: name)
    do {
      while true {
        let unique = String(UInt64.random(in: 0...(.max)), radix: 36)
        let temporary = path.removingLastComponent().appending("\(name).\(unique)\(AtomicFile.suffix)").string
        let output = try OutputFile(temporary, .new)
        let lock: SharedLock
        do {
          lock = try SharedLock(temporary)
        } catch {
          unlink(temporary)
          throw error
        }
        // Between the two calls it looked abandoned to others.
        guard lock.isOfAFileThatIsThere else { continue }
        (self.output, self.lock) = (output, lock)
        return
      }
    } catch let error as StorageError {
      throw StorageError(final, error.operation, error.reason)
    }
  }

  /// The name, short enough to get a suffix: names have 255 bytes at most.
  private static func fitting(_ name: String) -> String {
    String(decoding: name.utf8.prefix(200), as: UTF8.self)
  }

  func finish() throws { try output.finish() }

  func rename(to final: String) throws {
    guard renameFile(path, final) == 0 else { throw StorageError(final, .putInPlace, .last) }
  }

  /// Unlike a rename, a link leaves a file that is there alone. Where there are no links, the last one prevails.
  func link(as final: String) throws {
    guard linkFile(path, final) != 0, errno != EEXIST else { return }
    try rename(to: final)
  }

  func remove() { unlink(path) }

  /// Removes the file unless its lock is held, or can't be asked for.
  static func removeIfAbandoned(_ path: String) {
    // A pipe of that name would be waited for without end.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
  }
}

/// A lock on a file that goes with this value, or with the process. Others may share it: HDF5 takes one to read.
private final class SharedLock {
  private let descriptor: Int32

  /// Where the file system has no locks there is none, and nobody removes the file.
  ///
  /// - Throws: ``StorageError`` where the file can't be opened.
  init(_ path: String) throws {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StorageError(path, .create, .last) }
    flock(descriptor, LOCK_SH | LOCK_NB)
  }

  deinit { close(descriptor) }

  var isOfAFileThatIsThere: Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_nlink > 0
  }
}
