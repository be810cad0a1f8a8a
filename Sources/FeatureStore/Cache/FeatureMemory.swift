import Core
import Foundation
import Storage
import Support
import Synchronization
import SystemPackage

/// How much memory the features that a head is trained on may take. What is beyond lies in a scratch file in the cache
/// folder, mapped into memory: the system reads its pages when rows of theirs are used, and drops them when it needs the
/// memory. So the result is the same to the last bit; only the time is not.
public final class FeatureMemory: Sendable {
  /// Bytes.
  private let limit: Int
  private let folder: String
  private let state = Mutex(State())

  private struct State {
    /// Bytes of features in memory.
    var used = 0
    /// The scratch file, and how long it is; nil where none was needed yet.
    var scratch: (descriptor: Int32, size: Int)?
  }

  /// Half of the memory that the process may have, in MiB.
  public static var defaultLimit: Int { maximumLimit / 2 }

  /// All of it.
  public static var maximumLimit: Int { AvailableMemory.total >> 20 }

  /// - Parameters:
  ///   - mebibytes: of features in memory, over all matrices together.
  ///   - folder: where the scratch file is made.
  public init(mebibytes: Int, folder: CacheFolder) {
    limit = mebibytes << 20
    self.folder = folder.path
  }

  deinit {
    if let scratch = state.withLock(\.scratch) { close(scratch.descriptor) }
  }

  /// Moves the rows to the scratch file where they are too much.
  ///
  /// - Throws: ``PipelineError`` where there is no room for them there either.
  package func keep(_ block: RowBlock) throws -> RowBlock {
    try state.withLock { state in
      guard state.used + block.bytes.count > limit else {
        state.used += block.bytes.count
        return block
      }
      var scratch = try state.scratch ?? (makeScratch(), 0)
      defer { state.scratch = scratch }
      return try map(block, into: &scratch)
    }
  }

  /// A file without a name: it goes with the process, however that ends.
  private func makeScratch() throws -> Int32 {
    let path = FilePath(folder).appending(".scratch-\(getpid())").string
    unlink(path)
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure() }
    unlink(path)
    return descriptor
  }

  private func map(_ block: RowBlock, into scratch: inout (descriptor: Int32, size: Int)) throws -> RowBlock {
    let start = scratch.size
    var written = 0
    while written < block.bytes.count {
      let rest = block.bytes[written...]
      let count = pwrite(
        scratch.descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, off_t(start + written))
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      written += count
    }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    scratch.size = (start + written + page - 1) / page * page
    let address = mmap(nil, block.bytes.count, PROT_READ, MAP_SHARED, scratch.descriptor, off_t(start))
    guard let address, address != MAP_FAILED else { throw failure() }
    return RowBlock(bytes: UnsafeRawBufferPointer(start: address, count: block.bytes.count)) { bytes in
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.count)
    }
  }

  private func failure() -> PipelineError {
    PipelineError(
      "\(folder): the features don't fit into --memory, and a scratch file for the rest can't be written here: "
        + lastSystemError())
  }
}
