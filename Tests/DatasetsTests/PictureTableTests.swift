import Core
import Datasets
import Testing

@Suite("Classes of pictures from a table or from their names")
struct PictureTableTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func touch(_ names: [String]) throws {
    for name in names { try folder.write(name, "") }
  }

  private func open(_ table: String?, _ change: (inout DatasetOptions) -> Void = { _ in }) throws -> ImageDataset {
    var options = DatasetOptions(validFraction: 0, testFraction: 0)
    if let table {
      try folder.write("labels.csv", table)
      options.labels = "labels.csv"
    }
    change(&options)
    return try ImageDataset.open(folder.path, options: options)
  }

  private func error(_ table: String?, _ change: (inout DatasetOptions) -> Void = { _ in }) -> String? {
    do {
      _ = try open(table, change)
      return nil
    } catch {
      return String(describing: error).replacing(folder.path + "/", with: "")
    }
  }

  private func labels(_ data: ImageDataset, _ split: Split = .train) -> [String: Int32] {
    Dictionary(uniqueKeysWithValues: data.examples(in: split).map { ($0.name, $0.label) })
  }

  @Test("id,label beside train/ and test/; a test picture of the same name is another picture")
  func besideTrain() throws {
    try touch(["train/a1.jpg", "train/b2.jpg", "train/c3.jpg", "test/a1.jpg"])
    let data = try open("id,label\na1,dog\nb2,cat\nc3,dog\n")
    #expect(data.kind == .labels)
    #expect(data.labelNames == ["cat", "dog"])
    #expect(labels(data) == ["a1.jpg": 1, "b2.jpg": 0, "c3.jpg": 1])
    #expect(labels(data, .test) == ["a1.jpg": -1])
  }

  @Test("pictures go by path, by file name or without its ending; the column is found, wherever it is")
  func names() throws {
    try touch(["train/x/1.jpg", "train/x/2.jpg", "train/y/1.jpg", "train/3.tar.png"])
    let data = try open("label,score,img\n10,0,x/1.jpg\n9,0,2.jpg\n9,0,y/1\n10,0,3.tar\n")
    #expect(data.labelNames == ["9", "10"], "numbers by value")
    #expect(labels(data) == ["x/1.jpg": 1, "x/2.jpg": 0, "y/1.jpg": 0, "3.tar.png": 1])
  }

  @Test("`./` before a name means nothing, whatever the name is relative to")
  func dotsBeforeNames() throws {
    try touch(["train/a.jpg", "train/x/b.jpg", "test/c.jpg"])
    let data = try open("id,label\n./a.jpg,cat\n././x/b.jpg,dog\n./c,cat\n")
    #expect(labels(data) == ["a.jpg": 0, "x/b.jpg": 1])
    #expect(labels(data, .test) == ["c.jpg": 0])
  }

  @Test("names of pictures and classes may be written in either of Unicode's forms")
  func forms() throws {
    try touch(["train/caf\u{E9}.jpg", "train/the\u{301}.jpg", "train/x.jpg"])
    let data = try open("id,label\ncafe\u{301}.jpg,ole\u{301}\nth\u{E9},ol\u{E9}\ntrain/x.jpg,b\n")
    #expect(data.labelNames.count == 2)
    #expect(labels(data).values.sorted() == [0, 1, 1])
    #expect(
      data.recognition.lines.last?.hasSuffix(
        "/labels.csv: the class ol\u{E9} is written in two ways (Unicode's NFC and NFD), and taken for one") == true)
  }

  @Test("a table without any class is refused")
  func noClassAtAll() throws {
    try touch(["train/a.jpg", "train/b.jpg"])
    #expect(
      error("id,label\na,\nb,NaN\n")
        == "labels.csv: no picture in train has a class in the column label: all of them are empty; name the column of the classes "
        + "with --label-column")
  }

  @Test("quotes, line ends of Windows, a byte order mark, empty lines")
  func dialects() throws {
    try touch(["train/a, \"b\".jpg", "train/c.jpg"])
    let data = try open("\u{FEFF}id, label\r\n\"a, \"\"b\"\".jpg\",\"two\nlines\"\r\n\r\nc.jpg,x")
    #expect(data.labelNames == ["two\nlines", "x"])
    #expect(labels(data) == ["a, \"b\".jpg": 0, "c.jpg": 1])
  }

  @Test("a single folder: the pictures that the table does not list are the test split")
  func singleFolder() throws {
    try touch((1...8).map { "\($0).jpg" })
    let some = try open("id,label\n" + (1...6).map { "\($0),\($0 % 2)\n" }.joined()) { $0.validFraction = 0.34 }
    #expect(Split.allCases.map { some.examples(in: $0).count } == [4, 2, 2])
    #expect(labels(some, .test) == ["7.jpg": -1, "8.jpg": -1])
    let all = try open("id,label\n" + (1...8).map { "\($0),\($0 % 2)\n" }.joined()) { $0.testFraction = 0.25 }
    #expect(Split.allCases.map { all.examples(in: $0).count } == [6, 0, 2])
    #expect(all.examples(in: .test).allSatisfy { $0.label >= 0 })
  }

  @Test("separated by semicolons or tabs", arguments: [";", "\t"])
  func separators(separator: String) throws {
    try touch(["train/a.jpg", "train/b.jpg"])
    let data = try open(
      "id,label\na,\"x, y\"\nb,z\n".replacing("id,", with: "id\(separator)").replacing("a,\"", with: "a\(separator)\"")
        .replacing("b,z", with: "b\(separator)z"))
    #expect(data.labelNames == ["x, y", "z"])
    #expect(labels(data) == ["a.jpg": 0, "b.jpg": 1])
  }

  @Test("names with ./, the split's folder, an absolute path, another machine's, or backslashes")
  func paths() throws {
    try touch(["train/x/1.jpg", "train/y/1.jpg", "train/x/2.jpg", "train/x/3.jpg", "train/x/4.jpg", "train/x/5.jpg"])
    try touch(["valid/x/1.jpg", "valid/y/6.jpg", "test/x/1.jpg"])
    let rows = [
      ("./train/x/1.jpg", "a"), ("train/y/1.jpg", "b"), ("\(folder.path)/train/x/2.jpg", "a"), ("train\\x\\3.jpg", "b"),
      ("C:\\Users\\me\\train\\x\\4.jpg", "a"), ("/kaggle/input/train/x/5.jpg", "b"), ("valid/x/1.jpg", "b"),
      ("y/6.jpg", "a"),
    ]
    let data = try open("path,label\n" + rows.map { "\($0),\($1)\n" }.joined())
    #expect(
      labels(data) == [
        "x/1.jpg": 0, "y/1.jpg": 1, "x/2.jpg": 0, "x/3.jpg": 1, "x/4.jpg": 0, "x/5.jpg": 1,
      ])
    #expect(labels(data, .valid) == ["x/1.jpg": 1, "y/6.jpg": 0])
    #expect(
      error("path,label\nx/1.jpg,a\n")
        == "labels.csv: line 2: several pictures are called 'x/1.jpg': give their folders")
  }

  @Test("a table below the data, whose paths begin where it lies")
  func besideTable() throws {
    try touch(["photos/train/1.jpg", "photos/train/2.jpg"])
    try folder.write("lists/labels.csv", "id,label\n../photos/train/1.jpg,a\n../photos/train/2.jpg,b\n")
    var options = DatasetOptions(validFraction: 0)
    options.labels = "\(folder.path)/lists/labels.csv"
    #expect(labels(try ImageDataset.open("\(folder.path)/photos", options: options)) == ["1.jpg": 0, "2.jpg": 1])
  }

  @Test("rows of test pictures are allowed, and give these a label")
  func testRows() throws {
    try touch(["train/1.jpg", "train/2.jpg", "test/1.jpg", "test/3.jpg", "test/4.jpg"])
    let data = try open("id,label\n1,a\n2,b\ntest/1.jpg,b\n3,a\n")
    #expect(labels(data) == ["1.jpg": 0, "2.jpg": 1])
    #expect(labels(data, .test) == ["1.jpg": 1, "3.jpg": 0, "4.jpg": -1])
    #expect(error("id,label\n1,a\n2,b\n5,a\n") == "labels.csv: line 4: there is no picture '5'")
  }

  @Test("a first row that names a picture is no header, and not lost")
  func noHeader() throws {
    try touch(["train/1.jpg", "train/2.jpg", "train/3.jpg"])
    #expect(labels(try open("1.jpg,a\n2.jpg,b\n3.jpg,a\n")) == ["1.jpg": 0, "2.jpg": 1, "3.jpg": 0])
    #expect(
      error("1.jpg,5,a\n2.jpg,6,b\n3.jpg,7,a\n")
        == "labels.csv: which column has the classes? Say it with --label-column; the columns are 1, 2, 3")
    let data = try open("1.jpg,5,a\n2.jpg,6,b\n3.jpg,7,a\n") { $0.labelColumn = "3" }
    #expect(labels(data) == ["1.jpg": 0, "2.jpg": 1, "3.jpg": 0])
    // A picture that is called as columns are.
    try touch(["train/id.jpg"])
    #expect(labels(try open("id,label\n1,a\n2,b\n3,a\nid.jpg,b\n"))["id.jpg"] == 1)
  }

  @Test("labels that are empty or NaN are unlabelled, and said to be", arguments: ["", "NaN", " nan "])
  func blank(value: String) throws {
    try touch((1...4).map { "\($0).jpg" })
    let table = "id,label\n1,a\n2,b\n3,\(value)\n"
    let single = try open(table)
    #expect(labels(single, .test) == ["3.jpg": -1, "4.jpg": -1])
    #expect(
      single.recognition.notes.map { $0.replacing(folder.path, with: "") }
        == ["/labels.csv: 1 image has no class here, or NaN: among the test images"])
    try touch((1...3).map { "set/train/\($0).jpg" } + ["set/test/1.jpg"])
    var options = DatasetOptions(validFraction: 0)
    options.labels = "\(folder.path)/labels.csv"
    let data = try ImageDataset.open("\(folder.path)/set", options: options)
    #expect(labels(data) == ["1.jpg": 0, "2.jpg": 1])
    #expect(data.recognition.notes.last?.hasSuffix("labels.csv: 1 image has no class here, or NaN: left out") == true)
    #expect(data.recognition.summary.contains("train/, test/ with \(folder.path)/labels.csv, column label · 2 classes"))
  }

  @Test("a table of validation images beside it is not looked for, and said so", arguments: ["valid.csv", "Val.csv"])
  func unreadTable(name: String) throws {
    try touch((1...40).map { "train/\($0).jpg" })
    try folder.write(name, "id,label\n5,0\n6,1\n")
    let data = try open("id,label\n" + (1...40).map { "\($0),\($0 % 2)\n" }.joined())
    #expect(
      data.recognition.warnings.filter { $0.contains("not read") } == [
        "\(folder.path)/\(name) is not read: put its rows into \(folder.path)/labels.csv, or its pictures into a folder valid/"
      ])
    #expect(data.recognition.notes == ["ignored beside train/: \(name)"])
  }

  @Test("classes that may be one are warned of")
  func alike() throws {
    try touch((1...6).map { "train/\($0).jpg" })
    func warning(_ classes: [String]) throws -> String? {
      let rows = (1...6).map { "\($0),\(classes[$0 % classes.count])\n" }.joined()
      return try open("id,label\n" + rows).recognition.warnings.first { $0.contains("labels.csv") }?
        .replacing(folder.path + "/", with: "")
    }
    #expect(try warning(["cat", "Cat", "dog"]) == "labels.csv: the classes 'Cat' and 'cat': are they one?")
    #expect(try warning(["cat", " cat", "dog"]) == "labels.csv: the classes ' cat' and 'cat': are they one?")
    #expect(try warning(["0", "0.0", "1"]) == "labels.csv: the classes '0' and '0.0': are they one?")
    #expect(
      try warning(["a", "A", "1", "01"]) == "labels.csv: the classes '01' and '1', and 1 more such: are they one?")
    #expect(try warning(["cat", "dog"]) == nil)
  }

  @Test("what is wrong with a table is said by its line")
  func errors() throws {
    try touch(["train/x/1.jpg", "train/y/1.jpg", "train/2.jpg"])
    #expect(error("id,label\n2,a\n3,b\n") == "labels.csv: line 3: there is no picture '3'")
    #expect(error("id,label\n2,a\n1,b\n") == "labels.csv: line 3: several pictures are called '1': give their folders")
    #expect(error("id,label\n2,a\n2,b\n") == "labels.csv: line 3: '2' is 'b' here, but 'a' in a line above")
    #expect(error("id,label\n2,a\n2\n") == "labels.csv: line 3: expected 2 columns as in line 1, found 1")
    #expect(error("id,label\n2,\"a\n") == "labels.csv: line 2: a field that begins with a quote has no closing quote")
    #expect(
      error("id,label\n2,\"a\"b\n") == "labels.csv: line 2: expected a comma or the line's end behind the closing quote"
    )
    #expect(error("id,label\n") == "labels.csv: expected a table with a header and rows below it")
    #expect(error("id,label\n2,a\n") == "train/x/1.jpg: labels.csv does not give it a class (a)")
    let columns = "labels.csv: which column has the classes? Say it with --label-column; the columns are id, breed, age"
    #expect(error("id,breed,age\n2,a,1\n") == columns)
    #expect(
      error("id,breed\n2,a\n") { $0.labelColumn = "bred" } == "labels.csv: no column 'bred'; the columns are id, breed")
    #expect(
      error("key,label\n77,a\n")
        == "labels.csv: line 2: no column names a picture: found '77', expected names such as '2.jpg'")
    // A quoted line break, and a sequence that a terminal obeys, are quoted as what they are not.
    #expect(
      error("id,label\n\"2\n\u{1B}[2J3\",a\n2,b\n") == "labels.csv: line 2: there is no picture '2\u{FFFD}\u{FFFD}[2J3'"
    )
    #expect(error(nil) { $0.labels = "no.csv" } == "no.csv: No such file or directory")
    #expect(error(nil) { $0.kind = .labels }?.hasSuffix("the kind labels needs a table: --labels FILE") == true)
  }

  @Test("Dogs vs Cats: train/cat.0.jpg, test1/1.jpg")
  func fileNames() throws {
    try touch(["train/cat.0.jpg", "train/dog.0.jpg", "train/dog.10.jpg", "test1/1.jpg", "test1/2.jpg"])
    let data = try open(nil)
    #expect(data.kind == .fileNames)
    #expect(data.recognition.summary.contains(": train/CLASS.NUMBER, test1/ · 2 classes: cat 1, dog 2 · "))
    #expect(data.labelNames == ["cat", "dog"])
    #expect(labels(data) == ["cat.0.jpg": 0, "dog.0.jpg": 1, "dog.10.jpg": 1])
    #expect(labels(data, .test) == ["1.jpg": -1, "2.jpg": -1])
    try touch(["train/bird.jpg"])
    #expect(error(nil) == "train/bird.jpg: its name does not begin with a class (cat, dog) and a number, as cat.0.jpg")
  }
}
