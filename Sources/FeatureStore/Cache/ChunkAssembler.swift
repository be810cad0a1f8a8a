import Core
import HDF5

/// Collects rows of features into chunks, each encoded as soon as it is full.
package struct ChunkAssembler {
  private let valuesPerChunk: Int
  private let type: FeatureType
  private let codec: ChunkCodec
  private var pending: [Float] = []
  private var chunks: [HDF5Chunk] = []

  /// The encoded chunks that wait to be taken.
  var chunkCount: Int { chunks.count }

  package init(featureShape: FeatureShape, storage: FeatureStorage) throws {
    valuesPerChunk = storage.rowsPerChunk(featureShape) * featureShape.count
    type = storage.type
    codec = try ChunkCodec(
      filters: storage.filters, elementSize: storage.bytesPerValue, chunkSize: valuesPerChunk * storage.bytesPerValue)
    pending.reserveCapacity(valuesPerChunk)
  }

  /// Takes whole rows.
  package mutating func append(_ features: some Collection<Float>) throws {
    var rest = features[features.startIndex...]
    while !rest.isEmpty {
      let room = valuesPerChunk - pending.count
      pending.append(contentsOf: rest.prefix(room))
      rest = rest.dropFirst(room)
      if pending.count == valuesPerChunk { try encodePending() }
    }
  }

  /// Encodes the last, partly filled chunk, filled up with zeros.
  package mutating func finish() throws {
    guard !pending.isEmpty else { return }
    pending.append(contentsOf: repeatElement(0, count: valuesPerChunk - pending.count))
    try encodePending()
  }

  /// Hands over the encoded chunks.
  package mutating func takeChunks() -> [HDF5Chunk] {
    defer { chunks = [] }
    return chunks
  }

  private mutating func encodePending() throws {
    switch type {
    case .float32: chunks.append(try codec.encode(pending))
    case .float16: chunks.append(try codec.encode(pending.map { HalfPrecision($0) }))
    }
    pending.removeAll(keepingCapacity: true)
  }
}
