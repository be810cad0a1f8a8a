import Core
import Foundation

/// Pictures that are files below a folder.
struct ImageFiles: PictureSource {
  let folder: String
  let names: [String]
  let limits: ImageLimits
  /// The archive that the folder is in, and the folder's path there.
  private let archive: (index: ArchiveIndex, path: String)?

  init(folder: String, names: [String], limits: ImageLimits) {
    (self.folder, self.names, self.limits) = (folder, names, limits)
    archive = MountedArchives.place(of: folder)
  }

  func image(at index: Int, content: [UInt8], for size: ImageSize?) throws -> Image {
    do {
      return try ImageDecoder.decode(content, for: size, limits: limits)
    } catch let error as DatasetError {
      let isDangling = fileType(path(index)) == .danglingLink
      throw isDangling ? DatasetError("a link that leads nowhere", about: path(index)) : error.about(path(index))
    }
  }

  /// Of a link that leads nowhere the content is its own, the path that it leads to: a picture that can't be decoded, and
  /// another one than an empty file.
  func content(at index: Int) throws -> [UInt8] {
    if let archive, archive.index.type(of: inArchive(index)!) == .regular {
      return try archive.index.content(of: inArchive(index)!, name: path(index))
    }
    do {
      return try readFile(path(index))
    } catch {
      guard fileType(path(index)) == .danglingLink, let target = linkTarget(index) else { throw error }
      return Array(target.utf8)
    }
  }

  private func linkTarget(_ index: Int) -> String? {
    if let archive { return archive.index.danglingTarget(of: inArchive(index)!) }
    return try? FileManager.default.destinationOfSymbolicLink(atPath: path(index))
  }

  func origin(at index: Int) -> PictureOrigin? {
    archive.map { $0.index.origin(of: inArchive(index)!) } ?? PictureOrigin(path: path(index))
  }

  private func path(_ index: Int) -> String { "\(folder)/\(names[index])" }

  /// The picture's path in the archive; nil where it lies in none.
  private func inArchive(_ index: Int) -> String? {
    archive.map { $0.path.isEmpty ? names[index] : "\($0.path)/\(names[index])" }
  }
}
