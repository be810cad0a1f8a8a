import HDF5
import Testing

@Suite struct ChunkCodecTests {
  /// H5_checksum_fletcher32, word by word.
  private func plainFletcher32(_ bytes: [UInt8]) -> UInt32 {
    var low: UInt32 = 0
    var high: UInt32 = 0
    func fold() {
      low = (low & 0xFFFF) + (low >> 16)
      high = (high & 0xFFFF) + (high >> 16)
    }
    for index in stride(from: 0, to: bytes.count, by: 2) {
      low += UInt32(bytes[index]) << 8 | (index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0)
      high += low
      if index / 2 % 300 == 299 { fold() }
    }
    fold()
    fold()
    return high << 16 | low
  }

  @Test func theChecksumIsHDF5s() {
    var generator = SplitMix(state: 1)
    for size in Array(0...70) + [511, 512, 8191, 8192, 8193, 8224, 100_001] {
      let random = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
      for bytes in [random, [UInt8](repeating: 255, count: size), [UInt8](repeating: 0, count: size)] {
        #expect(bytes.withUnsafeBytes { Fletcher32.checksum($0) } == plainFletcher32(bytes), "\(size) bytes")
      }
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 8, 16]) func shuffleIsHDF5s(elementSize: Int) {
    for size in [0, 1, 3, 7, 16, 64, 129, 1000, 1003] {
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
      let count = size / elementSize
      var expected = bytes
      for element in 0..<count {
        for byte in 0..<elementSize { expected[byte * count + element] = bytes[element * elementSize + byte] }
      }
      var shuffled = [UInt8](repeating: 0, count: size)
      var restored = shuffled
      bytes.withUnsafeBytes { source in
        shuffled.withUnsafeMutableBytes { Shuffle.shuffle(source, into: $0, elementSize: elementSize) }
      }
      shuffled.withUnsafeBytes { source in
        restored.withUnsafeMutableBytes { Shuffle.unshuffle(source, into: $0, elementSize: elementSize) }
      }
      #expect(shuffled == expected)
      #expect(restored == bytes)
    }
  }

  /// What deflate makes no smaller becomes a little larger, as with HDF5's own filter.
  @Test func randomBytesAreDeflatedToo() throws {
    var generator = SplitMix(state: 3)
    let bytes = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let codec = try ChunkCodec(filters: .standard, elementSize: 1, chunkSize: 4096)
    let chunk = try codec.encode(bytes)
    #expect(chunk.bytes.count > 4096)
    #expect(chunk.filterMask == 0)
    #expect(try codec.decode(chunk) == bytes)
  }

  /// Writers may leave filters out for a chunk, and mark it so.
  @Test func theFilterMaskIsFollowed() throws {
    let bytes = (0..<4096).map { UInt8(truncatingIfNeeded: $0 / 16) }
    let pipelines: [(mask: UInt32, [HDF5Filter])] = [
      (0b000, .standard), (0b001, [.deflate(level: 1), .fletcher32]), (0b010, [.shuffle, .fletcher32]),
      (0b100, [.shuffle, .deflate(level: 1)]), (0b011, [.fletcher32]), (0b111, .none),
    ]
    try withFolder { folder in
      let path = folder + "/masks.h5"
      let file = try HDF5File.create(path)
      let dataset = try file.createDataset("x", .int32, shape: [6, 1024], chunk: [1, 1024], filters: .standard)
      for (row, (mask, filters)) in pipelines.enumerated() {
        var chunk = try ChunkCodec(filters: filters, elementSize: 4, chunkSize: 4096).encode(bytes)
        chunk.filterMask = mask
        try dataset.writeChunk(chunk, atRow: row)
      }
      try file.close()
      let reopened = try HDF5File.open(path).dataset("x")
      let codec = try ChunkCodec(for: reopened)
      for (row, (mask, _)) in pipelines.enumerated() {
        let chunk = try reopened.readChunk(atRow: row)
        #expect(chunk.filterMask == mask)
        #expect(try codec.decode(chunk, as: Int32.self) == reopened.read(rows: row..<(row + 1)))
      }
    }
  }

