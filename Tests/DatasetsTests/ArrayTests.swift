import Core
import Datasets
import Foundation
import Testing

@Suite("Arrays of pictures")
struct ArrayTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What Fixtures/make_arrays.py gives a row.
  private func picture(_ row: Int, _ size: ImageSize, channels: Int) -> Image {
    var pixels: [UInt8] = []
    for y in 0..<size.height {
      for x in 0..<size.width {
        for channel in 0..<channels { pixels.append(UInt8((7 * row + 5 * y + 3 * x + 11 * channel) % 256)) }
      }
    }
    return Image(height: size.height, width: size.width, channels: channels, pixels: pixels)
  }

  /// All rows of all splits are what the script wrote, under their names and with their labels.
  private func check(_ data: ImageDataset, _ keys: [Split: String], _ size: ImageSize, channels: Int) throws {
    for (split, key) in keys {
      let examples = data.examples(in: split)
      #expect(!examples.isEmpty)
      for (index, example) in examples.enumerated() {
        let row = try #require(Int(example.name.dropFirst(key.count + 1).dropLast()))
        #expect(example.name == "\(key)[\(row)]")
        #expect(example.label == Int32(row % 3))
        #expect(try data.image(split, index) == picture(row, size, channels: channels))
      }
    }
  }

  @Test("Keras' names: a test split, and a part held out for validation")
  func keras() throws {
    let path = fixturePath("keras.npz")
    let data = try ImageDataset.open(path)
    #expect(data.kind == .arrays)
    #expect(data.labelNames == ["0", "1", "2"])
    #expect(
      data.recognition.summary
        == "\(path): arrays of 6×5: x_train with y_train, x_test with y_test · 3 classes: 0 9, 1 9, 2 9 "
        + "· 27 training, 3 validation (held out), 9 test")
    try check(
      data, [.train: "x_train", .valid: "x_train", .test: "x_test"], ImageSize(height: 6, width: 5), channels: 1)
  }

  @Test("MedMNIST's names: three splits, deflated, in colour")
  func medMNIST() throws {
    let data = try ImageDataset.open(fixturePath("medmnist.npz"))
    #expect(Split.allCases.map { data.examples(in: $0).count } == [12, 6, 3])
    let keys = [Split.train: "train_images", .valid: "val_images", .test: "test_images"]
    try check(data, keys, ImageSize(height: 4, width: 7), channels: 3)
  }

  @Test("HDF5 in chunks, and what is neither pictures nor labels is said")
  func hdf5() throws {
    let data = try ImageDataset.open(fixturePath("signs.h5"))
    #expect(data.recognition.notes == ["ignored beside them: list_classes"])
    try check(data, [.train: "train_set_x", .test: "test_set_x"], ImageSize(height: 5, width: 5), channels: 3)
  }

  @Test("HDF5 with channels first and texts as labels")
  func channelsFirst() throws {
    let data = try ImageDataset.open(fixturePath("channels.h5"))
    #expect(data.labelNames == ["cat", "dog", "owl"])
    #expect(data.recognition.summary.contains("arrays of 4×6 in colour, channels first: data/images with data/labels"))
    let keys = [Split.train: "data/images", .valid: "data/images", .test: "data/images"]
    try check(data, keys, ImageSize(height: 4, width: 6), channels: 3)
  }

  @Test("floating point from 0 to 1, one column a class")
  func floats() throws {
    let path = fixturePath("floats.npz")
    let data = try ImageDataset.open(path)
    #expect(data.recognition.notes == ["\(path): X: the largest value is at most 1, which is white"])
    try check(data, [.train: "X", .test: "X"], ImageSize(height: 4, width: 6), channels: 3)
  }

  @Test("arrays that the user names")
  func named() throws {
    var options = DatasetOptions()
    (options.images, options.labels) = ("x_test", "y_test")
    let data = try ImageDataset.open(fixturePath("keras.npz"), options: options)
    let counts: [Int] = Split.allCases.map { data.examples(in: $0).count }
    #expect(counts.reduce(0, +) == 9)
    #expect(data.recognition.notes == ["ignored beside them: x_train, y_train"])
    try check(data, [.train: "x_test"], ImageSize(height: 6, width: 5), channels: 1)
  }

  @Test("a folder of .npy files is what their .npz is")
  func folderOfFiles() throws {
    try npy("x_train", "|u1", [6, 2, 2], (0..<24).map { UInt8($0) })
    try npy("y_train", "<i2", [6], [0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0])
    let data = try ImageDataset.open(folder.path)
    let names = Split.allCases.flatMap { data.examples(in: $0).map(\.name) }.sorted()
    #expect(names == (0..<6).map { "x_train[\($0)]" })
    #expect(try data.content(.train, 0).count == 4)
  }

  /// Writes a `.npy` file as numpy does.
  private func npy(_ name: String, _ type: String, _ shape: [Int], _ values: [UInt8], fortran: Bool = false) throws {
    let tuple = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let text = "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': (\(tuple)), }"
    let header = Array(text.utf8) + [UInt8](repeating: 0x20, count: 117 - text.utf8.count) + [0x0A]
    try folder.write("\(name).npy", [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + header + values)
  }

  private func failure(_ configure: (inout DatasetOptions) -> Void = { _ in }) -> String {
    var options = DatasetOptions()
    configure(&options)
    do {
      _ = try ImageDataset.open(folder.path, options: options)
      return "no error"
    } catch {
      return "\(error)".replacing(folder.path, with: "DATA")
    }
  }

  @Test("what can't be told is asked for, in one line")
  func refusals() throws {
    try npy("y_train", "|u1", [4], [0, 1, 0, 1])
    #expect(
      failure()
        == "DATA: the arrays y_train, of which none is seen to have training images: name them with --images KEY "
        + "--labels KEY")
    try npy("x_train", "<i2", [4, 1, 1], [0, 0, 1, 0, 0, 1, 0, 0])
    #expect(
      failure().hasPrefix("DATA/x_train.npy: values from 0.0 to 256.0: which is black and which is white can't be told")
    )
    try npy("x_train", "|u1", [4, 1, 1], [0, 1, 2])
    #expect(failure() == "DATA/x_train.npy: 131 bytes, expected 132 for 4×1×1: get the file again")
    try npy("x_train", "|u1", [3, 1, 1], [0, 1, 2])
    #expect(failure() == "DATA/y_train.npy: 4 labels, but 3 pictures in DATA/x_train.npy")
    try npy("x_train", "|u1", [4, 2], [UInt8](repeating: 7, count: 8))
    #expect(failure().hasPrefix("DATA/x_train.npy: the shape 4×2 is not that of pictures"))
    try npy("x_train", "|O", [4, 2], [])
    #expect(failure().hasPrefix("DATA/x_train.npy: elements of NumPy's type |O are not read"))
    try npy("x_train", "|u1", [2, 2, 2, 2], [UInt8](repeating: 7, count: 16), fortran: true)
    #expect(failure().hasPrefix("DATA/x_train.npy: stored in Fortran's order"))
    try npy("x_train", "|u1", [1 << 40, 1 << 40], [])
    #expect(failure().hasPrefix("DATA/x_train.npy: a NumPy array whose header is not understood"))
    try npy("x_train", "|u1", [4, 1, 1], [0, 1, 2, 3])
    try npy("x_train_small", "|u1", [4, 1, 1], [0, 1, 2, 3])
    #expect(
      failure() == "DATA: both x_train and x_train_small could be meant: say which with --images KEY --labels KEY")
    #expect(failure { $0.images = "x" }.hasPrefix("DATA: --images and --labels go together"))
    #expect(failure { ($0.images, $0.labels) = ("x", "y_train") }.hasPrefix("DATA: no array x; there are the arrays"))
    try npy("y", "|u1", [4, 2], [1, 0, 1, 1, 0, 1, 1, 0])
    #expect(
      failure { ($0.images, $0.labels) = ("x_train", "y") }
        == "DATA/y.npy[1]: not one class of 2: one label a picture is expected")
  }

  @Test("what is white is told by all arrays together, and asked for where it can't be told")
  func range() throws {
    let (zero, one, more, many): ([UInt8], [UInt8], [UInt8], [UInt8]) = (
      [0, 0, 0, 0], [0, 0, 0x80, 0x3F], [0, 0, 0xC0, 0x3F], [0, 0, 0x48, 0x43]
    )
    try npy("y_train", "|u1", [4], [0, 1, 0, 1])
    try npy("x_train", "<f4", [4, 1, 1], zero + one + one + more)
    #expect(
      failure()
        == "DATA/x_train.npy: the largest value is 1.5: which is black and which is white can't be told; save them as uint8, 0 "
        + "to 255, or as numbers from 0 to 1")

    // 200 of 255, so that the 1 in the other array is nearly black.
    try npy("x_train", "<f4", [4, 1, 1], zero + one + one + many)
    try npy("y_test", "|u1", [2], [0, 1])
    try npy("x_test", "<f4", [2, 1, 1], zero + one)
    let dark = try ImageDataset.open(folder.path)
    #expect(try (0..<2).map { try dark.content(.test, $0) } == [[0], [1]])

    // Bytes that are 0 and 1 alone are as the truth values that NumPy has for them.
    try npy("x_train", "|u1", [4, 1, 1], [0, 1, 1, 0])
    try npy("x_test", "|u1", [2, 1, 1], [0, 1])
    let masks = try ImageDataset.open(folder.path)
    #expect(try (0..<2).map { try masks.content(.test, $0) } == [[0], [255]])
    #expect(masks.recognition.notes == ["\(folder.path)/x_train.npy: the largest value is at most 1, which is white"])
    try npy("x_train", "|u1", [4, 1, 1], [0, 1, 2, 0])
    let bytes = try ImageDataset.open(folder.path)
    #expect(try (0..<2).map { try bytes.content(.test, $0) } == [[0], [1]])
    #expect(bytes.recognition.notes.isEmpty)
  }

  /// How each type writes a 1.
  static let ones: [(type: String, bytes: [UInt8])] = [
    ("<f2", [0, 0x3C]), ("<f4", [0, 0, 0x80, 0x3F]), (">f8", [0x3F, 0xF0, 0, 0, 0, 0, 0, 0]), ("<i4", [1, 0, 0, 0]),
    (">i8", [0, 0, 0, 0, 0, 0, 0, 1]), ("<u2", [1, 0]), ("|b1", [1]),
  ]

  @Test("numbers of every type and order", arguments: ones.indices)
  func types(index: Int) throws {
    let (type, one) = Self.ones[index]
    let zero = [UInt8](repeating: 0, count: one.count)
    try npy("x_train", type, [4, 1, 2], zero + one + one + zero + zero + zero + one + one)
    try npy(
      "y_train", "<U3", [4], [0, 1, 0, 1].flatMap { [UInt8(ascii: "a") + $0] + [UInt8](repeating: 0, count: 11) })
    let data = try ImageDataset.open(folder.path)
    #expect(data.labelNames == ["a", "b"])
    let pictures: [[UInt8]] = [[0, 255], [255, 0], [0, 0], [255, 255]]
    for split in Split.allCases {
      for (index, example) in data.examples(in: split).enumerated() {
        let row = try #require(Int(example.name.dropFirst(8).dropLast()))
        #expect(try data.image(split, index).pixels == pictures[row])
        #expect(example.label == Int32(row % 2))
      }
    }
  }

  @Test("a zip that unpacks to more than its header says, or is cut, is one line")
  func damaged() throws {
    let file = try fixture("medmnist.npz")
    for length in stride(from: 0, to: file.count - 1, by: 7) {
      let path = try folder.write("cut.npz", file[..<length])
      let error = #expect(throws: DatasetError.self, "\(length) bytes") { try ImageDataset.open(path) }
      #expect(error?.description.contains("\n") == false)
    }
    var random = Philox(seed: 3)
    for _ in 0..<200 {
      var file = file
      file[random.integer(below: file.count)] ^= UInt8(1 + random.integer(below: 255))
      let path = try folder.write("changed.npz", file)
      do {
        _ = try ImageDataset.open(path)
      } catch {
        #expect(error is DatasetError && !"\(error)".contains("\n"), "\(error)")
      }
    }
  }
}
