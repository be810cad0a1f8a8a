import CHDF5
import Storage
import Synchronization

/// What a file that is being written has beside its identifier: where the bytes go, and what must be found in it when it
/// is opened again.
final class Writing: Sendable {
  typealias Check = @Sendable (HDF5File) throws -> Void

  let output: OutputFile
  /// By what is written, so that what is written again is checked once; nil where nothing is to be checked.
  private let checks: Mutex<[String: Check]>?
  private let failure = Mutex<HDF5Error?>(nil)

  init(to output: OutputFile, isVerified: Bool) {
    self.output = output
    checks = isVerified ? Mutex([:]) : nil
  }

  /// Remembers what must be there.
  func expect(_ name: String, _ check: @escaping Check) {
    checks?.withLock { $0[name] = check }
  }

  func forget(_ name: String) {
    checks?.withLock { $0[name] = nil }
  }

  /// Remembers a failure where none can be thrown.
  func fail(_ error: HDF5Error) {
    failure.withLock { $0 = $0 ?? error }
  }

  /// - Throws: the first failure.
  func check() throws {
    if let failure = output.failure { throw failure }
    if let failure = failure.withLock(\.self) { throw failure }
  }

  /// - Throws: what is not there as it was written.
  func compare(with file: HDF5File) throws {
    for (_, check) in checks?.withLock(\.self) ?? [:] { try check(file) }
  }
}

extension HDF5File {
  /// Writes the file at `path`: under a name of its own, synced, opened again and compared, data set by data set and
  /// attribute by attribute, with what `body` wrote, and then put in place.
  ///
  /// What `body` writes must have the type of the data set or attribute that it is written to.
  ///
  /// - Throws: what `body` throws; ``HDF5Error``, or `StorageError` where the disk is what fails.
  public static func write(
    _ path: String, _ policy: AtomicFile.Policy = .replace, _ body: (HDF5File) throws -> Void
  ) throws {
    let place = Place(file: path, object: "/")
    var written: Writing?
    try AtomicFile.write(path, policy) { output in
      let writing = Writing(to: output, isVerified: true)
      written = writing
      do {
        let file = try HDF5File.create(writing, place)
        do {
          try body(file)
        } catch {
          // Whatever HDF5 still has to write is not wanted; but it must let go of the file.
          output.abandon(StorageError(path, .write, nil))
          try? file.close()
          throw error
        }
        try file.close()
      } catch {
        // A disk that fails is the cause of whatever follows.
        if let failure = output.failure, failure.reason != nil { throw failure }
        throw error
      }
    } verifiedBy: { temporary in
      try written?.compare(with: HDF5File.open(temporary, place))
    }
  }
}
