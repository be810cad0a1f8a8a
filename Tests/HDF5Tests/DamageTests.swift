import HDF5
import Testing

/// What is written with checksums and fixed strings is either read as it was or refused, whichever byte is damaged.
///
/// For variable-length strings, dimension labels among them, and for files in the format of before 1.10 HDF5 makes no
/// such promise: 1.10.8 crashes on some of them. So labels are written here, for people to see, but not read.
@Suite struct DamageTests {
  private func writeChecked(_ path: String) throws {
    let file = try HDF5File.create(path)
    let features = try file.createDataset(
      "features", .float32, shape: [5, 2, 2, 3], maximumShape: [nil, 2, 2, 3], chunk: [2, 2, 2, 3],
      filters: .standard)
    try features.setDimensionLabels(["N", "H", "W", "C"])
    try features.write((0..<60).map { Float($0 % 7) })
    let names = try file.createDataset(
      "filenames", .fixedString(size: 9), shape: [5], chunk: [5], filters: [.deflate(level: 1), .fletcher32])
    try names.write(["a.jpg", "b/ü.png", "", "d", "12345678"])
    let labels = try file.createDataset("meta/labels", .int32, shape: [5], chunk: [5], filters: [.fletcher32])
    try labels.write([0, 1, -1, 1, 0] as [Int32])
    try file.setAttribute("layer", "block5_conv3", isFixed: true)
    try file.setAttribute("skipped", ["x.jpg: not an image", ""], isFixed: true)
    try file.setAttribute("input_size", 96)
    try file.setAttribute("complete", true)
    try file.close()
  }

  private func readChecked(_ path: String) throws -> [String] {
    let file = try HDF5File.open(path)
    let features = try file.dataset("features")
    return try [
      "\(file.members)", "\(file.attributeNames)", "\(features.shape)", "\(features.chunkShape as Any)",
      "\(features.filters)", "\(features.elementType)", "\(features.read(Float.self))",
      "\(file.dataset("filenames").read(String.self))", "\(file.dataset("meta/labels").read(Int32.self))",
      file.attribute("layer"), "\(file.attribute("skipped", as: [String].self))",
      "\(file.attribute("input_size", as: Int.self))", "\(file.attribute("complete", as: Bool.self))",
    ]
  }

  @Test func noDamagedByteGoesUnnoticed() throws {
    try withFolder { folder in
      let (path, damagedPath) = (folder + "/a.h5", folder + "/b.h5")
      try writeChecked(path)
      let (original, expected) = (try bytes(of: path), try readChecked(path))
      var refused = 0
      let masks: [UInt8] = [0x01, 0xFF, 0x80, 0x10]
      for index in stride(from: 0, to: original.count, by: 5) {
        var damaged = original
        damaged[index] ^= masks[index % 4]
        try write(damaged, to: damagedPath)
        do {
          #expect(try readChecked(damagedPath) == expected, "byte \(index)")
        } catch {
          #expect(error is HDF5Error)
          refused += 1
        }
      }
      // The rest are bytes that nothing refers to.
      #expect(refused > 100)
    }
  }

  @Test func aTruncatedFileIsRefused() throws {
    try withFolder { folder in
      try writeChecked(folder + "/a.h5")
      let original = try bytes(of: folder + "/a.h5")
      for size in stride(from: 0, to: original.count, by: 97) {
        try write(original[..<size], to: folder + "/b.h5")
        #expect(message { _ = try HDF5File.open(folder + "/b.h5") }.contains("/b.h5: can't be opened: "))
      }
    }
  }

  @Test func absurdShapesAreNotAllocated() throws {
    try withFolder { folder in
      let file = try HDF5File.create(folder + "/absurd.h5")
      let block = try file.createDataset("block", .float32, shape: [1 << 40, 16])
      #expect(message { _ = try block.read(Float.self) }.contains("more than the file's size allows"))
      let chunked = try file.createDataset(
        "chunked", .float32, shape: [1 << 40, 16], chunk: [16, 16], filters: .standard)
      #expect(message { _ = try chunked.read(Float.self) }.contains("more than the file's size allows"))
      #expect(message { _ = try chunked.read(Float.self, rows: 0..<1 << 39) }.contains("more than the file's size"))
      #expect(try chunked.read(rows: (1 << 40) - 1..<1 << 40) == [Float](repeating: 0, count: 16))
      let strings = try file.createDataset("strings", .fixedString(size: 1 << 20), shape: [1 << 30])
      #expect(message { _ = try strings.read(String.self) }.contains("more than the file's size allows"))
      let variable = try file.createDataset("variable", .string, shape: [1 << 40])
      #expect(message { _ = try variable.read(String.self) }.contains("more than the file's size allows"))
    }
  }
}
