import Core
import Foundation
import Storage

/// A file that is open for reading at any place, from any thread.
final class OpenFile: Sendable {
  /// In bytes, when it was opened.
  let size: Int
  private let descriptor: CInt

  /// - Throws: ``DatasetError`` with the system's reason.
  init(_ path: String) throws {
    // A pipe would wait for a writer.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw systemError(path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw DatasetError("\(path): not a regular file")
    }
    size = Int(status.st_size)
  }

  private init(descriptor: CInt, size: Int) {
    self.descriptor = descriptor
    self.size = size
  }

  deinit { close(descriptor) }

  /// What the system says of it now; nil where it doesn't tell.
  var identity: FileIdentity? { FileIdentity(descriptor: descriptor) }

  /// - Parameters:
  ///   - range: in bytes.
  ///   - name: for the errors.
  /// - Throws: ``DatasetError`` with the system's reason; where the file ends before.
  func read(_ range: Range<Int>, name: String) throws -> [UInt8] {
    var failure: DatasetError?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      while count < range.count {
        let got = pread(
          descriptor, buffer.baseAddress! + count, range.count - count, off_t(range.lowerBound + count))
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = systemError(name) }
        if got <= 0 { break }
        count += got
      }
    }
    if let failure { throw failure }
    guard bytes.count == range.count else { throw DatasetError("\(name): the file ends too early: get it again") }
    return bytes
  }
}

extension OpenFile {
  /// - Throws: ``DatasetError`` where the disk has less room for what is to be unpacked.
  static func requireRoom(_ bytes: Int, name: String) throws {
    let folder = FileManager.default.temporaryDirectory.path
    guard let free = freeBytes(at: folder) else { throw systemError(folder) }
    guard bytes <= free else {
      throw DatasetError(
        "\(name): \(bytes) bytes are to be unpacked to \(folder), and \(free) are free there; TMPDIR names another folder"
      )
    }
  }

  /// What `fill` writes, part by part, into a file without a name: it takes disk, but no memory, and is gone when nobody
  /// reads it any more.
  ///
  /// - Parameters:
  ///   - name: of what is unpacked, for the errors.
  ///   - fill: calls its argument with each part.
  /// - Throws: ``DatasetError`` where the disk has no room for it; what `fill` throws.
  static func unpacked(
    _ name: String, _ fill: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws -> OpenFile {
    let folder = FileManager.default.temporaryDirectory.path
    let path = "\(folder)/unpacked-\(UUID().uuidString)"
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw systemError(folder) }
    unlink(path)
    var size = 0
    do {
      try fill { part in
        var rest = part
        while !rest.isEmpty {
          let written = write(descriptor, rest.baseAddress, rest.count)
          if written < 0 && errno == EINTR { continue }
          guard written > 0 else {
            throw DatasetError(
              "\(name) is unpacked to \(folder), after \(size) bytes: \(String(cString: strerror(errno))); "
                + "TMPDIR names another folder")
          }
          rest = UnsafeRawBufferPointer(rebasing: rest[written...])
          size += written
        }
      }
    } catch {
      close(descriptor)
      throw error
    }
    return OpenFile(descriptor: descriptor, size: size)
  }
}
