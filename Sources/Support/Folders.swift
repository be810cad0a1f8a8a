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
  var missing: [String] = []
  var folder = path
  while folder != ".", !FileManager.default.fileExists(atPath: folder) {
    missing.append(folder)
    folder = AtomicFile.folder(of: folder)
  }
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw PipelineError("\(path): this folder can't be made; give another one with --cache FOLDER")
  }
  // What is synced within them would be lost with them.
  for folder in missing { try AtomicFile.syncFolder(of: folder) }
  guard access(path, W_OK) == 0 else {
    throw PipelineError(
      "\(path): can't write here (\(lastSystemError())); make it writable, or give another folder with --cache FOLDER")
  }
}
