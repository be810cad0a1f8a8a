import CZlib

/// Unpacks gzip part by part (zlib's inflate), members one after another, in little memory.
struct GzipStream {
  /// - Parameters:
  ///   - file: of gzip.
  ///   - name: for the errors.
  ///   - most: bytes to unpack; the rest is left.
  ///   - write: is called with each part.
  /// - Throws: ``DatasetError`` for a damaged file; what `write` throws.
  static func unpack(
    _ file: OpenFile, name: String, most: Int = .max, _ write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let damaged = DatasetError("\(name): a truncated or corrupt gzip file: get it again")
    var stream = z_stream()
    // 15 is the window of 32 KB, 16 more say that it is gzip.
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw DatasetError("out of memory")
    }
    defer { inflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: 1 << 18)
    var total = 0
    var isAtEnd = false
    for start in stride(from: 0, to: file.size, by: 1 << 18) {
      var input = try file.read(start..<min(start + 1 << 18, file.size), name: name)
      try input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        while stream.avail_in > 0 || stream.avail_out == 0 {
          if isAtEnd {
            // Zeros may pad the file behind the last member.
            guard stream.avail_in > 0, stream.next_in[0] != 0 else { return }
            guard inflateReset(&stream) == Z_OK else { throw damaged }
            isAtEnd = false
          }
          let written = try output.withUnsafeMutableBufferPointer { output in
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            let status = inflate(&stream, Z_NO_FLUSH)
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw damaged }
            isAtEnd = status == Z_STREAM_END
            return output.count - Int(stream.avail_out)
          }
          try output.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0[..<written])) }
          total += written
          if total >= most { return }
        }
      }
      if total >= most { return }
    }
    guard isAtEnd else { throw damaged }
  }
}
