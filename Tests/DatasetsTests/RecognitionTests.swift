import Datasets
import Foundation
import Testing

@Suite("What is recognised in people's folders, and said")
struct RecognitionTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func touch(_ names: [String]) throws {
    for name in names { try folder.write(name, "") }
  }

  /// Pictures of two classes for training.
  private func touchClasses(in place: String, perClass: Int = 10) throws {
    for index in 0..<perClass { try touch(["\(place)cat/\(index).jpg", "\(place)dog/\(index).jpg"]) }
  }

  private func open(_ path: String = "", _ change: (inout DatasetOptions) -> Void = { _ in }) throws -> ImageDataset {
    var options = DatasetOptions()
    change(&options)
    return try ImageDataset.open(path.isEmpty ? folder.path : "\(folder.path)/\(path)", options: options)
  }

  private func error(_ path: String = "", _ change: (inout DatasetOptions) -> Void = { _ in }) -> String? {
    do {
      _ = try open(path, change)
      return nil
    } catch {
      return String(describing: error).replacing(folder.path, with: "PHOTOS")
    }
  }

  private func lines(_ data: ImageDataset) -> [String] {
    data.recognition.lines.map { $0.replacing(folder.path, with: "PHOTOS") }
  }

  private func warnings(_ data: ImageDataset) -> [String] {
    data.recognition.warnings.map { $0.replacing(folder.path, with: "PHOTOS") }
  }

  private func counts(_ data: ImageDataset) -> [Int] { Split.allCases.map { data.examples(in: $0).count } }

  // MARK: - The line

  @Test("splits, classes and their counts are one line")
  func summary() throws {
    try touchClasses(in: "train/")
    try touch(["valid/cat/1.jpg", "valid/dog/2.jpg", "test/1.jpg", "test/2.jpg"])
    #expect(
      lines(try open()) == [
        "PHOTOS: train/CLASS, valid/CLASS, test/ · 2 classes: cat 10, dog 10 · 20 training, 2 validation, "
          + "2 test (unlabelled)"
      ])
    try FileManager.default.removeItem(atPath: "\(folder.path)/valid")
    try touch(["test/cat/3.jpg"])
    #expect(
      lines(try open()) == [
        "PHOTOS: train/CLASS, test/ · 2 classes: cat 9, dog 9 · 18 training, 2 validation (held out), "
          + "3 test (2 of them unlabelled)"
      ])
  }

  @Test("many classes are cut short; a sample is named as one")
  func manyClasses() throws {
    for label in 0..<12 {
      for index in 0..<(10 + label) { try touch(["c\(10 + label)/\(index).png"]) }
    }
    let data = try open { $0.limit = 60 }
    let line = try #require(lines(data).first)
    #expect(line.hasPrefix("PHOTOS: CLASS/ · 12 classes: c10 "))
    #expect(line.contains(", … (5 to 5 each) · 60 training, "))
    #expect(line.hasSuffix(" test (held out)"))
    #expect(lines(data).last == "--limit 60: at most 60 images of each split, as many of each class")
  }

  // MARK: - Splits, however they are spelt

  @Test(
    "folders that mean splits are never classes",
    arguments: [
      ("train", "val", "test"), ("Train", "Valid", "Test"), ("TRAIN", "VAL", "TEST"),
      ("training", "validation", "testing"), ("Training", "Validation", "Testing"),
      ("training_set", "validation_set", "test_set"), ("Train_Data", "Val_Data", "Test_Data"),
      ("seg_train", "dev", "seg_test"), ("train2017", "val2017", "test2017"),
    ])
  func spelling(train: String, valid: String, test: String) throws {
    try touchClasses(in: "\(train)/")
    try touch(["\(valid)/cat/1.jpg", "\(valid)/dog/2.jpg", "\(test)/1.jpg"])
    let data = try open()
    #expect(data.labelNames == ["cat", "dog"])
    #expect(counts(data) == [20, 2, 1])
    #expect(lines(data)[0].hasPrefix("PHOTOS: \(train)/CLASS, \(valid)/CLASS, \(test)/ · 2 classes"))
  }

  @Test(
    "below a folder that wraps them, or two; train/train as some archives unpack",
    arguments: ["dataset", "a/b", "imgs"])
  func wrapped(wrapper: String) throws {
    try touchClasses(in: "\(wrapper)/Train/train/")
    try touch(["\(wrapper)/test/test/1.jpg", "__MACOSX/x/1.jpg", "LICENSE", "labels.csv"])
    let data = try open()
    #expect(data.labelNames == ["cat", "dog"])
    #expect(counts(data) == [18, 2, 1])
    #expect(data.examples(in: .test)[0].name == "1.jpg")
    #expect(
      lines(data).dropFirst() == [
        "the images are those of PHOTOS/\(wrapper)", "the train images are those of PHOTOS/\(wrapper)/Train/train",
        "the test images are those of PHOTOS/\(wrapper)/test/test",
      ])
  }

  @Test("what could be two splits, or is a split without training images, is refused")
  func ambiguous() throws {
    try touchClasses(in: "train/")
    try touchClasses(in: "Training/")
    #expect(
      error()
        == "PHOTOS: both Training/ and train/ seem to have the train images: put them into one, or move one away")
    try FileManager.default.removeItem(atPath: "\(folder.path)/train")
    try FileManager.default.moveItem(atPath: "\(folder.path)/Training", toPath: "\(folder.path)/Valid")
    #expect(error() == "PHOTOS: Valid/ is here, but no folder with training images: name one train")
    try touch(["cat/1.jpg", "dog/1.jpg"])
    #expect(
      error() == "PHOTOS: Valid/ is here, but no folder with training images: move cat/, dog/ into PHOTOS/train")
  }

  @Test("splits inside the class folders are refused, with what is expected")
  func classesFirst() throws {
    try touch(["cat/train/1.jpg", "cat/test/2.jpg", "dog/train/1.jpg", "dog/test/2.jpg"])
    #expect(
      error()
        == "PHOTOS: several folders for training: cat/train, dog/train; give the one folder that has train/CLASS with --data"
    )
  }

  @Test("a folder called train beside bus and car is a class, and said to be one")
  func trainIsAClass() throws {
    for index in 0..<10 { try touch(["bus/\(index).jpg", "car/\(index).jpg", "train/\(index).jpg"]) }
    let data = try open()
    #expect(data.labelNames == ["bus", "car", "train"])
    #expect(
      lines(data).dropFirst().first?.hasPrefix("train/ is taken for a class, as the folders beside it are") == true)
  }

  @Test("what lies beside the splits, or the classes, and is neither is named")
  func ignored() throws {
    try touchClasses(in: "train/")
    for name in ["models/x/1.jpg", "train/@eaDir/1.jpg", "train/cat/@eaDir/2.jpg", "train/lost+found/1.jpg"] {
      try folder.write(name, "")
    }
    for name in ["LICENSE", "classes.csv", "stray.jpg", "train/LICENSE"] {
      try folder.write(name, "Creative Commons")
    }
    try folder.write("train/cat/readme", "Des photos prises à Genève")
    try folder.write("train/cat/notes.txt", "x")
    let data = try open()
    #expect(data.labelNames == ["cat", "dog"])
    #expect(
      lines(data).dropFirst() == [
        "ignored beside train/: models/, LICENSE, classes.csv, stray.jpg",
        "ignored, for they are no pictures: PHOTOS/train/LICENSE, PHOTOS/train/cat/notes.txt, PHOTOS/train/cat/readme",
        "ignored, for other programs left them: PHOTOS/train/@eaDir, PHOTOS/train/cat/@eaDir, PHOTOS/train/lost+found",
      ])
  }

  @Test("one class is refused, with the likely cause")
  func oneClass() throws {
    try touchClasses(in: "dataset/")
    #expect(
      error()
        == "PHOTOS: one class only, dataset: a head needs two to tell apart; is this one level too high? PHOTOS/dataset "
        + "holds cat, dog")
    #expect(error("dataset") == nil)
    try touch(["single/cat/1.jpg"])
    #expect(
      error("single")
        == "PHOTOS/single: one class only, cat: a head needs two to tell apart; put the pictures of another class into a folder "
        + "beside it")
    let table = try folder.write("digits.csv", "1,2,3,4,7\n5,6,7,8,7\n")
    #expect(
      error("digits.csv")
        == "PHOTOS/digits.csv: one class only, 7: a head needs two to tell apart; give data that have two classes or more, each "
        + "in a folder of its own, or labelled in a table")
    #expect(throws: DatasetError.self) { try ImageDataset.open(table) }
  }

  @Test(
    "splits that lie in several folders are no classes",
    arguments: [
      (["a/Train/1.jpg", "a/Train/2.jpg", "b/Test/1.jpg"], "a/Train, b/Test"),
      (["data1/train/1.jpg", "data2/train/1.jpg"], "data1/train, data2/train"),
      (["x/val/1.jpg", "y/training_set/cat/1.jpg", "y/training_set/dog/1.jpg"], "x/val, y/training_set"),
    ])
  func scatteredSplits(names: [String], list: String) throws {
    try touch(names)
    #expect(
      error()
        == "PHOTOS: the splits lie in several folders: \(list); put them into one, as train/, valid/ and test/, and give that "
        + "with --data")
  }

  @Test("folders beside each other that hold more than splits are classes")
  func foldersThatAreNoSplits() throws {
    try touch(["bus/train/1.jpg", "bus/front/1.jpg", "car/train/1.jpg", "car/2.jpg"])
    #expect(try open().labelNames == ["bus", "car"])
  }

  @Test("a table's capitals don't matter, and two that differ in them only are refused")
  func capitalsOfTables() throws {
    let rows = (0..<40).map { "\($0 % 2),1,2,3,4" }.joined(separator: "\n")
    try folder.write("digits/Train.csv", "label,p0,p1,p2,p3\n" + rows + "\n")
    #expect(try open("digits").kind == .digitRecognizer)
    try folder.write("digits/train.csv", "label,p0,p1,p2,p3\n" + rows + "\n")
    #expect(
      error("digits") == "PHOTOS/digits: both Train.csv and train.csv seem to be the train table: move one away")
  }

  @Test("test images that a submission can't tell apart are refused")
  func formsOfTestNames() throws {
    try touchClasses(in: "train/")
    try touch(["test/caf\u{E9}.jpg", "test/cafe\u{301}.jpg", "test/1.jpg"])
    #expect(
      error()
        == "PHOTOS/test: cafe\\u{301}.jpg and caf\\u{E9}.jpg differ only in how their letters are coded (Unicode's NFC and NFD), "
        + "and a submission can't tell them apart: rename or remove one")
  }

  @Test("a class folder in place of all is refused, with the likely cause")
  func tooLow() throws {
    try touchClasses(in: "set/")
    #expect(error("set/cat")?.hasSuffix("; is this one level too low? PHOTOS/set holds cat, dog") == true)
  }

  @Test("class folders without pictures are refused, with the likely cause")
  func noPictures() throws {
    try touch(["images/cat/1.jpg", "images/dog/1.jpg", "notes/1.xml"])
    #expect(
      error()
        == "PHOTOS/notes: no pictures in this class folder; is this one level too high? PHOTOS/images holds cat, dog")
    try touch(["other/cat/1.jpg", "other/dog/2.jpg"])
    try FileManager.default.createDirectory(atPath: "\(folder.path)/other/fish", withIntermediateDirectories: true)
    #expect(error("other") == "PHOTOS/other/fish: no pictures in this class folder: remove it")
  }

  @Test("parts of a data set that look like classes are warned of")
  func parts() throws {
    for part in ["part1", "part2"] { try touchClasses(in: "\(part)/") }
    #expect(
      warnings(try open()) == [
        "PHOTOS: part1, part2 hold cat, dog each: if these are the classes, put the pictures of each into one folder"
      ])
  }

  // MARK: - Pictures

  @Test("a link that leads nowhere is a picture that can't be decoded, not an absent one")
  func danglingLink() throws {
    try touchClasses(in: "train/")
    try touch(["test/1.jpg"])
    try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/test/2.jpg", withDestinationPath: "gone.jpg")
    try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/test/3.jpg", withDestinationPath: "3.jpg")
    let data = try open()
    #expect(data.examples(in: .test).map(\.name) == ["1.jpg", "2.jpg", "3.jpg"])
    for row in 1...2 {
      #expect(try data.content(.test, row) == Array(["gone.jpg", "3.jpg"][row - 1].utf8))
      let file = "\(folder.path)/test/\(row + 1).jpg"
      #expect(throws: DatasetError("\(file): a link that leads nowhere")) { try data.image(.test, row) }
    }
  }

  @Test("a picture under another kind's name, or none, is read and said to be one")
  func disguised() throws {
    try touchClasses(in: "train/")
    try folder.write("train/cat/a.dat", try DecoderTests.file("grey.jpg"))
    try folder.write("train/cat/b.txt", try DecoderTests.file("grey 8.png"))
    try folder.write("train/cat/c", try DecoderTests.file("rgb lossy.webp"))
    let data = try open { $0.validFraction = 0 }
    let names = data.examples(in: .train).map(\.name)
    #expect(names.contains("cat/a.dat") && names.contains("cat/b.txt") && names.contains("cat/c"))
    #expect(
      lines(data).last
        == "pictures by their content: PHOTOS/train/cat/a.dat, PHOTOS/train/cat/b.txt, PHOTOS/train/cat/c")
  }

  @Test("a name that is no UTF-8 is shown with its bytes")
  func notUTF8() throws {
    try touchClasses(in: "train/")
    let path =
      "\(folder.path)/train/cat/".utf8.map(CChar.init(bitPattern:)) + [99, 97, 102, CChar(bitPattern: 0xE9), 0]
    let file = fopen(path, "w")
    try #require(file != nil)
    fclose(file)
    #expect(error() == "PHOTOS/train/cat: the name of caf\\xE9 is not UTF-8: rename it")
  }

  // MARK: - Classes

  @Test("names that differ only in Unicode's form are one line, and no crash")
  func forms() throws {
    try touch(["train/caf\u{E9}/1.jpg", "train/cafe\u{301}/1.jpg", "train/th\u{E9}/1.jpg"])
    #expect(
      error()
        == "PHOTOS/train: the class folders cafe\\u{301} and caf\\u{E9} differ only in how their letters are coded "
        + "(Unicode's NFC and NFD): put their pictures into one")
  }

  @Test("another form in another split is the same class")
  func formsOfSplits() throws {
    try touch(["train/caf\u{E9}/1.jpg", "train/tea/1.jpg", "valid/cafe\u{301}/1.jpg", "test/cafe\u{301}/1.jpg"])
    let data = try open()
    #expect(data.examples(in: .valid)[0].label == 0 && data.examples(in: .test)[0].label == 0)
  }

  @Test("names that differ only in capitals are a warning; letters may be classes")
  func capitals() throws {
    try touch((0..<10).flatMap { ["A/\($0).png", "a/\($0).png", "b/\($0).png"] })
    let data = try open()
    #expect(data.labelNames == ["A", "a", "b"])
    #expect(warnings(data) == ["PHOTOS: the classes 'A' and 'a': are they one?"])
  }

  @Test("test folders that are no classes are named")
  func unknownTestClasses() throws {
    try touchClasses(in: "train/")
    try touch(["test/cat/1.jpg", "test/bird/1.jpg", "test/bird/2.jpg"])
    #expect(warnings(try open()) == ["no training images of bird: 2 test images have no label"])
  }

  @Test("the test images of one folder that is no class are called by their bare names")
  func dummyFolder() throws {
    try touchClasses(in: "train/")
    try touch(["test/unknown/0.jpg", "test/unknown/1.jpg"])
    let data = try open()
    #expect(data.examples(in: .test) == [Example(name: "0.jpg", label: -1), Example(name: "1.jpg", label: -1)])
    #expect(data.origin(.test, 1)?.file == PictureOrigin(path: "\(folder.path)/test/unknown/1.jpg")?.file)
    #expect(
      lines(data).last
        == "the test images are those of PHOTOS/test/unknown, which is no class: their names begin below it")
    #expect(warnings(data).isEmpty)
  }

  @Test("a folder for validation without pictures is said so")
  func emptyValidation() throws {
    try touchClasses(in: "train/")
    try FileManager.default.createDirectory(atPath: "\(folder.path)/valid", withIntermediateDirectories: true)
    #expect(
      warnings(try open()) == [
        "the folder for validation has no pictures: put some into it, or remove it, and a part of the training images is held out"
      ])
  }

  @Test("the root of the file system is no data set")
  func root() {
    for path in ["/", "//", "/../"] {
      #expect {
        try ImageDataset.open(path)
      } throws: {
        "\($0)" == "\(path): this is the root of the file system; give the folder that the pictures are in"
      }
    }
  }

  @Test("a class that gets no validation images is said so")
  func noValidation() throws {
    try touchClasses(in: "train/")
    try touch(["train/bird/1.jpg", "train/fish/1.jpg"])
    #expect(
      warnings(try open()) == [
        "no validation images of bird, fish: validation tells nothing about them; add some, or hold out more with "
          + "--valid-fraction"
      ])
    #expect(try open().warnings.isEmpty)
    try touch(["valid/cat/1.jpg"])
    let data = try open { $0.validFraction = 0 }
    #expect(warnings(data).first?.hasPrefix("no validation images of bird, dog, fish: ") == true)
  }

  // MARK: - Copies

  @Test("with copies kept together, no picture is in two splits, and every class is still dealt out")
  func copies() throws {
    for index in 0..<40 {
      // Each picture twice; under one name of equal length, so that sizes tell nothing.
      try folder.write("cat/\(index).jpg", "cat \(index / 2 + 100)")
      try folder.write("dog/\(index).jpg", "dog \(index / 2 + 100)")
    }
    let data = try open { $0.keepsCopiesTogether = true }
    #expect(counts(data) == [56, 8, 16])
    let contents = try Split.allCases.map { split in
      Set(try data.examples(in: split).indices.map { try data.content(split, $0) })
    }
    #expect(contents.map(\.count) == [28, 4, 8])
    #expect(Set(contents.joined()).count == 40)
    for split in Split.allCases {
      let examples = data.examples(in: split)
      #expect(examples.count { $0.label == 0 } == examples.count / 2)
      #expect(Dictionary(grouping: examples, by: \.group).values.allSatisfy { $0.count == 2 })
    }
    let other = try open { $0.keepsCopiesTogether = true }
    #expect(Split.allCases.allSatisfy { data.examples(in: $0) == other.examples(in: $0) })
  }

  @Test("rows of a table may be copies, too")
  func copiesInTables() throws {
    let rows = (0..<40).map { "\($0 / 2),1,2,3,\($0 / 2 % 2)\n" }.joined()
    try folder.write("digits.csv", rows)
    let data = try open("digits.csv") { $0.keepsCopiesTogether = true }
    let contents = try Split.allCases.map { split in
      Set(try data.examples(in: split).indices.map { try data.content(split, $0) })
    }
    #expect(contents.map(\.count).reduce(0, +) == 20 && Set(contents.joined()).count == 20)
  }

  // MARK: - Not a data set

  /// Files by their first bytes, and how the line about them begins.
  static let files: [(start: [UInt8], line: String)] = [
    (Array("\0\0\0\u{1C}ftypavif".utf8), "this is an AVIF picture; give"),
    (Array("\0\0\0\u{1C}ftypisom".utf8), "this is a film (MP4); write its images as files"),
    (Array("<!DOCTYPE html><html>".utf8), "this is a web page or XML, not a table"),
    (Array("\n<html><head>".utf8), "this is a web page or XML, not a table"),
    (
      [0x2A, 1, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0x0A, 0x80], "these are TensorFlow's records (TFRecord); put the images"
    ),
    (Array("(dp0\nS'data'\np1\n".utf8), "this is a Python pickle; put the images and labels into a .npz"),
    (Array("cnumpy.core.multiarray\n_reconstruct\n".utf8), "this is a Python pickle"),
    ([0xFF, 0xD8, 0xFF, 0xE0], "this is a JPEG picture; give the folder of the class folders that it is in"),
    (Array("GIF89a".utf8), "this is a GIF picture; give"), (Array("RIFF\0\0\0\0WEBP".utf8), "this is a WebP picture"),
    (Array("\0\0\0\u{18}ftypheic".utf8), "this is a HEIC picture"), (Array("II*\0".utf8), "this is a TIFF picture"),
    (Array("BM".utf8) + [1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8, 40, 0, 0, 0], "this is a BMP picture"),
    (Array("Rar!\u{1A}".utf8), "this is a RAR archive; unpack it, and give the folder"),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27], "this is a 7z archive"), (Array("BZh9".utf8), "this is a bzip2 archive"),
    ([0x93] + Array("NUMPY\u{1}\0".utf8), "one NumPy array alone: give the folder that has it and that of its labels"),
    ([0x89] + Array("HDF\r\n\u{1A}\n".utf8), "can't be opened"), ([0x80, 4, 0x95], "this is a Python pickle"),
    (
      [8, 7, 0x12, 7] + Array("pytorch\u{1A}\u{5}2.9.0".utf8), "these are a network's weights; give them with --weights"
    ),
    ([80, 1, 0, 0, 0, 0, 0, 0] + Array(#"{"features.0.weight""#.utf8), "these are a network's weights"),
    (Array("PAR1".utf8), "this is a Parquet table"), (Array("SQLite format 3\0".utf8), "this is an SQLite database"),
    ([UInt8](repeating: 0, count: 257) + Array("ustar\0".utf8) + [0, 0], "this is a tar archive; unpack it"),
  ]

  @Test("a file that is no table is named by its first bytes", arguments: files.indices)
  func wrongFile(index: Int) throws {
    let (start, line) = Self.files[index]
    try folder.write("data", start)
    #expect(error("data")?.hasPrefix("PHOTOS/data: \(line)") == true)
  }

  @Test("a folder of pickles that are no batches of CIFAR's has no pictures, and the line says what the files are")
  func pickles() throws {
    for name in ["digits_1", "digits_2"] {
      try folder.write("digits/\(name)", [0x80, 2, 0x7D, 0x71, 1] + Array("U\u{B}batch_labelq".utf8))
    }
    try folder.write("digits/batches.meta", Array("(dp1\nS'num_cases_per_batch'\np2\n".utf8))
    try folder.write("digits/readme.html", Array("<!DOCTYPE html>".utf8))
    let line = try #require(error("digits"))
    #expect(line.hasPrefix("PHOTOS/digits: no data set: expected train/CLASS/ folders, "))
    #expect(line.contains("; batches.meta: this is a Python pickle; put the images and labels into a .npz, "))
    try folder.write("digits/data_batch_1", [0x80, 2, 0x7D, 0x71, 1] + Array("U\u{B}batch_labelq".utf8))
    #expect(error("digits")?.hasPrefix("PHOTOS/digits/data_batch_1: a pickle that is cut short") == true)

    try touchClasses(in: "train/")
    try folder.write("train/cat/meta", [0x80, 4, 0x95])
    #expect(lines(try open()).contains("ignored, for they are no pictures: PHOTOS/train/cat/meta"))
  }

  @Test("a table that begins like a picture's signature is a table")
  func tableOfBM() throws {
    try folder.write("data.csv", "BMI,weight\n1,2\n")
    #expect(error("data.csv")?.hasPrefix("PHOTOS/data.csv: line 1: 2 pixel columns: expected a square number") == true)
  }
}
