import HDF5
import Testing

@Suite struct DatasetTests {
  @Test func anyNumberTypeIsConverted() throws {
    let file = try HDF5File.open(fixture("kinds"))
    let values = (0..<24).map { (Float($0) - 5) / 2 }
    let types: [String: HDF5ElementType] = [
      "little2": .float16, "big2": .float16, "little4": .float32, "big4": .float32, "little8": .float64,
      "big8": .float64,
    ]
    #expect(try file.group("float").memberNames == types.keys.sorted())
    for (name, type) in types {
      let dataset = try file.dataset("float/\(name)")
      #expect(dataset.elementType == type)
      #expect(try dataset.read(Float.self) == values)
      #expect(try dataset.read(Double.self) == values.map(Double.init))
      #expect(try dataset.read(rows: 1..<3) == Array(values[6..<18]))
    }
    for name in try file.group("integer").memberNames {
      let dataset = try file.dataset("integer/\(name)")
      #expect(try dataset.read(Int32.self) == Array(100..<112))
      #expect(try dataset.read(UInt8.self) == Array(100..<112))
      #expect(try dataset.read(Float.self) == (100..<112).map(Float.init))
      #expect("\(dataset.elementType)" == (name.contains("_i") ? "int" : "uint") + "\(8 * Int(String(name.last!))!)")
    }
    #expect(try file.dataset("bool").elementType == .bool)
    #expect(try file.dataset("bool").read(UInt8.self) == [1, 0, 1])
  }

  @Test func anyLayoutIsRead() throws {
    let file = try HDF5File.open(fixture("kinds"))
    let values = (0..<24).map { (Float($0) - 5) / 2 }
    for name in ["compact", "chunked", "gzipped", "soft"] {
      #expect(try file.dataset(name).read(Float.self) == values)
      #expect(try file.dataset(name).read(Float.self, rows: 3..<4) == Array(values[18...]))
    }
    let chunked = try file.dataset("chunked")
    #expect(chunked.shape == [4, 3, 2])
    #expect(chunked.maximumShape == [nil, 3, 9])
    #expect(chunked.chunkShape == [3, 2, 1])
    #expect(chunked.filters == .none)
    #expect(try chunked.dimensionLabels == ["N", "", "größe"])
    #expect(try file.dataset("gzipped").filters == [.shuffle, .deflate(level: 6)])
    #expect(try file.dataset("compact").chunkShape == nil)
    #expect(try file.dataset("scalar").shape == [])
    #expect(try file.dataset("scalar").read(Float.self) == [0.25])
    #expect(try file.dataset("empty").read(Float.self) == [])
    #expect(try file.dataset("null").read(Float.self) == [])
    #expect(message { _ = try file.dataset("lzf").read(Float.self) }.contains("/lzf: stored with the filter lzf"))
  }

  @Test func numbersAreWrittenAndRead() throws {
    try withFolder { folder in
      let file = try HDF5File.create(folder + "/numbers.h5")
      func roundTrip<T: HDF5Element & Equatable>(_ values: [T], _ type: HDF5ElementType) throws {
        let dataset = try file.createDataset("\(type)", type, shape: [values.count])
        #expect(dataset.elementType == type)
        try dataset.write(values)
        #expect(try dataset.read(T.self) == values)
      }
      try roundTrip([Int8.min, 0, .max], .int8)
      try roundTrip([Int16.min, 0, .max], .int16)
      try roundTrip([Int32.min, 0, .max], .int32)
      try roundTrip([Int64.min, 0, .max], .int64)
      try roundTrip([UInt8.min, 1, .max], .uint8)
      try roundTrip([UInt16.min, 1, .max], .uint16)
      try roundTrip([UInt32.min, 1, .max], .uint32)
      try roundTrip([UInt64.min, 1, .max], .uint64)
      try roundTrip([-Float.greatestFiniteMagnitude, .leastNonzeroMagnitude, -0.0, .infinity], .float32)
      try roundTrip([-Double.greatestFiniteMagnitude, .leastNonzeroMagnitude, 0.1, -.infinity], .float64)
      try roundTrip([1, 0.5, 65504, -0.000061035156, .infinity].map { HalfPrecision($0) }, .float16)
    }
  }

  @Test func rowsAreWrittenOneByOne() throws {
    try withFolder { folder in
      let file = try HDF5File.create(folder + "/rows.h5")
      let values = (0..<70).map(Float.init)
      let dataset = try file.createDataset("x", .float32, shape: [7, 10], chunk: [3, 10], filters: .standard)
      for row in [6, 2, 0, 1, 5, 3, 4] {
        try dataset.write(Array(values[(row * 10)..<(row * 10 + 10)]), rows: row..<(row + 1))
      }
      #expect(try dataset.read() == values)
      try dataset.write([Float](), rows: 3..<3)
      #expect(try dataset.read(Float.self, rows: 7..<7) == [])
      var part = [Float](repeating: -1, count: 20)
      try part.withUnsafeMutableBufferPointer { try dataset.read(into: $0, rows: 5..<7) }
      #expect(part == Array(values[50...]))
    }
  }

  @Test func wrongUseIsAnError() throws {
    try withFolder { folder in
      let file = try HDF5File.create(folder + "/wrong.h5")
      let x = try file.createDataset("x", .float32, shape: [2, 3])
      let strings = try file.createDataset("strings", .string, shape: [2])
      #expect(message { try x.write([1, 2, 3] as [Float]) }.contains("/x: 3 elements in memory for 6 in shape [2, 3]"))
      #expect(message { try x.write([1] as [Float], rows: 0..<1) }.contains("1 elements in memory for 3 in rows 0..<1"))
      #expect(message { _ = try x.read(Float.self, rows: 1..<3) }.contains("/x: no rows 1..<3 in shape [2, 3]"))
      #expect(message { _ = try x.read(Float.self, rows: -1..<1) }.contains("no rows"))
      #expect(message { _ = try x.read(String.self) }.contains("/x: expected strings, found elements of type float32"))
      #expect(message { _ = try strings.read(Float.self) }.contains("expected numbers, found elements of type string"))
      #expect(message { try strings.write([1, 2] as [Float]) }.contains("expected numbers"))
      #expect(message { try strings.write(["a\0b", ""]) }.contains("zero byte"))
      #expect(message { try x.setDimensionLabels(["N"]) }.contains("1 dimension labels for 2 dimensions"))
      #expect(message { _ = try file.createDataset("x", .int8, shape: [1]) }.contains("/x: can't be created"))
      #expect(message { _ = try file.createDataset("y", .int8, shape: [-1]) }.contains("impossible shape [-1]"))
      #expect(message { _ = try file.createDataset("y", .int8, shape: [.max, 2]) }.contains("impossible shape"))
      #expect(
        message { _ = try file.createDataset("y", .int8, shape: [2], filters: .standard) }.contains("filters need"))
      #expect(message { _ = try file.createDataset("y", .int8, shape: [2], chunk: [1, 1]) }.contains("does not fit"))
      #expect(message { _ = try file.createDataset("y", .int8, shape: [2], chunk: [0]) }.contains("does not fit"))
      #expect(
        message { _ = try file.createDataset("y", .string, shape: [2], chunk: [2], filters: .standard) }.contains(
          "no checksum"))
      #expect(
        message { _ = try file.createDataset("y", .int8, shape: [2], chunk: [2], filters: [.deflate(level: 10)]) }
          .contains("0 to 9"))
      #expect(
        message { _ = try file.createDataset("y", .other("opaque"), shape: [2]) }.contains("can't write elements"))
      #expect(try file.memberNames == ["strings", "x"])
    }
  }
}
