import CDeflate
import Core
import Foundation
import Storage
import SystemPackage

extension FilePath {
  /// The path of the folder that it lies in, as far as its text tells: `.` for a name alone, and for `..` the folder above.
  var folder: String {
    switch lastComponent?.kind {
    case .regular where removingLastComponent().isEmpty: "."
    case .regular: removingLastComponent().string
    default: appending("..").string
    }
  }
}

/// The last part of a path.
func name(of path: String) -> String {
  FilePath(path).lastComponent?.string ?? path
}

/// The whole of a file, or its first bytes; also of one in an archive that is open.
///
/// - Parameter most: bytes to read; nil: all.
/// - Throws: ``DatasetError`` with the system's reason; where it is larger than the memory that there is.
func readFile(_ path: String, upTo most: Int? = nil) throws -> [UInt8] {
  if let place = MountedArchives.place(of: path) {
    let content = try place.index.content(of: place.path, name: path)
    return most.map { Array(content.prefix($0)) } ?? content
  }
  // A pipe would wait for a writer.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw systemError(path) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw systemError(path) }
  guard status.st_mode & S_IFMT == S_IFREG else { throw DatasetError("not a regular file", about: path) }
  let size = min(Int(status.st_size), most ?? .max)
  return try AvailableMemory.reserving { try readFile(path, descriptor, size: size) }
}

private func readFile(_ path: String, _ descriptor: CInt, size: Int) throws -> [UInt8] {
  // Asking for the memory takes longer than reading a small file.
  if size > 1 << 20 {
    do {
      try AvailableMemory.check(Double(size), for: nil, remedy: "is this the file that is meant?")
    } catch {
      throw DatasetError("\(error)", about: path)
    }
  }
  var failure: DatasetError?
  let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    while count < size {
      let got = read(descriptor, buffer.baseAddress! + count, size - count)
      if got < 0 && errno == EINTR { continue }
      if got < 0 { failure = systemError(path) }
      if got <= 0 { break }
      count += got
    }
  }
  if let failure { throw failure }
  return bytes
}

/// `errno` as an error about a file.
func systemError(_ path: String) -> DatasetError {
  DatasetError(String(cString: strerror(errno)), about: path)
}

/// Whether two paths lead to one file.
func isSameFile(_ path: String, _ other: String) -> Bool {
  path == other || FileIdentity(path).map { $0 == FileIdentity(other) } == true
}

enum FileType {
  case missing
  case regular
  case folder
  /// A symbolic link to something that is not there.
  case danglingLink
  /// A device, a pipe or a socket.
  case special
}

/// What a path leads to, through symbolic links, and into archives that are open.
func fileType(_ path: String) -> FileType {
  if let place = MountedArchives.place(of: path) { return place.index.type(of: place.path) }
  var status = stat()
  guard stat(path, &status) == 0 else {
    let isLink = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    return isLink ? .danglingLink : .missing
  }
  return switch status.st_mode & S_IFMT {
  case S_IFREG: .regular
  case S_IFDIR: .folder
  default: .special
  }
}

/// The whole of a table or IDX file, which may be gzipped: by its content, not its name.
func readPossiblyGzipped(_ path: String) throws -> [UInt8] {
  let bytes = try readFile(path)
  guard bytes.starts(with: [0x1F, 0x8B]) else { return bytes }
  do {
    return try gunzip(bytes)
  } catch let error as DatasetError {
    throw error.about(path)
  }
}

/// The content of a gzip file of one or more members (RFC 1952).
///
/// - Parameter limit: how many bytes the content may have, so that a bomb is an error and not an empty memory.
func gunzip(_ compressed: [UInt8], limit: Int = 1 << 32) throws -> [UInt8] {
  guard let decompressor = libdeflate_alloc_decompressor() else { throw DatasetError("out of memory") }
  defer { libdeflate_free_decompressor(decompressor) }
  // The last four bytes are the size of the last member, modulo 2³². A first guess: the loop corrects it.
  let stored = compressed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
  var capacity = min(max(stored, compressed.count), compressed.count * 1032 + 64, limit)
  while true {
    var failure: libdeflate_result = LIBDEFLATE_SUCCESS
    let content = try AvailableMemory.reserving {
      try AvailableMemory.check(Double(capacity), for: nil, remedy: "is this the file that is meant?")
      return [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
        failure = inflateMembers(decompressor, compressed, into: output, &count)
        if failure != LIBDEFLATE_SUCCESS { count = 0 }
      }
    }
    switch failure {
    case LIBDEFLATE_SUCCESS:
      return content
    case LIBDEFLATE_INSUFFICIENT_SPACE where capacity < limit:
      capacity = min(2 * capacity, limit)
    case LIBDEFLATE_INSUFFICIENT_SPACE:
      throw DatasetError("more than \(limit) bytes when decompressed: not a file of this kind")
    default:
      throw DatasetError("a truncated or corrupt gzip file: get it again")
    }
  }
}

private func inflateMembers(
  _ decompressor: OpaquePointer, _ compressed: [UInt8], into output: UnsafeMutableBufferPointer<UInt8>,
  _ count: inout Int
) -> libdeflate_result {
  compressed.withUnsafeBytes { input in
    var offset = 0
    while offset < input.count {
      var read = 0
      var written = 0
      let result = libdeflate_gzip_decompress_ex(
        decompressor, input.baseAddress! + offset, input.count - offset,
        output.baseAddress! + count, output.count - count, &read, &written)
      guard result == LIBDEFLATE_SUCCESS else { return result }
      offset += read
      count += written
    }
    return LIBDEFLATE_SUCCESS
  }
}
