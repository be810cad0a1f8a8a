import Datasets
import Testing

@Suite("Pictures of any number of classes")
struct TagTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func touch(_ names: [String]) throws {
    for name in names { try folder.write(name, "") }
  }

  private func open(_ table: String, _ change: (inout DatasetOptions) -> Void = { _ in }) throws -> ImageDataset {
    var options = DatasetOptions(validFraction: 0, testFraction: 0)
    try folder.write("tags.csv", table)
    options.labels = "tags.csv"
    options.isMultiLabel = true
    change(&options)
    return try ImageDataset.open(folder.path, options: options)
  }

  private func error(_ table: String, _ change: (inout DatasetOptions) -> Void = { _ in }) -> String? {
    do {
      _ = try open(table, change)
      return nil
    } catch {
      return String(describing: error).replacing(folder.path + "/", with: "")
    }
  }

  /// The names of the classes of each picture.
  private func tags(_ data: ImageDataset, _ split: Split = .train) -> [String: [String]?] {
    Dictionary(
      uniqueKeysWithValues: data.examples(in: split).map { example in
        (example.name, example.tags.map { $0.map { data.labelNames[Int($0)] } })
      })
  }

  @Test("Planet's layout: image_name,tags beside train-jpg/ and test-jpg/")
  func planet() throws {
    try touch(["train-jpg/train_0.jpg", "train-jpg/train_1.jpg", "train-jpg/train_2.jpg", "test-jpg/test_0.jpg"])
    let data = try open("image_name,tags\ntrain_0,haze primary\ntrain_1,primary  primary\ntrain_2,clear road water\n")
    #expect(data.isMultiLabel && data.labelNames == ["clear", "haze", "primary", "road", "water"])
    #expect(
      tags(data) == [
        "train_0.jpg": ["haze", "primary"], "train_1.jpg": ["primary"], "train_2.jpg": ["clear", "road", "water"],
      ])
    #expect(tags(data, .test) == ["test_0.jpg": nil])
    #expect(data.examples(in: .train).allSatisfy { $0.label == Example.unknownLabel && $0.isLabelled })
    let summary = data.recognition.summary.replacing(folder.path + "/", with: "")
    #expect(
      summary.hasSuffix(
        ": train-jpg/, test-jpg/ with tags.csv, column tags, between spaces · 5 tags, 2.0 a picture: clear 1, haze 1, "
          + "primary 2, road 1, water 1 · 3 training, no validation, 1 test (unlabelled)"), "\(summary)")
  }

  @Test(
    "names with spaces stand between semicolons, bars or commas",
    arguments: [
      ("a,golden retriever; sea\nb,sea\n", "\";\""), ("a,golden retriever|sea\nb,sea\n", "\"|\""),
      ("a,\"golden retriever, sea\"\nb,sea\n", "\",\""),
    ])
  func separators(_ rows: String, _ separator: String) throws {
    try touch(["train/a.jpg", "train/b.jpg"])
    let data = try open("id,labels\n" + rows)
    #expect(tags(data) == ["a.jpg": ["golden retriever", "sea"], "b.jpg": ["sea"]])
    #expect(data.recognition.summary.contains("column labels, between \(separator) · 2 tags, 1.5 a picture"))
  }

  @Test("a column of 0 and 1 for each; a picture may have none, and a column that is 0 throughout is no tag")
  func indicators() throws {
    try touch(["train/a.jpg", "train/b.jpg", "train/c.jpg"])
    let data = try open("id,note,sun dog,sea,fog\na,x,1,0,0\nb,y,1.0,1,0\nc,z,0,0,0\n")
    #expect(data.labelNames == ["sea", "sun dog"])
    #expect(tags(data) == ["a.jpg": ["sun dog"], "b.jpg": ["sea", "sun dog"], "c.jpg": []])
    #expect(data.recognition.summary.contains("3 columns of 0 and 1 · 2 tags, 1.0 a picture"))
    #expect(
      data.recognition.notes.map { $0.replacing(folder.path + "/", with: "") }
        == ["tags.csv: not read: note", "tags.csv: 0 in every row, and no tag: fog"])
    #expect(tags(try open("id,sea,fog\na,True,False\nb,False,True\nc,,\n")).keys.sorted() == ["a.jpg", "b.jpg"])
    #expect(
      try open("id,label,sea,fog\na,x y,1,0\nb,y,1,0\nc,x,0,1\n").recognition.notes.contains {
        $0.hasSuffix("tags.csv: not read: sea, fog")
      })
  }

  @Test("a column of 0 and 1 with something else in a row is no column less")
  func brokenIndicators() throws {
    try touch(["train/a.jpg", "train/b.jpg", "train/c.jpg"])
    let end = ": a tag is 0 or 1, and a row where nothing is known of the picture is empty throughout"
    #expect(error("id,sea,fog\na,1,0\nb,,1\nc,0,1\n") == "tags.csv: line 3: the column sea has ''" + end)
    #expect(error("id,sea,fog\na,1,0\nb,1,0.5\nc,0,1\n") == "tags.csv: line 3: the column fog has '0.5'" + end)
    #expect(
      error("id,sea\na,1\nb,0\nc,1\n")
        == "tags.csv: the column sea has 0 and 1 alone: one tag, which a picture has or not, is a question of two classes; "
        + "leave --tags out, and name it with --label-column")
    #expect(error("id,sea,fog\na,0,0\nb,0,0\nc,0,0\n") == "tags.csv: no picture in train has a tag")
    #expect(error("id,tags\na,sea\nb,sea\nc,;\n")?.contains("one tag only, sea") == true)
    #expect(
      error("id,sea,fog\na,0,0\na,1,1\nb,1,0\n")
        == "tags.csv: line 3: 'a' is fog, sea here, but no tag in a line above")
  }

  @Test("what stands between no two tags is no separator; a semicolon alone says that there is none")
  func straySeparators() throws {
    try touch(["train/a.jpg", "train/b.jpg", "train/c.jpg"])
    let data = try open("id,tags\na,sea fog\nb,sea;\nc,;\n")
    #expect(tags(data) == ["a.jpg": ["fog", "sea"], "b.jpg": ["sea"], "c.jpg": []])
    #expect(data.recognition.summary.contains("between spaces"))
    let mixed = try open("id,tags\na,\"sea, fog\"\nb,sea fog\nc,fog\n")
    #expect(
      mixed.recognition.warnings.map { $0.replacing(folder.path + "/", with: "") }.contains(
        "tags.csv: the tag 'sea fog' is made of other tags: is there a separator missing?"))
  }

  @Test("every tag has a training picture, and every split about its share, whatever the tags")
  func rareTags() throws {
    let rows = (0..<100).map { row in
      (name: "\(row).jpg", tags: ["t\(row / 2)", "u\(row / 5)", "v\(row % 7)", "w\(row % 31)"])
    }
    try touch(rows.map(\.name))
    let data = try open("id,tags\n" + rows.map { "\($0.name),\($0.tags.joined(separator: " "))\n" }.joined()) {
      ($0.validFraction, $0.testFraction) = (0.1, 0.2)
    }
    let trained = Set(data.examples(in: .train).flatMap { $0.tags ?? [] })
    #expect(trained.count == data.labelNames.count)
    #expect(data.examples(in: .train).count <= 85 && !data.examples(in: .valid).isEmpty)
  }

  @Test("an empty cell says nothing of a picture, which is left out or for the test")
  func blank() throws {
    try touch(["a.jpg", "b.jpg", "c.jpg"])
    let data = try open("id,tags\na,sea\nb,\nc,fog sea\n")
    #expect(tags(data).keys.sorted() == ["a.jpg", "c.jpg"])
    #expect(tags(data, .test) == ["b.jpg": nil])
    try touch(["train/a.jpg", "train/b.jpg", "train/c.jpg"])
    let left = try open("id,tags\ntrain/a,sea\ntrain/b,NaN\ntrain/c,fog sea\n")
    #expect(tags(left).keys.sorted() == ["a.jpg", "c.jpg"])
  }

  @Test("tags that no training picture has are left out of the others', with a warning")
  func unknownTags() throws {
    try touch(["train/a.jpg", "train/b.jpg", "valid/c.jpg", "test/d.jpg"])
    let data = try open("id,tags\na,sea\nb,fog\nc,sea sand\nd,sand rock\n")
    #expect(tags(data, .valid) == ["c.jpg": ["sea"]] && tags(data, .test) == ["d.jpg": nil])
    #expect(
      data.recognition.warnings.contains(
        "no training images of rock, sand: left out of the tags of 1 other image, 1 test image with no other tag taken as "
          + "unlabelled"))
  }

  /// It is not without a tag: nobody knows whether it has those that there are.
  @Test("a validation picture that has unknown tags alone is left out; one that has none stays")
  func unknownTagsAlone() throws {
    try touch(["train/a.jpg", "train/b.jpg", "valid/c.jpg", "valid/d.jpg", "valid/e.jpg", "test/f.jpg"])
    let cells = try open("id,tags\na,sea\nb,fog\nc,sand\nd,;\ne,fog rock\nf,sand\n")
    let columns = try open("id,fog,rock,sand,sea\na,0,0,0,1\nb,1,0,0,0\nc,0,0,1,0\nd,0,0,0,0\ne,1,1,0,0\nf,0,0,1,0\n")
    for data in [cells, columns] {
      #expect(data.labelNames == ["fog", "sea"])
      #expect(tags(data, .valid) == ["d.jpg": [], "e.jpg": ["fog"]] && tags(data, .test) == ["f.jpg": nil])
      #expect(
        data.recognition.warnings.contains(
          "no training images of rock, sand: left out of the tags of 1 other image, 1 validation image with no other tag left "
            + "out, 1 test image with no other tag taken as unlabelled"))
      #expect(data.recognition.summary.contains("2 training, 2 validation, 1 test (unlabelled)"))
    }
  }

  @Test("a column that tells the split, as fast.ai's is_valid, is no tag", arguments: ["is_valid", "Is Test", "split"])
  func splitColumns(_ column: String) throws {
    try touch(["train/a.jpg", "train/b.jpg", "train/c.jpg"])
    let data = try open("id,sea,fog,\(column)\na,1,0,1\nb,0,1,0\nc,1,1,0\n")
    #expect(data.labelNames == ["fog", "sea"])
    let note =
      "tags.csv: not read: \(column), which seems to tell the splits: these are told by folders, train/ and valid/"
    func notes(_ data: ImageDataset) -> [String] {
      data.recognition.notes.map { $0.replacing(folder.path + "/", with: "") }
    }
    #expect(notes(data) == [note])
    #expect(notes(try open("id,tags,\(column)\na,sea,True\nb,fog,False\nc,sea fog,False\n")) == [note])
    let one = try open("id,label,\(column)\na,sea,True\nb,fog,False\nc,sea,False\n") { $0.isMultiLabel = false }
    #expect(notes(one) == [note])
    // A tag may be called so.
    #expect(try open("id,train,valid\na,1,0\nb,0,1\nc,1,1\n").labelNames == ["train", "valid"])
  }

  @Test("what is quoted of a table is cut")
  func longCells() throws {
    try touch(["train/a.jpg", "train/b.jpg"])
    let long = String(repeating: "x", count: 70_000)
    let cut = String(repeating: "x", count: 100) + "…"
    #expect(error("id,tags\na,sea\n\(long),fog\n") == "tags.csv: line 3: there is no picture '\(cut)'")
    #expect(
      error("id,tags\na,sea\na,\(long)\nb,fog\n") == "tags.csv: line 3: 'a' is \(cut) here, but sea in a line above")
    #expect(
      error("id,sea,fog\na,1,\(long)\nb,0,1\n")?.hasPrefix("tags.csv: line 2: the column fog has '\(cut)': ") == true)
    #expect(error("id,x,y,\(long)\na,p,q,r\nb,s,t,u\n")?.hasSuffix("the columns are id, x, y, \(cut)") == true)
    let summary = try open("id,tags\na,sea\nb,\(long)\n").recognition.summary
    #expect(summary.contains("sea 1, \(cut) 1") && summary.count < 500)
  }

  @Test("every tag is dealt out by the same fractions, whatever others are beside it")
  func stratified() throws {
    let rows = (0..<400).map { row in
      (name: "\(row).jpg", tags: (0..<5).filter { row / (1 << $0) % 2 == 1 }.map { "t\($0)" } + ["all"])
    }
    try touch(rows.map(\.name))
    let table = "id,tags\n" + rows.map { "\($0.name),\($0.tags.joined(separator: " "))\n" }.joined()
    let data = try open(table) { ($0.validFraction, $0.testFraction) = (0.1, 0.2) }
    let counts = Split.allCases.map { split in
      data.examples(in: split).reduce(into: [Int](repeating: 0, count: 6)) { counts, example in
        for label in example.tags ?? [] { counts[Int(label)] += 1 }
      }
    }
    #expect(abs(data.examples(in: .test).count - 80) <= 5 && abs(data.examples(in: .valid).count - 40) <= 5)
    for label in 1..<6 {
      let all = counts.reduce(0) { $0 + $1[label] }
      #expect(abs(counts[1][label] - all / 10) <= 2 && abs(counts[2][label] - all / 5) <= 2, "\(counts)")
    }
    let again = try open(table) { ($0.validFraction, $0.testFraction) = (0.1, 0.2) }
    #expect(Split.allCases.allSatisfy { again.examples(in: $0) == data.examples(in: $0) })
    let other = try open(table) { ($0.validFraction, $0.testFraction, $0.seed) = (0.1, 0.2, 7) }
    #expect(other.examples(in: .test) != data.examples(in: .test))
    let few = try open(table) { ($0.validFraction, $0.testFraction, $0.limit) = (0.1, 0.2, 20) }
    #expect(Split.allCases.allSatisfy { few.examples(in: $0).count == 20 } && few.isMultiLabel)
  }

  @Test("what can't be is refused in one line")
  func refusals() throws {
    try touch(["train/a.jpg", "train/b.jpg"])
    #expect(
      error("id,x,y\na,sea,1\nb,fog,0\n")
        == "tags.csv: which column has the tags? Say it with --label-column; the columns are id, x, y")
    #expect(error("id,a;b,c\na,1,0\nb,0,1\n")?.contains("column 2 is called 'a;b'") == true)
    #expect(error("id,c,c\na,1,0\nb,0,1\n") == "tags.csv: line 1: two columns are called 'c'")
    #expect(
      error("id,tags\na,sea\nb,fog\n") {
        $0.relabel = try? folder.write("again.csv", "path,suggested\na.jpg,fog\n")
      } == "again.csv: --relabel gives a picture one class, and here it has any number: change the table of --labels")
    #expect(error("id,tags\na,sea\nb,fog\n") { $0.labels = nil }?.contains("--tags is for pictures whose tags") == true)
  }

  // MARK: - Where nobody said that there are tags

  @Test("one class with spaces in its name stays one class, without a word")
  func namesWithSpaces() throws {
    try touch(["train/a.jpg", "train/b.jpg", "train/c.jpg"])
    let table = "id,label\na,golden retriever\nb,labrador retriever\nc,golden eagle\n"
    let data = try open(table) { $0.isMultiLabel = false }
    #expect(!data.isMultiLabel && data.labelNames == ["golden eagle", "golden retriever", "labrador retriever"])
    #expect(!data.recognition.warnings.contains { $0.contains("--tags") })
  }

  @Test("classes of few words that come again and again may be tags: a warning")
  func looksLikeTags() throws {
    try touch(["train/a.jpg", "train/b.jpg", "train/c.jpg"])
    let data = try open("id,label\na,haze primary\nb,primary\nc,haze\n") { $0.isMultiLabel = false }
    #expect(!data.isMultiLabel && data.labelNames.count == 3)
    #expect(
      data.recognition.warnings.map { $0.replacing(folder.path + "/", with: "") }.contains(
        "tags.csv: 3 classes are made of 2 words, such as 'haze primary': if these are tags, of which a picture has any "
          + "number, give --tags"))
  }

  @Test("columns of 0 and 1 without a column of classes are asked about")
  func looksLikeIndicators() throws {
    try touch(["train/a.jpg", "train/b.jpg"])
    #expect(
      error("id,sea,fog\na,1,0\nb,1,1\n") { $0.isMultiLabel = false }
        == "tags.csv: 2 columns have 0 and 1 (sea, fog): if each is a tag, of which a picture has any number, give --tags; "
        + "else name the column of the classes with --label-column")
  }
}
