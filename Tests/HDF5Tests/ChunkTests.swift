import HDF5
import Testing

@Suite struct ChunkTests {
  /// 95 % zeros, like the features of a deep layer.
  static func sparse(_ count: Int) -> [Float] {
    var generator = SplitMix(state: 7)
    return (0..<count).map { _ in
      Float.random(in: 0..<1, using: &generator) < 0.95 ? 0 : Float.random(in: 0..<30, using: &generator)
    }
  }

  static let pipelines: [[HDF5Filter]] = [
    .none, .standard, [.shuffle], [.deflate(level: 6)], [.fletcher32], [.shuffle, .fletcher32],
    [.deflate(level: 1), .fletcher32], [.shuffle, .deflate(level: 9)],
  ]

  @Test(arguments: pipelines) func encodedHereHDF5Reads(filters: [HDF5Filter]) throws {
    try withFolder { folder in
      let values = Self.sparse(10 * 96)
      let file = try HDF5File.create(folder + "/chunks.h5")
      let dataset = try file.createDataset("x", .float32, shape: [10, 96], chunk: [4, 96], filters: filters)
      let codec = try ChunkCodec(for: dataset)
      for row in stride(from: 0, to: 10, by: 4) {
        let rows = values[(row * 96)..<min((row + 4) * 96, values.count)]
        let padding = [Float](repeating: 0, count: 4 * 96 - rows.count)
        try dataset.writeChunk(try codec.encode(rows + padding), atRow: row)
      }
      try file.close()
      #expect(try HDF5File.open(folder + "/chunks.h5").dataset("x").read() == values)
    }
  }

  @Test(arguments: pipelines) func writtenByHDF5IsDecodedHere(filters: [HDF5Filter]) throws {
    try withFolder { folder in
      let values = Self.sparse(10 * 96)
      let file = try HDF5File.create(folder + "/chunks.h5")
      try file.createDataset("x", .float32, shape: [10, 96], chunk: [4, 96], filters: filters).write(values)
      try file.close()
      let dataset = try HDF5File.open(folder + "/chunks.h5").dataset("x")
      let codec = try ChunkCodec(for: dataset)
      var decoded: [Float] = []
      for row in stride(from: 0, to: 10, by: 4) { decoded += try codec.decode(dataset.readChunk(atRow: row)) }
      #expect(decoded == values + [Float](repeating: 0, count: 2 * 96))
    }
  }

  /// The same for the files of h5py, and so of another version of HDF5 and of zlib.
  @Test(arguments: ["standard", "shuffle", "deflate", "fletcher32", "none"])
  func writtenByOthersIsDecodedHere(pipeline: String) throws {
    let file = try HDF5File.open(fixture("chunks"))
    func check<T: HDF5Element & Equatable>(_ name: String, _: T.Type) throws {
      let dataset = try file.dataset("\(pipeline)/\(name)")
      let codec = try ChunkCodec(for: dataset)
      var decoded: [T] = []
      for row in stride(from: 0, to: 10, by: 4) { decoded += try codec.decode(dataset.readChunk(atRow: row)) }
      #expect(try Array(decoded[..<dataset.count]) == dataset.read(T.self))
      // Everything but deflate, whose programs differ, comes out the same byte for byte.
      guard pipeline != "standard", pipeline != "deflate" else { return }
      #expect(try codec.encode(Array(decoded[..<(4 * 96)])) == dataset.readChunk(atRow: 0))
    }
    try check("f2", HalfPrecision.self)
    try check("f4", Float.self)
    try check("f8", Double.self)
    try check("u1", UInt8.self)
  }

  @Test func chunksAreCopiedAsTheyAre() throws {
    try withFolder { folder in
      let part = try HDF5File.create(folder + "/part.h5")
      let whole = try HDF5File.create(folder + "/whole.h5")
      let values = Self.sparse(3 * 96)
      // A part that is shorter than a chunk: its first dimension may grow, so the chunk may reach beyond it.
      try part.createDataset(
        "x", .float32, shape: [3, 96], maximumShape: [nil, 96], chunk: [4, 96], filters: .standard
      ).write(values)
      try part.close()
      let source = try HDF5File.open(folder + "/part.h5").dataset("x")
      let target = try whole.createDataset("x", .float32, shape: [7, 96], chunk: [4, 96], filters: .standard)
      try target.writeChunk(source.readChunk(atRow: 0), atRow: 4)
      #expect(try target.read(rows: 4..<7) == values)
      #expect(try target.read(rows: 0..<4) == [Float](repeating: 0, count: 4 * 96))
      #expect(try target.readChunk(atRow: 4) == source.readChunk(atRow: 0))
    }
  }

  @Test func wrongUseIsAnError() throws {
    try withFolder { folder in
      let file = try HDF5File.create(folder + "/chunks.h5")
      let x = try file.createDataset("x", .float32, shape: [10, 6], chunk: [4, 6], filters: .standard)
      let block = try file.createDataset("block", .float32, shape: [10, 6])
      let tiles = try file.createDataset("tiles", .float32, shape: [10, 6], chunk: [4, 3])
      #expect(x.rowsPerChunk == 4)
      #expect(tiles.rowsPerChunk == nil)
      #expect(message { _ = try x.readChunk(atRow: 4) }.contains("/x: the chunk at row 4 was never written"))
      #expect(message { _ = try x.readChunk(atRow: 2) }.contains("no chunk of 4 rows starts at row 2"))
      #expect(message { _ = try x.readChunk(atRow: 12) }.contains("no chunk"))
      #expect(message { _ = try x.readChunk(atRow: -4) }.contains("no chunk"))
      #expect(message { _ = try block.readChunk(atRow: 0) }.contains("/block: expected chunks of whole rows"))
      #expect(
        message { try tiles.writeChunk(HDF5Chunk(bytes: [1]), atRow: 0) }.contains("expected chunks of whole rows"))
      #expect(message { _ = try ChunkCodec(for: block) }.contains("/block: not stored in chunks"))
    }
  }
}

/// Steele, Lea and Flood's SplitMix64: the same numbers in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
