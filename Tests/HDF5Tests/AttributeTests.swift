import HDF5
import Testing

@Suite struct AttributeTests {
  @Test func whatOthersWroteIsRead() throws {
    let file = try HDF5File.open(fixture("strings"))
    #expect(try file.attribute("variable") == "größe")
    #expect(try file.attribute("bytes") == "2.15.0")
    #expect(try file.attribute("layer_names") == ["block1_conv1", "block1_pool"])
    #expect(try file.attribute("variable_array") == ["block1_conv1", "größe", ""])
    #expect(try file.attribute("weight_names") == [String]())
    #expect(try file.attribute("true") == true)
    #expect(try file.attribute("false") == false)
    #expect(try file.attribute("big_endian") == [Int32(1), 2, 3])
    #expect(try file.attribute("float32") == 0.5)
    #expect(try file.attribute("nb_layers") == 37)
    #expect(try file.attribute("matrix", as: [Float].self) == [0, 1, 2, 3, 4, 5])
    #expect(try file.attributeShape("matrix") == [2, 3])
    #expect(try file.attributeType("true") == .bool)
    #expect(try file.attributeNames.count == 11)
  }

  @Test func whatIsWrittenIsRead() throws {
    try withFolder { folder in
      let file = try HDF5File.create(folder + "/attributes.h5")
      let objects: [any HDF5Object] = [
        file, try file.createGroup("group"), try file.createDataset("dataset", .uint8, shape: [1]),
      ]
      for object in objects {
        try object.setAttribute("text", "größe")
        try object.setAttribute("empty", "")
        try object.setAttribute("texts", ["a", "", "ü"])
        try object.setAttribute("no texts", [String]())
        try object.setAttribute("integer", -7)
        try object.setAttribute("float", Float(0.1))
        try object.setAttribute("double", 0.1)
        try object.setAttribute("flag", true)
        try object.setAttribute("numbers", [1.5, 2.5])
        #expect(try object.attribute("text") == "größe")
        #expect(try object.attribute("empty") == "")
        #expect(try object.attribute("texts") == ["a", "", "ü"])
        #expect(try object.attribute("no texts") == [String]())
        #expect(try object.attribute("integer") == -7)
        #expect(try object.attribute("float") == Float(0.1))
        #expect(try object.attribute("double") == 0.1)
        #expect(try object.attribute("flag") == true)
        #expect(try object.attribute("numbers") == [1.5, 2.5])
        #expect(try object.attributeNames.count == 9)
      }
    }
  }

  @Test func attributesAreReplacedAndDeleted() throws {
    try withFolder { folder in
      let file = try HDF5File.create(folder + "/attributes.h5")
      try file.setAttribute("x", "text")
      try file.setAttribute("x", [1, 2, 3])
      #expect(try file.attribute("x") == [1, 2, 3])
      #expect(try file.hasAttribute("x"))
      try file.deleteAttribute("x")
      #expect(try !file.hasAttribute("x"))
      #expect(try file.attributeNames == [])
      #expect(message { try file.deleteAttribute("x") }.contains("can't delete attribute x"))
    }
  }

  /// Object headers hold 64 KiB an attribute; the format of 1.10 puts larger ones elsewhere.
  @Test func largeAttributesFit() throws {
    try withFolder { folder in
      let names = (0..<20_000).map { "image \($0).jpg: not an image" }
      let file = try HDF5File.create(folder + "/attributes.h5")
      try file.setAttribute("skipped", names)
      try file.setAttribute("text", String(repeating: "x", count: 1_000_000))
      try file.close()
      let reopened = try HDF5File.open(folder + "/attributes.h5")
      #expect(try reopened.attribute("skipped") == names)
      #expect(try reopened.attribute("text", as: String.self).count == 1_000_000)
    }
  }

  @Test func wrongUseIsAnError() throws {
    let path = try fixture("strings")
    let file = try HDF5File.open(path)
    #expect(
      message { _ = try file.attribute("no", as: String.self) } == "\(path): attribute no: there is no such attribute")
    #expect(
      message { _ = try file.attribute("matrix", as: Double.self) }.hasSuffix("expected one value, found shape [2, 3]"))
    #expect(
      message { _ = try file.attribute("variable", as: Int.self) }.contains(
        "expected numbers, found elements of type string"))
    #expect(
      message { _ = try file.attribute("matrix", as: [String].self) }.contains(
        "expected strings, found elements of type float64"))
    #expect(
      message { _ = try file.attribute("layer_names", as: String.self) }.contains("expected one value, found shape [2]")
    )
    #expect(message { try file.setAttribute("x", 1) }.contains("can't create attribute x"))
  }
}
