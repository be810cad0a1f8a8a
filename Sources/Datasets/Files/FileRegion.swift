import Foundation

/// A part of an open file: all of it, or what an archive has of a file in it. From any thread.
struct FileRegion: Sendable {
  private let file: OpenFile
  private let range: Range<Int>

  /// In bytes.
  var size: Int { range.count }

  init(_ file: OpenFile) {
    (self.file, range) = (file, 0..<file.size)
  }

  private init(_ file: OpenFile, _ range: Range<Int>) {
    (self.file, self.range) = (file, range)
  }

  /// - Parameter path: of a file, or of one in an archive that is open: where it is packed there, it is unpacked to the disk.
  /// - Throws: ``DatasetError``.
  init(_ path: String) throws {
    guard let place = MountedArchives.place(of: path) else {
      self.init(try OpenFile(path))
      return
    }
    if let stored = place.index.stored(place.path) {
      self.init(stored.file, stored.range)
    } else {
      let content = try place.index.content(of: place.path, name: path)
      self.init(try OpenFile.unpacked(path) { write in try content.withUnsafeBytes(write) })
    }
  }

  /// - Precondition: `part` lies in it.
  func part(_ part: Range<Int>) -> FileRegion {
    FileRegion(file, range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
  }

  /// - Throws: as ``OpenFile/read(_:name:)`` does.
  func read(_ part: Range<Int>, name: String) throws -> [UInt8] {
    try file.read(range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound, name: name)
  }
}
