import Core
import HDF5

/// Collects rows of features into chunks, each encoded as soon as it is full.
struct ChunkAssembler {
  private let rowLength: Int
  private let rowsPerChunk: Int
  private let storage: FeatureStorage
  private let codec: ChunkCodec?
  private var pending: [Float] = []

  /// Encoded chunks of `rowsPerChunk` rows each; after ``finish()``, the last one filled up with zeros.
  private(set) var chunks: [HDF5Chunk] = []
  private(set) var rowCount = 0

  init(featureShape: FeatureShape, storage: FeatureStorage) {
    self.storage = storage
    rowLength = featureShape.count
    rowsPerChunk = storage.rowsPerChunk(featureShape)
    codec = storage.codec
    pending.reserveCapacity(rowLength * rowsPerChunk)
  }

  /// Whether every row that came is in an encoded chunk.
  var isEmpty: Bool { pending.isEmpty }

  /// Hands over the encoded chunks.
  mutating func takeChunks() -> [HDF5Chunk] {
    defer { chunks = [] }
    return chunks
  }

  /// Takes `rows × rowLength` values.
  mutating func append(_ features: [Float]) throws {
    rowCount += features.count / rowLength
    var rest = features[...]
    while !rest.isEmpty {
      let room = rowLength * rowsPerChunk - pending.count
      pending.append(contentsOf: rest.prefix(room))
      rest = rest.dropFirst(room)
      if pending.count == rowLength * rowsPerChunk { try encodePending() }
    }
  }

  /// Encodes the last, partly filled chunk.
  mutating func finish() throws {
    guard !pending.isEmpty else { return }
    pending.append(contentsOf: repeatElement(0, count: rowLength * rowsPerChunk - pending.count))
    try encodePending()
  }

  private mutating func encodePending() throws {
    switch storage.type {
    case .float32: chunks.append(try pending.withUnsafeBytes(encoded))
    case .float16: chunks.append(try pending.map { Float16($0) }.withUnsafeBytes(encoded))
    }
    pending.removeAll(keepingCapacity: true)
  }

  private func encoded(_ bytes: UnsafeRawBufferPointer) throws -> [UInt8] {
    try codec?.encode(bytes) ?? Array(bytes)
  }
}
