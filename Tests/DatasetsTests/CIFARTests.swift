import Core
import Datasets
import Foundation
import Testing

@Suite("CIFAR's Python batches")
struct CIFARTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What Fixtures/make_cifar.py gives a row.
  private func picture(_ row: Int, side: Int = 32) -> Image {
    var pixels: [UInt8] = []
    for y in 0..<side {
      for x in 0..<side {
        for channel in 0..<3 { pixels.append(UInt8((7 * row + 5 * y + 3 * x + 11 * channel) % 256)) }
      }
    }
    return Image(height: side, width: side, channels: 3, pixels: pixels)
  }

  /// All rows of the files are there, under their names, with their labels and pictures.
  private func check(_ data: ImageDataset, rows: [String: Int]) throws {
    var names: [String] = []
    for split in Split.allCases {
      for (index, example) in data.examples(in: split).enumerated() {
        let parts = example.name.split(separator: "[")
        let row = try #require(Int(parts[1].dropLast()))
        #expect(example.label == Int32(row % 3))
        #expect(try data.image(split, index) == picture(row))
        names.append(example.name)
      }
    }
    #expect(names.sorted() == rows.flatMap { name, count in (0..<count).map { "\(name)[\($0)]" } }.sorted())
  }

  private static let ten = ["data_batch_1": 9, "data_batch_2": 15, "test_batch": 6]

  @Test("CIFAR-10 as Python 2 wrote it, in its archive")
  func ten() throws {
    let path = fixturePath("cifar-10-python.tar.gz")
    let data = try ImageDataset.open(path)
    #expect(data.kind == .cifar)
    #expect(data.labelNames == ["airplane", "bird", "cat"])
    #expect(
      data.recognition.summary
        == "\(path): CIFAR's Python batches of 32×32 in colour: data_batch_1, data_batch_2, test_batch with labels "
        + "· 3 classes: airplane 7, bird 7, cat 7 · 21 training, 3 validation (held out), 6 test")
    #expect(data.recognition.notes == [])
    #expect(data.examples(in: .test).map(\.name) == (0..<6).map { "test_batch[\($0)]" })
    try check(data, rows: Self.ten)
  }

  @Test("the protocols of Python 3, and a table of names in protocol 0", arguments: [0, 2, 3, 4, 5])
  func protocols(number: Int) throws {
    let data = try ImageDataset.open(fixturePath("cifar-p\(number).tar.gz"))
    #expect(data.labelNames == ["airplane", "bird", "cat"])
    try check(data, rows: Self.ten)
  }

  @Test("CIFAR-100: fine labels, or the coarse ones by their name")
  func hundred() throws {
    let path = fixturePath("cifar-100-python.tar.gz")
    let fine = try ImageDataset.open(path)
    #expect(fine.labelNames == ["apple", "aquarium_fish", "baby"])
    #expect(
      fine.recognition.summary.contains("CIFAR's Python batches of 32×32 in colour: train, test with fine_labels"))
    try check(fine, rows: ["train": 24, "test": 6])
    var options = DatasetOptions()
    options.labels = "coarse_labels"
    let coarse = try ImageDataset.open(path, options: options)
    #expect(coarse.labelNames == ["fish", "fruit"])
    #expect(coarse.examples(in: .test).map(\.label) == [0, 1, 0, 1, 0, 1])
    options.labels = "labels"
    #expect(
      failure(path, options)
        == "DATA/cifar-100-python.tar.gz/cifar-100-python/train: data: no labels beside it; there are "
        + "batch_label, data, filenames, fine_labels, coarse_labels")
  }

  // MARK: - Files that the test writes

  /// Opcodes that make a value, as Python 2 writes them.
  private func string(_ text: String) -> [UInt8] { [0x55, UInt8(text.utf8.count)] + Array(text.utf8) }
  private func number(_ number: Int) -> [UInt8] {
    [0x4A] + (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
  private func list(_ elements: [[UInt8]]) -> [UInt8] { Array("](".utf8) + elements.joined() + Array("e".utf8) }
  private func tuple(_ elements: [[UInt8]]) -> [UInt8] { Array("(".utf8) + elements.joined() + Array("t".utf8) }

  private func array(
    _ shape: [Int], _ bytes: [UInt8], type: String = "u1", order: String = "|", fortran: Bool = false
  ) -> [UInt8] {
    let dtype =
      Array("cnumpy\ndtype\n".utf8) + tuple([string(type), number(0), number(1)]) + Array("R".utf8)
      + tuple([number(3), string(order), Array("NNN".utf8), number(-1), number(-1), number(0)]) + Array("b".utf8)
    let content = Array("T".utf8) + Array(number(bytes.count).dropFirst()) + bytes
    return Array("cnumpy.core.multiarray\n_reconstruct\n".utf8)
      + tuple([Array("cnumpy\nndarray\n".utf8), tuple([number(0)]), string("b")]) + Array("R".utf8)
      + tuple([number(1), tuple(shape.map(number)), dtype, [fortran ? 0x88 : 0x89], content]) + Array("b".utf8)
  }

  private func pickle(_ entries: KeyValuePairs<String, [UInt8]>) -> [UInt8] {
    [0x80, 2] + Array("}(".utf8) + entries.flatMap { string($0) + $1 } + Array("u.".utf8)
  }

  private func batch(_ rows: Int, labels: [Int]? = nil) -> [UInt8] {
    pickle([
      "data": array([rows, 12], (0..<rows).flatMap { [UInt8](repeating: UInt8($0), count: 12) }),
      "labels": list((labels ?? (0..<rows).map { $0 % 2 }).map(number)),
    ])
  }

  private func failure(_ path: String, _ options: DatasetOptions = DatasetOptions()) -> String {
    do {
      _ = try ImageDataset.open(path, options: options)
      return "no error"
    } catch {
      return "\(error)".replacing(folder.path, with: "DATA")
        .replacing((fixturePath("cifar-p2.tar.gz") as NSString).deletingLastPathComponent, with: "DATA")
    }
  }

  @Test("without names and a test batch; the folder in a folder; batches by their numbers")
  func plain() throws {
    for name in ["data_batch_10", "data_batch_2"] { try folder.write("root/cifar/\(name)", batch(10)) }
    let path = "\(folder.path)/root"
    let data = try ImageDataset.open(path)
    #expect(data.labelNames == ["0", "1"])
    #expect(
      data.recognition.notes == [
        "\(path)/cifar: no file with the names of the classes: they are called by their numbers"
      ])
    #expect(
      data.recognition.summary
        == "\(path): CIFAR's Python batches of 2×2 in colour: data_batch_2, data_batch_10 with labels · 2 classes: 0 7, 1 7 "
        + "· 14 training, 2 validation (held out), 4 test (held out)")
    let row = try #require(
      data.examples(in: .train).firstIndex { $0.name == "data_batch_10[3]" || $0.name == "data_batch_10[4]" })
    let value = try #require(UInt8(String(data.examples(in: .train)[row].name.dropLast().last!)))
    #expect(try data.content(.train, row) == [UInt8](repeating: value, count: 12))
    #expect(
      failure("\(path)/cifar/data_batch_2")
        == "DATA/root/cifar/data_batch_2: one of CIFAR's batches: give the folder that has them all, --data DATA/root/cifar"
    )
  }

  @Test("grey pictures, floating point, labels of NumPy's")
  func otherArrays() throws {
    let half: [UInt8] = [0, 0, 0, 0x3F]
    let one: [UInt8] = [0, 0, 0x80, 0x3F]
    let rows = 12
    try folder.write(
      "data_batch_1",
      pickle([
        "data": array([rows, 4], (0..<rows).flatMap { _ in half + one + half + one }, type: "f4", order: "<"),
        "labels": array([rows], (0..<rows).flatMap { [0, UInt8($0 % 2)] }, type: "i2", order: ">"),
      ]))
    let data = try ImageDataset.open(folder.path)
    #expect(data.imageSize == ImageSize(height: 2, width: 2))
    #expect(
      data.recognition.notes.first
        == "\(folder.path)/data_batch_1: data: the largest value is at most 1, which is white")
    #expect(try data.content(.train, 0) == [128, 255, 128, 255])
    #expect(data.examples(in: .train).allSatisfy { Int($0.label) == Int($0.name.dropFirst(13).dropLast())! % 2 })
  }

  @Test("what is wrong is one line, and nothing is run")
  func refusals() throws {
    let place = "DATA/data_batch_1"
    func write(_ bytes: [UInt8], to name: String = "data_batch_1") throws -> String {
      try folder.write(name, bytes)
      return failure(folder.path)
    }
    let whole = batch(4)
    #expect(
      try write([0x80, 2] + Array("cposix\nsystem\n".utf8) + tuple([string("id")]) + Array("R.".utf8))
        == "\(place): the pickle asks for posix.system, which was not run: no pictures need it")
    #expect(
      try write([0x80, 2] + Array("K\u{1}.".utf8)).hasPrefix(
        "\(place): a Python pickle of something else than a dictionary; "))
    #expect(
      try write(Array(whole.dropLast(3))).hasPrefix(
        "\(place): a pickle that is cut short, or has more than 8 MiB beside"))
    #expect(try write([0x80, 2] + Array("}Fu.".utf8)).hasPrefix("\(place): a pickle that is cut short"))
    #expect(try write([0x80, 2] + Array("}K\u{1}u.".utf8)).hasPrefix("\(place): a damaged pickle (at byte 6)"))
    #expect(
      try write([0x80, 2] + Array("}P1\n.".utf8)) == "\(place): a pickle with the opcode 0x50, which no pictures need")
    #expect(try write(pickle(["labels": list([])])) == "\(place): no array data; there are labels")
    #expect(
      try write(pickle(["data": array([4, 12], [1])]))
        == "\(place): data: 1 bytes, expected 48 for 4×12: get the file again")
    #expect(
      try write(pickle(["data": array([4, 5], [UInt8](repeating: 0, count: 20))])).hasPrefix(
        "\(place): data: the shape 4×5 is not"))
    #expect(
      try write(pickle(["data": array([4, 12], [UInt8](repeating: 0, count: 48))]))
        == "\(place): data: no labels or fine_labels beside it; there are data")
    #expect(
      try write(pickle(["data": array([2, 2, 2, 1], [UInt8](repeating: 0, count: 8), fortran: true)]))
        .hasPrefix("\(place): data: stored in Fortran's order"))
    #expect(
      try write(pickle(["data": array([1, 1], [0], type: "O8")])).hasPrefix(
        "\(place): data: elements of NumPy's type |O8 are not"))
    #expect(
      try write(pickle(["data": array([1 << 30, 1 << 30], [0])]))
        == "\(place): data: a NumPy array that is not whole: get the file again")
    #expect(try write(batch(4, labels: [0, 1])) == "\(place): labels: 2 labels, but 4 pictures in \(place): data")
    #expect(
      try write(batch(4, labels: [0, 1, -1, 0])) == "\(place): labels[2]: no label: expected a whole number from 0")

    _ = try write(whole)
    #expect(
      try write(pickle(["label_names": list([string("a")])]), to: "batches.meta")
        == "\(place)[1]: the label 1, but 1 names in batches.meta")
    #expect(
      try write(pickle(["label_names": list([string("a"), string("a")])]), to: "batches.meta")
        == "DATA/batches.meta: two classes are called a")
    #expect(
      try write(pickle(["label_names": list([number(1)])]), to: "batches.meta")
        == "DATA/batches.meta: label_names[0]: not a text")
    _ = try write(pickle(["label_names": list([string("a"), string("b")])]), to: "batches.meta")
    try folder.write(
      "test_batch", pickle(["data": array([1, 27], [UInt8](repeating: 0, count: 27)), "labels": list([number(0)])]))
    #expect(
      failure(folder.path)
        == "DATA/test_batch: data: pictures of 3×3 in colour, channels first, but 2×2 in colour, channels first in \(place): data"
    )
  }

  @Test("a file that was cut anywhere, or has other bytes, is one line")
  func damaged() throws {
    let whole = batch(4)
    for length in whole.indices.dropFirst(2) {
      try folder.write("data_batch_1", whole[..<length])
      let error = #expect(throws: DatasetError.self, "\(length) bytes") { try ImageDataset.open(folder.path) }
      #expect(error?.description.contains("\n") == false)
    }
    var random = Philox(seed: 4)
    for _ in 0..<500 {
      var changed = whole
      for _ in 0...random.integer(below: 3) {
        changed[2 + random.integer(below: changed.count - 2)] ^= UInt8(1 + random.integer(below: 255))
      }
      try folder.write("data_batch_1", changed)
      do {
        _ = try ImageDataset.open(folder.path)
      } catch {
        #expect(error is DatasetError && !"\(error)".contains("\n"), "\(error)")
      }
    }
  }
}
