import SystemPackage

/// What could not be done with a file or a folder, and the system's reason.
public struct StorageError: FileError, Equatable, Sendable {
  public enum Operation: Sendable {
    case create, write, read, readIrregular, sync, close, compare, putInPlace
  }

  /// As it was given.
  public let path: String
  public let operation: Operation
  /// Nil where the system reported no error: what was read back is not what was written.
  public let reason: Errno?

  public init(_ path: String, _ operation: Operation, _ reason: Errno?) {
    self.path = path
    self.operation = operation
    self.reason = reason
  }
}

extension StorageError {
  public var subject: String? { path }

  /// `can't be written: No space left on device`.
  public var statement: String {
    let problem =
      switch operation {
      case .create: "can't be made"
      case .write: "can't be written"
      case .read: "can't be read"
      case .readIrregular: "is no regular file"
      case .sync: "can't be synced"
      case .close: "can't be closed"
      case .compare: "what was read back is not what was written: a faulty disk, or another program writes here"
      case .putInPlace: "can't be put in place"
      }
    return problem + (reason.map { ": \($0)" } ?? "")
  }
}

extension Errno {
  /// Of the last system call of this thread.
  static var last: Errno { Errno(rawValue: errno) }
}
