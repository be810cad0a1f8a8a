import CHDF5
import Storage

/// A chunk as it is stored in a file.
public struct HDF5Chunk: Equatable, Sendable {
  /// What the filters made of the elements.
  public var bytes: [UInt8]
  /// Bit k is set if filter k of the data set was left out for this chunk.
  public var filterMask: UInt32

  public init(bytes: [UInt8], filterMask: UInt32 = 0) {
    self.bytes = bytes
    self.filterMask = filterMask
  }
}

extension HDF5Dataset {
  /// Reads the chunk whose first element is at `row`, as it is stored. `ChunkCodec` decodes it, in any thread.
  ///
  /// Chunks must span all dimensions but the first, as the pipeline's do.
  public func readChunk(atRow row: Int) throws -> HDF5Chunk {
    let offset = try chunkOffset(row)
    let size = try chunkSize(atRow: row)
    guard size > 0 else { throw place.error("the chunk at row \(row) was never written") }
    guard size <= hsize_t(try fileSize()) else {
      throw place.error("the chunk at row \(row) claims \(size) bytes, more than the file has")
    }
    var filterMask: UInt32 = 0
    let bytes = try [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, initializedCount in
      try place.call("can't read the chunk at row \(row)") {
        chdf5_read_chunk(id, offset, &filterMask, buffer.baseAddress)
      }
      initializedCount = Int(size)
    }
    return HDF5Chunk(bytes: bytes, filterMask: filterMask)
  }

  /// Writes a chunk that went through the filters already, by `ChunkCodec` or in another file.
  ///
  /// The last chunk is stored whole too, with anything in the rows beyond the data set. HDF5 1.10 forgets a
  /// `filterMask` that is not 0 until the file is opened again; `ChunkCodec` never makes one.
  public func writeChunk(_ chunk: HDF5Chunk, atRow row: Int) throws {
    let offset = try chunkOffset(row)
    guard maximumShape != chunkShape?.map(Optional.some) else {
      throw place.error("HDF5 1.10 can't write a raw chunk to a data set of one chunk that may not grow")
    }
    try chunk.bytes.withUnsafeBytes { bytes in
      _ = try place.call("can't write the chunk at row \(row)") {
        H5Dwrite_chunk(id, chdf5_default(), chunk.filterMask, offset, bytes.count, bytes.baseAddress)
      }
    }
    guard let writing = handle.writing else { return }
    if let failure = writing.output.failure { throw failure }
    // A checksum, not the chunk: that may be one of thousands.
    let (path, written) = (path, Fletcher32.checksum(chunk.bytes))
    writing.expect("\(path) chunk \(row)") { file in
      let found = try file.dataset(path).readChunk(atRow: row)
      guard found.filterMask == chunk.filterMask, Fletcher32.checksum(found.bytes) == written else {
        throw StorageError(file.filePath, .compare, nil)
      }
    }
  }

  /// Whether rows were written: of those that never were, HDF5 reads zeros.
  ///
  /// - Parameter rows: nil: all.
  public func isStored(rows: Range<Int>? = nil) throws -> Bool {
    let rows = rows ?? 0..<rowCount
    guard !rows.isEmpty, rowSize > 0 else { return true }
    guard let rowsPerChunk else {
      guard chunkShape == nil else { throw place.error("expected chunks of whole rows") }
      var status = H5D_SPACE_STATUS_ERROR
      try place.call("can't tell whether it was written") { H5Dget_space_status(id, &status) }
      return status == H5D_SPACE_STATUS_ALLOCATED
    }
    let first = rows.lowerBound / rowsPerChunk * rowsPerChunk
    return try stride(from: first, to: rows.upperBound, by: rowsPerChunk).allSatisfy { try chunkSize(atRow: $0) > 0 }
  }

  /// Bytes of the chunk whose first element is at `row`; 0 where it was never written.
  private func chunkSize(atRow row: Int) throws -> hsize_t {
    var size: hsize_t = 0
    let offset = try chunkOffset(row)
    try place.call("can't find the chunk at row \(row)") { H5Dget_chunk_storage_size(id, offset, &size) }
    return size
  }

  /// The rows of a chunk; nil if the data set is not stored in chunks of whole rows.
  public var rowsPerChunk: Int? {
    guard let chunkShape, let rows = chunkShape.first, rows > 0,
      zip(chunkShape, shape).dropFirst().allSatisfy({ $0 >= $1 })
    else { return nil }
    return rows
  }

  private func chunkOffset(_ row: Int) throws -> [hsize_t] {
    guard let rowsPerChunk else { throw place.error("expected chunks of whole rows") }
    guard row >= 0, row < rowCount, row % rowsPerChunk == 0 else {
      throw place.error("no chunk of \(rowsPerChunk) rows starts at row \(row) in shape \(shape)")
    }
    return [hsize_t(row)] + shape.dropFirst().map { _ in 0 }
  }
}
