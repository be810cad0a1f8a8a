import CDeflate
import Synchronization

/// Encodes and decodes chunks as HDF5's own filters do, outside of HDF5 and its lock, so in as many threads as one
/// likes. With `HDF5Dataset.writeChunk` and `readChunk` it takes the place of HDF5's filter pipeline.
///
///     let codec = try ChunkCodec(for: features)
///     let chunk = try codec.encode(rows)              // in a worker thread
///     try features.writeChunk(chunk, atRow: 128)      // in the writer's
///
/// Any of shuffle, deflate and fletcher32 are known, in this order. Deflate is libdeflate's, in zlib's format.
public final class ChunkCodec: Sendable {
  /// The size of a decoded chunk in bytes.
  public let chunkSize: Int
  private let elementSize: Int
  /// The place of each filter in the pipeline, which is its bit in a filter mask; nil where it is not used.
  private let shuffle: Int?
  private let deflate: Int?
  private let fletcher32: Int?
  private let level: Int
  /// What threads that are not encoding or decoding left behind for the next one.
  private let workspaces = Mutex<[Workspace]>([])
  private let place: Place

  /// A codec for the chunks of `dataset`.
  public convenience init(for dataset: HDF5Dataset) throws {
    guard let chunkShape = dataset.chunkShape else { throw dataset.place.error("not stored in chunks") }
    // A chunk takes memory: a damaged shape must not.
    try dataset.checkShape()
    guard dataset.elementType != .string else {
      throw dataset.place.error("chunks of variable-length strings hold references only")
    }
    try self.init(
      filters: dataset.filters, elementSize: dataset.elementSize,
      chunkSize: dataset.place.count(of: chunkShape, size: dataset.elementSize) * dataset.elementSize,
      place: dataset.place)
  }

  /// A codec for chunks of `chunkSize` bytes, of elements of `elementSize` bytes.
  public convenience init(filters: [HDF5Filter], elementSize: Int, chunkSize: Int) throws {
    try self.init(
      filters: filters, elementSize: elementSize, chunkSize: chunkSize, place: Place(file: "chunk codec", object: "/"))
  }

  private init(filters: [HDF5Filter], elementSize: Int, chunkSize: Int, place: Place) throws {
    // HDF5 keeps the sizes of chunks in 32 bits.
    guard elementSize > 0, 1...Int(UInt32.max) ~= chunkSize else {
      throw place.error("chunks of \(chunkSize) bytes, elements of \(elementSize)")
    }
    let order = filters.compactMap { filter in
      switch filter {
      case .shuffle: 0
      case .deflate(let level) where 0...9 ~= level: 1
      case .fletcher32: 2
      default: nil
      }
    }
    guard order.count == filters.count, zip(order, order.dropFirst()).allSatisfy(<) else {
      throw place.error("expected shuffle, deflate and fletcher32 at most, in this order, found \(filters)")
    }
    shuffle = filters.firstIndex(of: .shuffle)
    fletcher32 = filters.firstIndex(of: .fletcher32)
    deflate = order.firstIndex(of: 1)
    if let deflate, case .deflate(let level) = filters[deflate] { self.level = level } else { level = 0 }
    self.elementSize = elementSize
    self.chunkSize = chunkSize
    self.place = place
  }

  // MARK: Encoding

  /// Makes of the elements of a chunk what is stored in the file.
  ///
  /// - Parameter elements: the bytes of all elements of the chunk; of the last chunk too, those beyond the data set
  ///   being zero.
  public func encode(_ elements: UnsafeRawBufferPointer) throws -> HDF5Chunk {
    guard elements.count == chunkSize else {
      throw place.error("\(elements.count) bytes for a chunk of \(chunkSize)")
    }
    return try withWorkspace { workspace in
      var source = elements
      if shuffle != nil {
        Shuffle.shuffle(source, into: workspace.elements, elementSize: elementSize)
        source = UnsafeRawBufferPointer(workspace.elements)
      }
      if deflate != nil { source = try workspace.deflate(source, level, place) }
      return HDF5Chunk(bytes: fletcher32 == nil ? Array(source) : checked(source))
    }
  }

  /// Makes of the elements of a chunk what is stored in the file.
  public func encode<Element: HDF5Element>(_ elements: [Element]) throws -> HDF5Chunk {
    try elements.withUnsafeBytes { try encode($0) }
  }

  // MARK: Decoding

  /// Makes the elements of a chunk of what is stored in the file. A wrong checksum, or anything else that is not
  /// as it was written, is an error.
  ///
  /// - Parameters:
  ///   - chunk: as it is stored.
  ///   - elements: room for all elements of the chunk; of the last chunk too.
  public func decode(_ chunk: HDF5Chunk, into elements: UnsafeMutableRawBufferPointer) throws {
    guard elements.count == chunkSize else {
      throw place.error("room for \(elements.count) bytes of a chunk of \(chunkSize)")
    }
    try chunk.bytes.withUnsafeBytes { stored in
      var source = stored
      if isUsed(fletcher32, chunk) { source = try verified(source) }
      let inflates = isUsed(deflate, chunk)
      guard inflates || source.count == chunkSize else {
        throw place.error("damaged chunk: \(source.count) bytes stored, expected \(chunkSize)")
      }
      guard isUsed(shuffle, chunk) else {
        if inflates {
          try withWorkspace { try $0.inflate(source, into: elements, place) }
        } else {
          elements.copyMemory(from: source)
        }
        return
      }
      try withWorkspace { workspace in
        if inflates {
          try workspace.inflate(source, into: workspace.elements, place)
          source = UnsafeRawBufferPointer(workspace.elements)
        }
        Shuffle.unshuffle(source, into: elements, elementSize: elementSize)
      }
    }
  }

