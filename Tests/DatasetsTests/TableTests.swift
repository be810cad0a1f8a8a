import Core
import Datasets
import Foundation
import Testing

@Suite("Tables of pixels")
struct TableTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Rows of 2×2 pixels and a label of 0…2 at the end: row r has the pixels r, 1, 2, 255.
  static func sample(rows: Int) -> String {
    (0..<rows).map { "\($0 % 256),1,2,255,\($0 % 3)\n" }.joined()
  }

  @Test("the sample's layout: pixels then label, rows named by number")
  func sample() throws {
    let path = try folder.write("digits.csv", Self.sample(rows: 90))
    let data = try ImageDataset.open(path, options: DatasetOptions(kind: .sample))
    #expect(data.labelNames == ["0", "1", "2"])
    #expect(data.imageSize == ImageSize(height: 2, width: 2))
    #expect(Split.allCases.map { data.examples(in: $0).count } == [63, 9, 18])
    for split in Split.allCases {
      for (index, example) in data.examples(in: split).enumerated() {
        let row = try #require(Int(example.name)) - 1
        #expect(example.label == Int32(row % 3))
        let pixels: [UInt8] = [UInt8(row), 1, 2, 255]
        #expect(try data.image(split, index) == Image(height: 2, width: 2, channels: 1, pixels: pixels))
        #expect(try data.content(split, index) == pixels)
      }
    }
  }

  @Test("Digit Recognizer: train.csv for two splits, test.csv unlabelled, ImageId from 1")
  func digitRecognizer() throws {
    try folder.write("train.csv", "label,pixel0,pixel1,pixel2,pixel3\r\n" + "7,0,9,0,0\r\n9,0,0,8,0\r\n".repeated(10))
    try folder.write("test.csv", "pixel0,pixel1,pixel2,pixel3\n1,2,3,4\n5,6,7,8")
    let data = try ImageDataset.open(folder.path)
    #expect(data.kind == .digitRecognizer)
    #expect(data.labelNames == ["7", "9"])
    #expect(Split.allCases.map { data.examples(in: $0).count } == [18, 2, 2])
    #expect(data.examples(in: .test) == [Example(name: "1", label: -1), Example(name: "2", label: -1)])
    #expect(try data.image(.test, 1).pixels == [5, 6, 7, 8])
    #expect(try data.image(.train, 0).pixels == [0, 9, 0, 0])
  }

  @Test("labels are ordered by value: 10 comes after 9")
  func labelOrder() throws {
    let labels = (0..<12).map { "\($0)" }
    let rows = labels.map { "\($0),0,0,0,0\n" }.joined().repeated(5)
    let path = try folder.write("train.csv", "label,a,b,c,d\n" + rows)
    let data = try ImageDataset.open(path)
    #expect(data.labelNames == labels)
  }

  @Test("gzipped, in one member or several, whatever the name")
  func gzip() throws {
    let path = try folder.write("digits.csv", try fixture("table.csv.gz"))
    let plain = try folder.write("plain.csv", Self.sample(rows: 300))
    let options = DatasetOptions(kind: .sample)
    let unpacked = try ImageDataset.open(path, options: options)
    let expected = try ImageDataset.open(plain, options: options)
    for split in Split.allCases {
      #expect(unpacked.examples(in: split) == expected.examples(in: split))
      for index in expected.examples(in: split).indices {
        #expect(try unpacked.image(split, index) == expected.image(split, index))
      }
    }
  }

  @Test("zipped: the archive as it comes from Kaggle, and a table in one of its own")
  func zip() throws {
    let archive = fixturePath("digit-recognizer.zip")
    let data = try ImageDataset.open(archive)
    #expect(data.kind == .digitRecognizer)
    #expect(data.labelNames == ["7", "9"])
    #expect(Split.allCases.map { data.examples(in: $0).count } == [18, 2, 2])
    #expect(try data.image(.test, 1).pixels == [5, 6, 7, 8])
    try folder.write("train.csv.zip", try fixture("train.csv.zip"))
    let single = try ImageDataset.open(folder.path)
    #expect(Split.allCases.map { single.examples(in: $0).count } == [14, 2, 4])
    let alone = try ImageDataset.open(folder.path + "/train.csv.zip")
    #expect(alone.examples(in: .test) == single.examples(in: .test))
  }

  @Test("a zip file that is cut or has other files is one line")
  func brokenZip() throws {
    let whole = try fixture("digit-recognizer.zip")
    let cut = try folder.write("cut.zip", whole.dropLast(30))
    #expect(error(cut)?.hasPrefix("\(cut): zip file that can't be opened") == true)
    var damaged = whole
    damaged[whole.count / 2] ^= 0x55
    let path = try folder.write("damaged.zip", damaged)
    let line = error(path)
    #expect(line?.hasPrefix(path) == true && line?.contains("\n") == false)
    let other = try folder.write("other.zip", try fixture("digit-recognizer.zip").map { $0 })
    #expect(error(other) == "\(other): 3 files in this archive, expected one table")
  }

  @Test("a gzip file cut at any byte is one line", arguments: [1, 2, 3, 10, 17, 40, 200])
  func truncatedGzip(missing: Int) throws {
    let path = try folder.write("digits.csv.gz", try fixture("table.csv.gz").dropLast(missing))
    #expect(error(path) == "\(path): a truncated or corrupt gzip file: get it again")
  }

  /// A file, and what is wrong with it.
  static let broken: [(content: String, message: String)] = [
    ("", "an empty file: expected a table of pixels"),
    ("1,2,3,4,0\n1,2,3,4\n", "line 2: expected 5 columns as in line 1, found only 4"),
    ("1,2,3,4,0\n1,2,3,4,0,7\n", "line 2: expected 5 columns as in line 1, found more than 5"),
    ("1,2,3,4,0\n\n1,2,3,4,0\n", "line 2, column 1: expected a whole number from 0 to 255, found ''"),
    ("1,2,3,4,0\n1,2,256,4,0\n", "line 2, column 3: expected a whole number from 0 to 255, found '256'"),
    ("1,2,3,4,0\n1,2,-1,4,0\n", "line 2, column 3: expected a whole number from 0 to 255, found '-1'"),
    ("1,2,3,4,0\n1,,3,4,0\n", "line 2, column 2: expected a whole number from 0 to 255, found ''"),
    ("1,2,3,4,0\n1,2,0.5,4,0\n", "line 2, column 3: expected a whole number from 0 to 255, found '0.5'"),
    ("1,2,3,4,0\n1,2,3,4,65536\n", "line 2, column 5: expected a whole number from 0 to 65535, found '65536'"),
    (
      "1,2,3,4,0\n1,99999999999999999999,3,4,0\n",
      "line 2, column 2: expected a whole number from 0 to 255, found '99999999999999999999'"
    ),
    ("1,2,3,0\n", "line 1: 3 pixel columns: expected a square number, 784 for 28×28 digits"),
    ("label,a,b,c,d\n", "line 1, column 1: expected a whole number, found 'label'"),
    ("\u{1}\u{2}\u{3}\r\u{4}", "line 1, column 1: expected a whole number, found '?????'"),
  ]

  @Test("what is wrong is said in one line", arguments: broken.indices)
  func errors(index: Int) throws {
    let path = try folder.write("digits.csv", Self.broken[index].content)
    #expect(error(path) == "\(path): \(Self.broken[index].message)")
  }

  @Test("a table of labels in place of one of pixels")
  func labelsAsPixels() throws {
    let path = try folder.write("labels.csv", "id,label\n7.jpg,cat\n")
    let remedy =
      "; if this tells the classes of pictures, give it with --labels, and with --data the folder that they are in"
    #expect(
      error(path, nil) == "\(path): line 1: 0 pixel columns: expected a square number, 784 for 28×28 digits\(remedy)")
    try folder.write("labels.csv", "id,label,size\n7,cat,9\n")
    #expect(
      error(path, nil)
        == "\(path): line 2, column 2: expected a whole number from 0 to 65535, found 'cat'\(remedy)")
  }

  @Test("a line without end is no table")
  func endlessLine() throws {
    let path = try folder.write("digits.csv", "1,".repeated(1 << 20))
    #expect(error(path) == "\(path): line 1 is longer than a megabyte: not a table")
  }

  @Test("a header may be quoted, and follow a byte order mark")
  func quotedHeader() throws {
    let rows = "3,0,0,0,0\n5,1,1,1,1\n".repeated(10)
    let path = try folder.write("train.csv", "\u{FEFF}\"label\",\"a\",\"b\",\"c\",\"d\"\r\n" + rows)
    #expect(try ImageDataset.open(path).labelNames == ["3", "5"])
  }

  @Test("separated by semicolons or tabs", arguments: [";", "\t"])
  func separators(separator: String) throws {
    let rows = "3,0,9,0,0\n5,1,1,1,1\n".repeated(10)
    let table = ("label,a,b,c,d\n" + rows).replacing(",", with: separator)
    let data = try ImageDataset.open(try folder.write("train.csv", table))
    #expect(data.labelNames == ["3", "5"])
    #expect(try data.image(.train, 0).pixels == [0, 9, 0, 0])
    let broken = try folder.write("broken.csv", table + "3\(separator)0\n")
    #expect(error(broken, nil) == "\(broken): line 22: expected 5 columns as in line 1, found only 2")
  }

  @Test(
    "an id before the pixels is what the rows are called; the sample submission's are the same",
    arguments: ["id", "ImageId", ""])
  func ids(column: String) throws {
    try folder.write("train.csv", "label,a,b,c,d\n" + "7,0,9,0,0\n9,0,0,8,0\n".repeated(10))
    try folder.write("test.csv", "\(column),a,b,c,d\n17,1,2,3,4\nx-5,5,6,7,8\n")
    let data = try ImageDataset.open(folder.path)
    #expect(data.examples(in: .test) == [Example(name: "17", label: -1), Example(name: "x-5", label: -1)])
    #expect(try data.image(.test, 1).pixels == [5, 6, 7, 8])
    var few = DatasetOptions()
    few.limit = 4
    let sample = try ImageDataset.open(folder.path, options: few)
    #expect(sample.idColumn == data.idColumn && data.idColumn == (column.isEmpty ? "id" : column))
    try folder.write(
      "train.csv", "\(column),label,a,b,c,d\n" + (0..<20).map { "\($0),\($0 % 2),\($0),0,0,0\n" }.joined())
    #expect(try ImageDataset.open(folder.path).labelNames == ["0", "1"])
    try folder.write("test.csv", "\(column),a,b,c,d\n17,1,2,3,4\n17,5,6,7,8\n")
    #expect(error(folder.path) == "\(folder.path)/test.csv: two rows have the id '17'")
    // An id may be empty: rows of five bytes, more than there would be of two bytes a field.
    try folder.write("train.csv", "\(column),label,pixel\n" + ",0,1\n,1,1\n".repeated(1500))
    try folder.write("test.csv", "\(column),pixel\n1,1\n")
    let empty = try ImageDataset.open(folder.path)
    #expect(empty.examples(in: .train).count + empty.examples(in: .valid).count == 3000)
  }

  @Test("valid.csv beside train.csv is the validation split", arguments: ["valid", "val", "validation"])
  func validTable(name: String) throws {
    try folder.write("train.csv", "label,a,b,c,d\n" + "7,0,9,0,0\n9,0,0,8,0\n".repeated(10))
    try folder.write("\(name).csv", "label,a,b,c,d\n9,1,2,3,4\n")
    let data = try ImageDataset.open(folder.path)
    #expect(Split.allCases.map { data.examples(in: $0).count } == [20, 1, 0])
    #expect(data.examples(in: .valid) == [Example(name: "1", label: 1)])
    #expect(
      data.recognition.summary.hasSuffix(
        "train.csv, \(name).csv · 2 classes: 7 10, 9 10 · 20 training, 1 validation, no test"))
    try folder.write("\(name).csv", "label,a,b,c,d\n9,1,2,3,4\n8,1,2,3,4\n")
    #expect(
      error(folder.path)
        == "\(folder.path)/\(name).csv: row 2: no row of \(folder.path)/train.csv has the label 8")
  }

  @Test("a table with any byte changed is a table or an error in one line, never a crash")
  func corrupt() throws {
    let table = Array(("label,a,b,c,d\n" + Self.sample(rows: 5)).utf8)
    var random = Philox(seed: 3)
    for _ in 0..<500 {
      var bytes = table
      for _ in 0...random.integer(below: 3) {
        let other = Array("\n\r,\"x0\0\u{FF}".utf8)
        bytes[random.integer(below: bytes.count)] = other[random.integer(below: other.count)]
      }
      let path = try folder.write("train.csv", bytes.prefix(random.integer(below: bytes.count + 1)))
      do {
        _ = try ImageDataset.open(path)
      } catch {
        #expect(!String(describing: error).contains("\n"))
      }
    }
  }

  @Test("a table without header, without label, of another size")
  func digitRecognizerErrors() throws {
    try folder.write("train.csv", "1,2,3,4,5\n")
    #expect(error(folder.path) == "\(folder.path)/train.csv: line 1: no header: expected label,pixel0,pixel1,…")
    try folder.write("train.csv", "a,b,c,d\n1,2,3,4\n")
    #expect(error(folder.path) == "\(folder.path)/train.csv: line 1: no column is named label")
    try folder.write("train.csv", "label,a,b,c,d\n")
    #expect(error(folder.path) == "\(folder.path)/train.csv: no rows below the header")
    try folder.write("train.csv", "label,a,b,c,d\n1,2,3,4,5\n")
    try folder.write("test.csv", "a\n1\n")
    let message = "1×1 pixels a row, but 2×2 in \(folder.path)/train.csv"
    #expect(error(folder.path) == "\(folder.path)/test.csv: \(message)")
  }

  private func error(_ path: String) -> String? { error(path, path == folder.path ? nil : .sample) }

  private func error(_ path: String, _ kind: DatasetKind?) -> String? {
    do {
      _ = try ImageDataset.open(path, options: DatasetOptions(kind: kind))
      return nil
    } catch {
      return String(describing: error)
    }
  }
}

extension String {
  func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
