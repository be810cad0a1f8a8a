import Foundation
import Storage

/// The words of the last failed system call.
package func lastSystemError() -> String {
  String(cString: strerror(errno))
}

/// Makes the folder where it is missing.
///
/// - Throws: ``PipelineError`` when it can't be made or not be written to.
package func prepareFolder(_ path: String) throws {
  let isNew = !FileManager.default.fileExists(atPath: path)
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw PipelineError("\(path): this folder can't be made; give another one with --cache FOLDER")
  }
  // What is synced within it would be lost with it.
  if isNew { try AtomicFile.syncFolder(of: path) }
  guard access(path, W_OK) == 0 else {
    throw PipelineError("\(path): can't write here (\(lastSystemError())); give another folder with --cache FOLDER")
  }
}
