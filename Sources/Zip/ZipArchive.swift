import CZip
import Foundation

/// A zip file, read by libzip, which checks each entry's CRC.
package final class ZipArchive: @unchecked Sendable {
  /// How such files begin: with a local file header.
  package static let signature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

  // libzip's handles serve one thread at a time: hence the lock around every use.
  private let handle: OpaquePointer
  private let lock = NSLock()
  /// Of the entries, in the archive's order.
  package let names: [String]

  /// - Throws: ``ZipError``.
  package init(path: String) throws {
    var code: Int32 = 0
    guard let handle = zip_open(path, ZIP_RDONLY, &code) else {
      var error = zip_error_t()
      zip_error_init_with_code(&error, code)
      defer { zip_error_fini(&error) }
      throw ZipError("zip file that can't be opened (\(String(cString: zip_error_strerror(&error)))): truncated?")
    }
    self.handle = handle
    names = (0..<max(0, zip_get_num_entries(handle, 0))).map { index in
      zip_get_name(handle, zip_uint64_t(index), 0).map { String(cString: $0) } ?? ""
    }
  }

  deinit {
    zip_discard(handle)
  }

  /// The entry's bytes.
  ///
  /// - Parameter limit: in bytes. A small file can claim to hold any amount.
  /// - Throws: ``ZipError``.
  package func contents(of name: String, limit: Int) throws -> Data {
    var contents = Data()
    try read(name, limit: limit) { contents.append(contentsOf: $0) }
    return contents
  }

  /// Calls `body` with the entry's bytes, part by part.
  ///
  /// - Throws: ``ZipError``, and what `body` throws.
  package func read(_ name: String, limit: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    lock.lock()
    defer { lock.unlock() }
    guard let file = zip_fopen(handle, name, 0) else {
      throw ZipError("zip entry \(name) can't be read (\(String(cString: zip_strerror(handle))))")
    }
    defer { zip_fclose(file) }
    var total = 0
    let part = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { part.deallocate() }
    while true {
      let count = Int(zip_fread(file, part.baseAddress, zip_uint64_t(part.count)))
      guard count >= 0 else {
        throw ZipError(
          "zip entry \(name) is damaged (\(String(cString: zip_file_strerror(file)))): fetch the file again")
      }
      if count == 0 { return }
      total += count
      guard total <= limit else { throw ZipError("zip entry \(name) unpacks to more than \(limit) bytes") }
      try body(UnsafeRawBufferPointer(rebasing: part[..<count]))
    }
  }
}

/// Why an archive or an entry can't be read; the file's name is for the caller to say.
package struct ZipError: Error {
  package let reason: String

  init(_ reason: String) {
    self.reason = reason
  }
}
