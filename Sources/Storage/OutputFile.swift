import Synchronization
import SystemPackage

/// A file that is being written, by one owner, through one descriptor that also syncs it.
///
/// The first write that fails is remembered and nothing is written after it, so a writer need not look at every call:
/// ``finish()`` throws. A library in between, such as HDF5, never sees the failure and can't be thrown off course by it.
public final class OutputFile: Sendable {
  public let path: String
  private let state: Mutex<State>

  private struct State {
    /// Nil once it is closed.
    var descriptor: Int32?
    var failure: StorageError?
    /// Bytes from the beginning to the last one that was written.
    var size = 0
    /// Where ``append(_:)`` goes on.
    var position = 0
  }

  public enum Mode: Sendable {
    /// A file that must not be there yet.
    case new
    /// Made, or emptied.
    case empty
  }

  /// - Throws: ``StorageError``.
  public init(_ path: String, _ mode: Mode) throws {
    let flags: Int32 =
      switch mode {
      case .new: O_RDWR | O_CREAT | O_EXCL
      case .empty: O_RDWR | O_CREAT | O_TRUNC
      }
    let descriptor = open(path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw StorageError(path, .create, .last) }
    self.path = path
    state = Mutex(State(descriptor: descriptor))
  }

  deinit {
    // What was not finished is not wanted: nothing is written here.
    if let descriptor = state.withLock(\.descriptor) { close(descriptor) }
  }

  public var size: Int { state.withLock(\.size) }

  /// The first failure, nil while there is none.
  public var failure: StorageError? { state.withLock(\.failure) }

  // MARK: - Writing

  /// Writes the bytes behind those that were appended before.
  public func append(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    state.withLock { state in
      bytes.withUnsafeBytes { write($0, at: state.position, &state) }
      state.position += bytes.count
    }
  }

  /// Writes the bytes from `offset` on.
  public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    nonisolated(unsafe) let bytes = bytes
    state.withLock { write(bytes, at: offset, &$0) }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, _ state: inout State) {
    state.size = max(state.size, offset + bytes.count)
    guard state.failure == nil, let descriptor = state.descriptor else { return }
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        state.failure = StorageError(path, .write, count < 0 ? .last : .noSpace)
        return
      }
      done += count
    }
  }

  /// Makes the file longer or shorter.
  public func truncate(to size: Int) {
    state.withLock { state in
      state.size = size
      guard state.failure == nil, let descriptor = state.descriptor else { return }
      while ftruncate(descriptor, off_t(size)) != 0 {
        guard errno == EINTR else {
          state.failure = StorageError(path, .write, .last)
          return
        }
      }
    }
  }

  /// Fills memory with what was written from `offset` on, with zeros beyond the end.
  ///
  /// - Returns: false where it can't be read.
  public func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
    guard let descriptor = state.withLock(\.descriptor) else { return false }
    var done = 0
    while done < bytes.count {
      let count = pread(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return false }
      if count == 0 {
        UnsafeMutableRawBufferPointer(rebasing: bytes[done...]).initializeMemory(as: UInt8.self, repeating: 0)
        return true
      }
      done += count
    }
    return true
  }

  // MARK: - The end

  /// Gives up: nothing more is written.
  ///
  /// - Parameter failure: what ``finish()`` will throw.
  public func abandon(_ failure: StorageError) {
    state.withLock { $0.failure = $0.failure ?? failure }
  }

  /// Syncs and closes the file.
  ///
  /// - Throws: ``StorageError``, the first one of all that was done with the file.
  public func finish() throws {
    try state.withLock { state in
      guard let descriptor = state.descriptor else { return }
      if state.failure == nil, !syncToDisk(descriptor) { state.failure = StorageError(path, .sync, .last) }
      state.descriptor = nil
      if close(descriptor) != 0 { state.failure = state.failure ?? StorageError(path, .close, .last) }
      if let failure = state.failure { throw failure }
    }
  }
}
