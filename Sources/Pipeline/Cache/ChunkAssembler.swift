import Core
import HDF5

/// Collects rows of features into chunks, each encoded as soon as it is full.
struct ChunkAssembler {
  private let rowLength: Int
  private let valuesPerChunk: Int
  private let type: FeatureType
  private let codec: ChunkCodec
  private var pending: [Float] = []
  private var chunks: [HDF5Chunk] = []

  /// The rows that came so far.
  private(set) var rowCount = 0

  init(featureShape: FeatureShape, storage: FeatureStorage) throws {
    rowLength = featureShape.count
    valuesPerChunk = storage.rowsPerChunk(featureShape) * rowLength
    type = storage.type
    codec = try ChunkCodec(
      filters: storage.filters, elementSize: storage.bytesPerValue, chunkSize: valuesPerChunk * storage.bytesPerValue)
    pending.reserveCapacity(valuesPerChunk)
  }

  /// Whether every row that came is in an encoded chunk.
  var isEmpty: Bool { pending.isEmpty }

  /// Takes whole rows.
  mutating func append(_ features: [Float]) throws {
    rowCount += features.count / rowLength
    var rest = features[...]
    while !rest.isEmpty {
      let room = valuesPerChunk - pending.count
      pending.append(contentsOf: rest.prefix(room))
      rest = rest.dropFirst(room)
      if pending.count == valuesPerChunk { try encodePending() }
    }
  }

  /// Encodes the last, partly filled chunk, filled up with zeros.
  mutating func finish() throws {
    guard !pending.isEmpty else { return }
    pending.append(contentsOf: repeatElement(0, count: valuesPerChunk - pending.count))
    try encodePending()
  }

  /// Hands over the encoded chunks.
  mutating func takeChunks() -> [HDF5Chunk] {
    defer { chunks = [] }
    return chunks
  }

  private mutating func encodePending() throws {
    switch type {
    case .float32: chunks.append(try codec.encode(pending))
    case .float16: chunks.append(try codec.encode(pending.map { Float16($0) }))
    }
    pending.removeAll(keepingCapacity: true)
  }
}
