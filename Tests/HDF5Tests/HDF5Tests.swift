import Foundation
import HDF5
import Testing

/// A folder of its own for a test, removed at the end.
func withFolder<Result>(_ body: (_ folder: String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hdf5-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

@Test func aCacheIsWrittenAndRead() throws {
  try withFolder { folder in
    let path = folder + "/train.h5"
    let values = (0..<7 * 2 * 3 * 4).map { Float($0) * 0.5 }
    do {
      let file = try HDF5File.create(path)
      let features = try file.createDataset(
        "features", .float32, shape: [7, 2, 3, 4], maximumShape: [nil, 2, 3, 4], chunk: [3, 2, 3, 4],
        filters: .standard)
      try features.setDimensionLabels(["N", "H", "W", "C"])
      try features.write(Array(values[..<(3 * 24)]), rows: 0..<3)
      try features.write(Array(values[(3 * 24)...]), rows: 3..<7)
      let names = try file.createDataset(
        "meta/filenames", .string, shape: [3], chunk: [3], filters: [.deflate(level: 1)])
      try names.write(["a.jpg", "größe/ü.png", ""])
      try file.setAttribute("layer", "block5_conv3")
      try file.setAttribute("input_size", 96)
      try file.setAttribute("complete", true)
      try file.setAttribute("mean", [103.939, 116.779, 123.68])
      try file.setAttribute("skipped", ["x", "yy"])
      try file.close()
    }
    let file = try HDF5File.open(path)
    let features = try file.dataset("features")
    #expect(features.shape == [7, 2, 3, 4])
    #expect(features.maximumShape == [nil, 2, 3, 4])
    #expect(features.chunkShape == [3, 2, 3, 4])
    #expect(features.filters == .standard)
    #expect(features.elementType == .float32)
    #expect(try features.dimensionLabels == ["N", "H", "W", "C"])
    #expect(try features.read(Float.self) == values)
    #expect(try features.read(Double.self, rows: 2..<5) == values[48..<120].map(Double.init))
    #expect(try file.memberNames == ["features", "meta"])
    #expect(try file.kind(of: "meta") == .group)
    #expect(try file.dataset("meta/filenames").read() == ["a.jpg", "größe/ü.png", ""])
    #expect(try file.attributeNames == ["complete", "input_size", "layer", "mean", "skipped"])
    #expect(try file.attribute("layer") == "block5_conv3")
    #expect(try file.attribute("input_size", as: Int.self) == 96)
    #expect(try file.attribute("complete", as: Bool.self))
    #expect(try file.attribute("mean", as: [Double].self) == [103.939, 116.779, 123.68])
    #expect(try file.attribute("skipped", as: [String].self) == ["x", "yy"])
  }
}