  @Test func threadsShareACodec() async throws {
    let codec = try ChunkCodec(filters: .standard, elementSize: 4, chunkSize: 4 * 4096)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for seed in 0..<64 {
        group.addTask {
          var values = ChunkTests.sparse(4096)
          values[seed] = Float(seed)
          return try codec.decode(codec.encode(values)) == values
        }
      }
      for try await same in group { #expect(same) }
    }
  }

  /// Every byte of a chunk, damaged, is noticed: by the codec's checksum and by HDF5's.
  @Test func damageIsNoticed() throws {
    let values = ChunkTests.sparse(512)
    let codec = try ChunkCodec(filters: .standard, elementSize: 4, chunkSize: 2048)
    let chunk = try codec.encode(values)
    for index in chunk.bytes.indices {
      var damaged = chunk
      damaged.bytes[index] ^= 0x10
      #expect(message { _ = try codec.decode(damaged, as: Float.self) }.contains("its fletcher32 checksum is wrong"))
    }
    for size in 0..<chunk.bytes.count {
      let cut = HDF5Chunk(bytes: Array(chunk.bytes[..<size]))
      #expect(message { _ = try codec.decode(cut, as: Float.self) }.contains("damaged chunk"))
    }
    try withFolder { folder in
      let file = try HDF5File.create(folder + "/damaged.h5")
      let dataset = try file.createDataset("x", .float32, shape: [512], chunk: [512], filters: .standard)
      var damaged = chunk
      damaged.bytes[chunk.bytes.count / 2] ^= 1
      try dataset.writeChunk(damaged, atRow: 0)
      #expect(
        message { _ = try dataset.read(Float.self) }.contains("/x: can't read: data error detected by Fletcher32"))
    }
  }

  /// Without a checksum damaged data is no crash and no overrun, and mostly noticed by zlib's own checksum.
  @Test func deflatedDamageIsAnError() throws {
    let codec = try ChunkCodec(filters: [.shuffle, .deflate(level: 1)], elementSize: 4, chunkSize: 2048)
    let chunk = try codec.encode(ChunkTests.sparse(512))
    for index in chunk.bytes.indices.dropFirst(2) {
      var damaged = chunk
      damaged.bytes[index] ^= 0x41
      #expect(message { _ = try codec.decode(damaged, as: Float.self) }.contains("damaged chunk"))
    }
    let longer = try ChunkCodec(filters: [.deflate(level: 1)], elementSize: 4, chunkSize: 4096)
      .encode([Float](repeating: 1, count: 1024))
    #expect(message { _ = try codec.decode(longer, as: Float.self) }.contains("or not 2048 bytes"))
  }

  @Test func wrongUseIsAnError() throws {
    func problem(_ filters: [HDF5Filter], _ elementSize: Int = 4, _ chunkSize: Int = 64) -> String {
      message { _ = try ChunkCodec(filters: filters, elementSize: elementSize, chunkSize: chunkSize) }
    }
    #expect(problem([.deflate(level: 1), .shuffle]).contains("in this order"))
    #expect(problem([.deflate(level: 10)]).contains("expected shuffle"))
    #expect(problem([.other(id: 32000, name: "lzf")]).contains("lzf"))
    #expect(problem(.standard, 0).contains("elements of 0"))
    #expect(problem(.standard, 4, 1 << 32).contains("chunks of 4294967296 bytes"))
    let codec = try ChunkCodec(filters: .standard, elementSize: 4, chunkSize: 64)
    #expect(message { _ = try codec.encode([Float(1)]) }.contains("4 bytes for a chunk of 64"))
    let chunk = try codec.encode([Float](repeating: 1, count: 16))
    #expect(message { _ = try codec.decode(chunk, as: Double.self) }.contains("elements of 4 bytes, not 8"))
  }
}
