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

  @Test func fixedStringsAreWrittenAndRead() throws {
    try withFolder { folder in
      let names = ["größe", "", "1234567"]
      let file = try HDF5File.create(folder + "/strings.h5")
      let dataset = try file.createDataset(
        "x", .fixedString(size: 8), shape: [4], chunk: [2], filters: .standard)
      try dataset.write(names, rows: 0..<3)
      #expect(try dataset.read() == names + [""])
      #expect(try file.dataset("x").elementType == .fixedString(size: 8))
      let problem = message { try dataset.write(["12345678"], rows: 0..<1) }
      #expect(problem.contains("/x: \"12345678\" is longer than 7 bytes"))
      try file.setAttribute("text", "größe", isFixed: true)
      try file.setAttribute("empty", "", isFixed: true)
      try file.setAttribute("texts", ["a", "", "größe"], isFixed: true)
      #expect(try file.attribute("text") == "größe")
      #expect(try file.attribute("empty") == "")
      #expect(try file.attribute("texts") == ["a", "", "größe"])
      #expect(try file.attributeType("texts") == .fixedString(size: 8))
    }
  }

  @Test func stringsThatWereNeverWrittenAreEmpty() throws {
    try withFolder { folder in
      let file = try HDF5File.create(folder + "/strings.h5")
      #expect(try file.createDataset("x", .string, shape: [3]).read() == ["", "", ""])
    }
  }
}
