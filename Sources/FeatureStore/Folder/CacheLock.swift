import Foundation
import Storage
import Support

/// Has a cache folder to one stage at a time. The lock is the kernel's, so it goes with its process, however that ends;
/// the file, which stays, says who has it.
package final class CacheLock {
  /// Who wants the folder.
  package enum Owner: String {
    case extract
    case fitHead = "fit-head"
    case submit
    case inspect
    case history
    case export
    case clean
  }

  /// Nil where there is no lock, and none is required.
  private let descriptor: Int32?

  /// Waits for the folder, with a line that says for whom; but a second `extract` does not wait for the first, which may
  /// work for hours.
  ///
  /// - Parameters:
  ///   - path: of the lock's file.
  ///   - isRequired: whether it is an error that a file system has no locks.
  ///   - say: told once what is waited for, in a line.
  /// - Throws: ``PipelineError`` that says who holds the lock, or why there can't be one.
  package init(
    _ path: String, for stage: Owner = .extract, isRequired: Bool = true, say: (_ line: String) -> Void = { _ in }
  ) throws {
    let (file, error) = Self.open(path)
    guard file >= 0 else {
      guard !isRequired && [EROFS, EACCES, EPERM].contains(error) else { throw Self.refusal(error, path: path) }
      // Nobody can write here.
      descriptor = nil
      return
    }
    do {
      try Self.lock(file, path: path, for: stage, isRequired: isRequired, say: say)
    } catch {
      close(file)
      throw error
    }
    let place = "process \(getpid()) on \(ProcessInfo.processInfo.hostName)"
    let holder = "\(stage.rawValue)\n\(place), since \(minute(of: Date()))"
    ftruncate(file, 0)
    _ = pwrite(file, holder, holder.utf8.count, 0)
    // Only now: were it set before an error is thrown, deinit would close the descriptor again, by then another file's.
    descriptor = file
  }

  deinit {
    guard let descriptor else { return }
    ftruncate(descriptor, 0)
    // By name: a child of this process that is just being started may have a copy of the descriptor for a moment.
    _ = flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// - Throws: ``PipelineError`` that says who holds the lock.
  package static func checkFree(_ path: String) throws {
    let (file, error) = open(path)
    guard file >= 0 else { throw refusal(error, path: path) }
    defer { close(file) }
    if flock(file, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK { throw refusal(Holder(path), path: path) }
  }

  /// - Returns: the descriptor; below 0 where `error` says why there is none.
  private static func open(_ path: String) -> (file: Int32, error: Int32) {
    let file = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    return (file, errno)
  }

  private static func refusal(_ error: Int32, path: String) -> PipelineError {
    PipelineError(
      "can't be opened: \(String(cString: strerror(error))); make it and its folder writable, or give another folder with "
        + "--cache FOLDER", about: path)
  }

  private static func lock(
    _ file: Int32, path: String, for stage: Owner, isRequired: Bool, say: (_ line: String) -> Void
  ) throws {
    var kind = LOCK_EX | LOCK_NB
    while flock(file, kind) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK:
        let holder = Holder(path)
        if stage == .extract, holder.stage.flatMap(Owner.init) ?? .extract == .extract {
          throw refusal(holder, path: path)
        }
        say("\(path): waiting for \(holder.name) to finish")
        kind = LOCK_EX
      default:
        guard isRequired else { return }
        throw PipelineError("\(path): this file system has no locks: \(lastSystemError())")
      }
    }
  }

  private static func refusal(_ holder: Holder, path: String) -> PipelineError {
    PipelineError(
      "\(holder.isWriting); wait for it, or give another folder with --cache FOLDER",
      about: AtomicFile.folder(of: path))
  }

  /// What the lock's file says.
  private struct Holder {
    /// Nil where it has just begun, and not yet said who it is.
    let stage: String?
    private let process: String

    /// `extract (process 25061 on vm, since 2026-11-24 07:40)`.
    var name: String { stage.map { "\($0) (\(process))" } ?? "a stage that has just begun" }

    /// `another extract is writing here (process 25061 on vm, since 2026-11-24 07:40)`.
    var isWriting: String {
      stage.map { "another \($0) is writing here (\(process))" } ?? "a stage that has just begun is writing here"
    }

    /// Waits a moment for one that has just locked the file, and not yet written to it.
    init(_ path: String) {
      for _ in 0..<20 {
        let text = (try? AtomicFile.contents(of: path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let lines = text.split(separator: "\n").map(String.init)
        if lines.count == 2 {
          (stage, process) = (lines[0], lines[1])
          return
        }
        usleep(10_000)
      }
      (stage, process) = (nil, "")
    }
  }
}

extension CacheFolder {
  /// - Throws: ``PipelineError`` where there is no such folder.
  package func requireFolder() throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw PipelineError(
        "no such folder; run ./pipeline.sh extract first, or give another one with --cache FOLDER", about: path)
    }
    guard isFolder.boolValue else {
      throw PipelineError("a file; give the folder of the caches with --cache FOLDER", about: path)
    }
  }

  /// Takes the folder for a stage, and removes what killed ones left half written.
  ///
  /// - Throws: as ``CacheLock``.
  package func locked(
    for stage: CacheLock.Owner, isRequired: Bool = false, say: (_ line: String) -> Void
  ) throws -> CacheLock {
    try requireFolder()
    let lock = try CacheLock(self.lock, for: stage, isRequired: isRequired, say: say)
    for folder in [path, heads, history] { AtomicFile.removeAbandoned(in: folder) }
    return lock
  }
}
