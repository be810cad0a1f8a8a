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
    #expect(data.labelNames == ["cat", "dog"])
    #expect(labels(data) == ["cat.0.jpg": 0, "dog.0.jpg": 1, "dog.10.jpg": 1])
    #expect(labels(data, .test) == ["1.jpg": -1, "2.jpg": -1])
    try touch(["train/bird.jpg"])
    #expect(error(nil) == "train/bird.jpg: its name does not begin with a class (cat, dog) and a number, as cat.0.jpg")
  }
}
