import HDF5
import Testing

@Suite struct StringTests {
  @Test func anyKindOfStringIsRead() throws {
    let file = try HDF5File.open(fixture("strings"))
    let texts = ["block1_conv1", "größe", ""]
    #expect(try file.dataset("variable_utf8").read() == texts)
    #expect(try file.dataset("fixed_utf8").read() == texts)
    #expect(try file.dataset("variable_ascii").read() == ["a", "bc", ""])
    #expect(try file.dataset("fixed_ascii").read() == ["a", "bc", ""])
    #expect(try file.dataset("fixed_ascii").read(rows: 1..<2) == ["bc"])
    #expect(try file.dataset("variable_utf8").read(rows: 1..<3) == ["größe", ""])
    #expect(try file.dataset("scalar").read() == ["one"])
    #expect(try file.dataset("space_padded").read() == ["ab"])
    #expect(try file.dataset("null_terminated").read() == ["ab"])
    #expect(
      message { _ = try file.dataset("latin1").read(String.self) }.contains("/latin1: string 0 is not valid UTF-8"))
    #expect(
      message { try HDF5File.open(fixture("strings"), writable: false).dataset("fixed_ascii").write(["a", "b", "c"]) }
        .contains("variable length only"))
  }

  @Test func manyStringsAreWrittenAndRead() throws {
    try withFolder { folder in
      let names = (0..<5000).map { "class \($0 % 7)/image \($0)" + String(repeating: "é", count: $0 % 50) }
      let file = try HDF5File.create(folder + "/strings.h5")
      let dataset = try file.createDataset(
        "filenames", .string, shape: [5000], chunk: [512], filters: [.deflate(level: 1)])
      try dataset.write(Array(names[..<2000]), rows: 0..<2000)
      try dataset.write(Array(names[2000...]), rows: 2000..<5000)
      try file.close()
      #expect(try HDF5File.open(folder + "/strings.h5").dataset("filenames").read() == names)
    }
  }

  @Test func stringsThatWereNeverWrittenAreEmpty() throws {
    try withFolder { folder in
      let file = try HDF5File.create(folder + "/strings.h5")
      #expect(try file.createDataset("x", .string, shape: [3]).read() == ["", "", ""])
    }
  }
}
