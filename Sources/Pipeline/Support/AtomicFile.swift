import Foundation

/// Files that are there whole, or not at all: written under a temporary name beside the final one, synced, renamed.
package enum AtomicFile {
  /// What a file's temporary name ends with.
  static let temporarySuffix = ".writing"

  /// Writes the file at `path` by `write`, which is given the temporary path.
  ///
  /// The temporary file is removed when `write` throws; one left by a killed process is overwritten.
  /// - Throws: what `write` throws; ``PipelineError`` when the file can't be synced or renamed.
  package static func replace(_ path: String, by write: (_ temporaryPath: String) throws -> Void) throws {
    let temporary = path + temporarySuffix
    do {
      try write(temporary)
      try sync(temporary)
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let reason = lastSystemError()
      unlink(temporary)
      throw PipelineError("\(path): can't be put in place: \(reason)")
    }
    try sync((path as NSString).deletingLastPathComponent)
  }

  /// Writes the file at `path` unless it is there: of several machines that do so at once, the first prevails.
  ///
  /// - Throws: as ``replace(_:by:)``.
  package static func createFirst(_ path: String, by write: (_ temporaryPath: String) throws -> Void) throws {
    let temporary = "\(path)-\(String(UInt64.random(in: 0...(.max)), radix: 16))\(temporarySuffix)"
    try replace(temporary, by: write)
    defer { unlink(temporary) }
    // Unlike rename, link leaves a file that is there alone. Where there are no links, the last one prevails.
    guard link(temporary, path) != 0, errno != EEXIST, rename(temporary, path) != 0 else { return }
    throw PipelineError("\(path): can't be put in place: \(lastSystemError())")
  }

  package static func replace(_ path: String, with bytes: some Sequence<UInt8>) throws {
    try replace(path) { temporary in
      do {
        try Data(Array(bytes)).write(to: URL(fileURLWithPath: temporary))
      } catch {
        throw PipelineError("\(path): can't be written: \(lastSystemError())")
      }
    }
  }

  /// Makes what was written to a file, or a folder's entries, survive a power cut.
  fileprivate static func sync(_ path: String) throws {
    let descriptor = open(path.isEmpty ? "." : path, O_RDONLY)
    guard descriptor >= 0 else { throw PipelineError("\(path): can't be opened: \(lastSystemError())") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw PipelineError("\(path): can't be synced: \(lastSystemError())") }
  }
}

/// The words of the last failed system call.
func lastSystemError() -> String {
  String(cString: strerror(errno))
}

/// Makes the folder where it is missing.
/// - Throws: ``PipelineError`` when it can't be made or not be written to.
func prepareFolder(_ path: String) throws {
  let isNew = !FileManager.default.fileExists(atPath: path)
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw PipelineError("\(path): this folder can't be made; give another one with --cache FOLDER")
  }
  // What is synced within it would be lost with it.
  if isNew { try AtomicFile.sync((path as NSString).deletingLastPathComponent) }
  guard access(path, W_OK) == 0 else {
    throw PipelineError("\(path): can't write here (\(lastSystemError())); give another folder with --cache FOLDER")
  }
}
