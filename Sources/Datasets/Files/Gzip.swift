import CDeflate

/// The bytes as a gzip file of one member, without a name or time: the same bytes give the same file.
///
/// - Throws: ``DatasetError`` when the memory does not suffice.
package func gzipped(_ bytes: [UInt8]) throws -> [UInt8] {
  guard let compressor = libdeflate_alloc_compressor(6) else { throw DatasetError("out of memory") }
  defer { libdeflate_free_compressor(compressor) }
  let capacity = libdeflate_gzip_compress_bound(compressor, bytes.count)
  return [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
    count = libdeflate_gzip_compress(compressor, bytes, bytes.count, output.baseAddress, capacity)
  }
}
