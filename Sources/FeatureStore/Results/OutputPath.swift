import Datasets
import Foundation
import Storage
import Support
import SystemPackage

/// A file that the user names for a result: it must not take the place of one that is read, or that took time to make.
package struct OutputPath {
  package let path: String
  /// As the user gives it: `--output`.
  package let option: String

  package init(path: String, option: String) {
    (self.path, self.option) = (path, option)
  }

  /// Checks that writing there destroys nothing, whichever way the path is spelt.
  ///
  /// - Parameters:
  ///   - cache: whose files are not to be written over.
  ///   - inputs: files that the stage reads.
  /// - Throws: ``PipelineError`` where it would, or where there is no such folder.
  package func check(_ cache: CacheFolder, inputs: [String]) throws {
    guard let place = Place(path) else { throw refusal("there is no folder to write this file into") }
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT != S_IFDIR else { throw refusal("a folder; give the name of a file") }
      // A device or a pipe would be replaced by a file.
      guard status.st_mode & S_IFMT == S_IFREG else { throw refusal("not a regular file; give the name of one") }
    }
    for kept in cache.keptFiles + inputs where place == Place(kept) || isSame(kept, status) {
      throw refusal("would take the place of \(kept); give another name")
    }
    for folder in cache.keptFolders where place.folder == FileID(folder) {
      throw refusal("would be among the files of \(folder); give another name")
    }
    try checkData(cache, status)
  }

  /// Whether it is one of the tables that the images were extracted with, or a picture of the data.
  package func wasExtracted(to cache: CacheFolder) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0, let source = ImageSource(cache) else { return false }
    return source.files.contains { isSame($0, status) }
  }

  /// The tables and pictures that were extracted. What an earlier submission wrote beside them may be replaced.
  private func checkData(_ cache: CacheFolder, _ status: stat) throws {
    guard status.st_ino != 0, let source = ImageSource(cache) else { return }
    let record = Sealed<SubmissionRecord>.read(cache.submissionProvenance)
    guard record == nil || record?.digest != (try? AtomicFile.digest(of: path)) else { return }
    for file in source.files where isSame(file, status) {
      throw refusal("would take the place of \(file), which was extracted; give another name")
    }
    // Where a symbolic link leads.
    let target = realpath(path, nil)
    defer { free(target) }
    var folder = FilePath(target.map { String(cString: $0) } ?? path).removingLastComponent()
    // The folder itself, and those above it.
    for _ in 0..<64 {
      let id = FileID(folder.isEmpty ? "." : folder.string)
      if id == FileID(source.data) {
        throw refusal("is there already, among the data that were extracted (\(source.data)); give another name")
      }
      folder.append("..")
      if id == nil || id == FileID(folder.string) { return }
    }
  }

  private func isSame(_ other: String, _ status: stat) -> Bool {
    status.st_ino != 0 && FileID(other) == FileID(status)
  }

  private func refusal(_ reason: String) -> PipelineError { PipelineError("\(option) \(path): \(reason)") }
}

/// Where a file is or would be: a name in a folder.
private struct Place: Equatable {
  let folder: FileID
  let name: String

  /// Nil where there is no such folder, or the path ends with no name.
  init?(_ path: String) {
    let path = FilePath(path)
    guard let last = path.lastComponent, last.kind == .regular else { return nil }
    let parent = path.removingLastComponent()
    guard let folder = FileID(parent.isEmpty ? "." : parent.string) else { return nil }
    self.folder = folder
    name = last.string
  }
}

extension CacheFolder {
  /// Those that the stages read, by whatever stage they are written; there or not.
  fileprivate var keptFiles: [String] {
    Split.allCases.map(features) + [
      manifest, digests, lock, head, report, evaluation, imageSource, inspection, preview, submissionProvenance,
    ]
  }

  /// Those in which every file is one that a stage reads.
  fileprivate var keptFolders: [String] { [heads, weights, kept, history] + Split.allCases.map(parts) }
}