  /// Makes the elements of a chunk of what is stored in the file.
  public func decode<Element: HDF5Element>(_ chunk: HDF5Chunk, as type: Element.Type = Element.self) throws -> [Element]
  {
    guard MemoryLayout<Element>.size == elementSize else {
      throw place.error("elements of \(elementSize) bytes, not \(MemoryLayout<Element>.size)")
    }
    let count = chunkSize / elementSize
    return try [Element](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      try decode(chunk, into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count])))
      initializedCount = count
    }
  }

  /// Finds out whether the checksum of a stored chunk is right, without decoding it.
  public func check(_ chunk: HDF5Chunk) throws {
    guard isUsed(fletcher32, chunk) else { throw place.error("damaged chunk: it has no checksum") }
    _ = try chunk.bytes.withUnsafeBytes(verified)
  }

  private func isUsed(_ filter: Int?, _ chunk: HDF5Chunk) -> Bool {
    filter.map { chunk.filterMask & (1 << UInt32($0)) == 0 } ?? false
  }

  // MARK: Checksum

  private static let checksumSize = 4

  /// `data` and its checksum.
  private func checked(_ data: UnsafeRawBufferPointer) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: data.count + Self.checksumSize) { buffer, size in
      let output = UnsafeMutableRawBufferPointer(buffer)
      output.copyMemory(from: data)
      output.storeBytes(of: Fletcher32.checksum(data).littleEndian, toByteOffset: data.count, as: UInt32.self)
      size = data.count + Self.checksumSize
    }
  }

  /// What comes before the checksum, which must be right.
  private func verified(_ stored: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer {
    guard stored.count >= Self.checksumSize else { throw place.error("damaged chunk: no room for its checksum") }
    let data = UnsafeRawBufferPointer(rebasing: stored[..<(stored.count - Self.checksumSize)])
    let expected = UInt32(littleEndian: stored.loadUnaligned(fromByteOffset: data.count, as: UInt32.self))
    guard Fletcher32.checksum(data) == expected else {
      throw place.error("damaged chunk: its fletcher32 checksum is wrong")
    }
    return data
  }

  // MARK: Workspaces

  private func withWorkspace<Result>(_ body: (Workspace) throws -> Result) rethrows -> Result {
    let workspace = workspaces.withLock { $0.popLast() } ?? Workspace(chunkSize: chunkSize)
    defer { workspaces.withLock { $0.append(workspace) } }
    return try body(workspace)
  }
}

/// What one thread needs to encode or decode a chunk: libdeflate's tables, and memory for a chunk's elements and for
/// what they are deflated to.
private final class Workspace: @unchecked Sendable {
  let elements: UnsafeMutableRawBufferPointer
  private let deflated: UnsafeMutableRawBufferPointer
  private var compressor: OpaquePointer?
  private var decompressor: OpaquePointer?

  init(chunkSize: Int) {
    elements = .allocate(byteCount: chunkSize, alignment: 64)
    deflated = .allocate(byteCount: libdeflate_zlib_compress_bound(nil, chunkSize), alignment: 64)
  }

  deinit {
    elements.deallocate()
    deflated.deallocate()
    libdeflate_free_compressor(compressor)
    libdeflate_free_decompressor(decompressor)
  }

  /// Returns what `input` becomes, valid until the next call. What can't be made smaller becomes a little larger.
  func deflate(_ input: UnsafeRawBufferPointer, _ level: Int, _ place: Place) throws -> UnsafeRawBufferPointer {
    if compressor == nil { compressor = libdeflate_alloc_compressor(Int32(level)) }
    guard let compressor else { throw place.error("no memory to deflate") }
    let size = libdeflate_zlib_compress(
      compressor, input.baseAddress, input.count, deflated.baseAddress, deflated.count)
    guard size > 0 else { throw place.error("libdeflate could not deflate \(input.count) bytes") }
    return UnsafeRawBufferPointer(rebasing: deflated[..<size])
  }

  /// Fills `output`.
  func inflate(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, _ place: Place
  ) throws {
    if decompressor == nil { decompressor = libdeflate_alloc_decompressor() }
    guard let decompressor else { throw place.error("no memory to inflate") }
    let result = libdeflate_zlib_decompress(
      decompressor, input.baseAddress, input.count, output.baseAddress, output.count, nil)
    guard result == LIBDEFLATE_SUCCESS else {
      throw place.error("damaged chunk: its deflated data is not valid, or not \(output.count) bytes")
    }
  }
}
