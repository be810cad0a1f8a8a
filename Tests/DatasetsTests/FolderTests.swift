import Core
import Datasets
import Foundation
import Testing

@Suite("Folders of pictures")
struct FolderTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Empty files do: pictures are not opened to list them.
  private func touch(_ names: [String]) throws {
    for name in names { try folder.write(name, "") }
  }

  private func names(_ data: ImageDataset, _ split: Split) -> [String] {
    data.examples(in: split).map(\.name)
  }

  private func error(_ options: DatasetOptions = DatasetOptions()) -> String? {
    do {
      _ = try ImageDataset.open(folder.path, options: options)
      return nil
    } catch {
      return String(describing: error)
    }
  }

  @Test("train, valid and test", arguments: ["valid", "val", "validation"])
  func threeFolders(valid: String) throws {
    try touch(["train/dogs/1.jpg", "train/cats/2.jpg", "train/cats/10.jpg", "\(valid)/dogs/3.jpg", "test/5.jpg"])
    try touch(["test/unknown/4.jpg", "test/cats/6.jpg", "models/x/1.jpg", "train.txt"])
    let data = try ImageDataset.open(folder.path)
    #expect(data.kind == .folders)
    #expect(data.imageSize == nil)
    #expect(data.labelNames == ["cats", "dogs"])
    #expect(
      data.examples(in: .train) == [
        Example(name: "cats/10.jpg", label: 0), Example(name: "cats/2.jpg", label: 0),
        Example(name: "dogs/1.jpg", label: 1),
      ])
    #expect(data.examples(in: .valid) == [Example(name: "dogs/3.jpg", label: 1)])
    #expect(
      data.examples(in: .test) == [
        Example(name: "5.jpg", label: -1), Example(name: "cats/6.jpg", label: 0),
        Example(name: "unknown/4.jpg", label: -1),
      ])
  }

  @Test("no folder for validation: a part of each class is held out")
  func heldOut() throws {
    for index in 0..<20 { try touch(["train/a/\(index).png", "train/b/\(index).png"]) }
    let data = try ImageDataset.open(folder.path, options: DatasetOptions(validFraction: 0.25))
    #expect(names(data, .valid).count { $0.hasPrefix("a/") } == 5)
    #expect(names(data, .valid).count { $0.hasPrefix("b/") } == 5)
    #expect(data.examples(in: .test).isEmpty)
    #expect(Set(names(data, .train)).union(names(data, .valid)).count == 40)
    let other = try ImageDataset.open(folder.path, options: DatasetOptions(seed: 3, validFraction: 0.25))
    #expect(names(other, .valid) != names(data, .valid))
  }

  @Test("class folders alone: dealt out to three splits")
  func classFolders() throws {
    for index in 0..<10 { try touch(["a/\(index).png", "b/\(index).png"]) }
    let data = try ImageDataset.open(folder.path)
    #expect(data.labelNames == ["a", "b"])
    #expect(Split.allCases.map { data.examples(in: $0).count } == [14, 2, 4])
    #expect(Split.allCases.flatMap { names(data, $0) }.count == Set(Split.allCases.flatMap { names(data, $0) }).count)
  }

  @Test("the order is that of the UTF-8 bytes, whatever the language; deeper folders belong to their class")
  func order() throws {
    try touch([
      "train/a/é.png", "train/a/z.png", "train/a/B.png", "train/a/x/1.png", "train/a/x.png", "train/a-b/1.png",
    ])
    let data = try ImageDataset.open(folder.path, options: DatasetOptions(validFraction: 0))
    #expect(data.labelNames == ["a", "a-b"])
    #expect(names(data, .train) == ["a-b/1.png", "a/B.png", "a/x.png", "a/x/1.png", "a/z.png", "a/é.png"])
  }

  @Test("hidden files and files of other kinds are no pictures; odd names are")
  func whatCounts() throws {
    try touch(["train/a/.DS_Store", "train/.git/x.png", "train/a/Thumbs.db", "train/a/notes.TXT", "train/readme.md"])
    try touch(["train/a/1.JPEG", "train/a/2", "train/a/3.jpg.v2", "train/b/4"])
    let data = try ImageDataset.open(folder.path, options: DatasetOptions(validFraction: 0))
    #expect(data.labelNames == ["a", "b"])
    #expect(names(data, .train) == ["a/1.JPEG", "a/2", "a/3.jpg.v2", "b/4"])
  }

  @Test("symbolic links are followed, but not in circles")
  func links() throws {
    try touch(["store/1.png", "data/a/2.png"])
    let data = "\(folder.path)/data"
    try FileManager.default.createSymbolicLink(atPath: "\(data)/b", withDestinationPath: "\(folder.path)/store")
    let options = DatasetOptions(validFraction: 0, testFraction: 0)
    #expect(try names(ImageDataset.open(data, options: options), .train) == ["a/2.png", "b/1.png"])
    try FileManager.default.createSymbolicLink(atPath: "\(data)/a/up", withDestinationPath: data)
    let error = #expect(throws: DatasetError.self) { try ImageDataset.open(data, options: options) }
    #expect(error?.description == "\(data)/a/up: a symbolic link to a folder above it: remove the link")
  }

  @Test("pictures are decoded by content, at their own size; content is the file's bytes")
  func pictures() throws {
    let jpeg = try DecoderTests.file("ycbcr 4:2:0.jpg")
    try folder.write("train/a/misnamed.png", jpeg)
    try touch(["train/b/1.png"])
    let data = try ImageDataset.open(folder.path)
    #expect(try data.image(.train, 0) == ImageDecoder.decode(jpeg))
    #expect(try data.content(.train, 0) == jpeg)
  }

  @Test("a picture that can't be decoded, or is gone, is an error that names it")
  func brokenPictures() throws {
    try folder.write("train/a/1.jpg", "no picture")
    try touch(["train/a/2.jpg", "train/b/1.jpg"])
    let data = try ImageDataset.open(folder.path, options: DatasetOptions(validFraction: 0))
    try FileManager.default.removeItem(atPath: "\(folder.path)/train/a/2.jpg")
    #expect(throws: DatasetError("\(folder.path)/train/a/1.jpg: not a \(ImageDecoder.formats) picture")) {
      try data.image(.train, 0)
    }
    #expect(throws: DatasetError("\(folder.path)/train/a/2.jpg: No such file or directory")) {
      try data.image(.train, 1)
    }
  }

  @Test("many threads read at once")
  func threads() async throws {
    let names = DecoderTests.cases.map(\.name)
    for example in DecoderTests.cases { try folder.write("train/a/\(example.name)", example.file) }
    try touch(["train/b/1.png"])
    let data = try ImageDataset.open(folder.path, options: DatasetOptions(validFraction: 0))
    #expect(Set(self.names(data, .train)) == Set(names.map { "a/\($0)" } + ["b/1.png"]))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for (index, example) in data.examples(in: .train).enumerated() where example.label == 0 {
            let expected = DecoderTests.cases.first { "a/\($0.name)" == example.name }!.expected
            let image = try data.image(.train, index)
            #expect(image == expected)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test("layouts that are none are refused in one line")
  func errors() throws {
    let path = folder.path
    let expected =
      "expected train/CLASS/ folders, CLASS/ folders, train.csv, train-images-idx3-ubyte, arrays (.npy), CIFAR's batches or "
      + "WebDataset's shards"
    #expect(error() == "\(path): no data set: \(expected)")
    try touch(["train.zip"])
    #expect(error() == "\(path): no data set: \(expected); give the archive, --data \(path)/train.zip")
    #expect(throws: DatasetError("\(path)/x: no such file or folder")) { try ImageDataset.open("\(path)/x") }
    try touch(["train/1.jpg"])
    #expect(
      error()
        == "\(path)/train: no class folders: expected \(path)/train/CLASS/PICTURE, one folder a class, or pictures named "
        + "as cat.0.jpg, or a table of their classes with --labels FILE")
    try touch(["train/a/1.jpg", "train/b/c.txt"])
    #expect(error() == "\(path)/train/b: no pictures in this class folder; c.txt is no picture")
    try touch(["train/b/1.jpg"])
    #expect(error() == "\(path)/train/1.jpg: in none of the class folders a, b")
    try FileManager.default.removeItem(atPath: "\(path)/train/1.jpg")
    try touch(["valid/c/1.jpg"])
    #expect(error() == "\(path)/valid/c/1.jpg: in none of the class folders a, b")
    #expect(error(DatasetOptions(kind: .sample)) == "\(path): a folder, expected a table for the kind mnist-5k")
    #expect(
      error(DatasetOptions(kind: .idx)) == "\(path): no file train-images-idx3-ubyte, plain or .gz, in this folder")
    #expect(error(DatasetOptions(kind: .digitRecognizer)) == "\(path): no train.csv here, plain, .gz or .zip")
  }

  @Test("a sample has as many pictures of each class as there are, and the same ones again")
  func limit() throws {
    for index in 0..<20 { try touch(["train/a/\(index).png", "train/b/\(index).png", "test/\(index).png"]) }
    try touch(["train/c/0.png", "train/c/1.png"])
    var options = DatasetOptions(validFraction: 0.1)
    options.limit = 9
    let data = try ImageDataset.open(folder.path, options: options)
    let classes = Dictionary(grouping: data.examples(in: .train), by: \.label).mapValues(\.count)
    #expect(classes == [0: 4, 1: 3, 2: 2])
    #expect(data.examples(in: .test).count == 9)
    #expect(data.examples(in: .valid).count == 4, "all that there are")
    #expect(names(data, .train) == names(data, .train).sorted())
    #expect(try names(ImageDataset.open(folder.path, options: options), .train) == names(data, .train))
    options.seed = 3
    #expect(try names(ImageDataset.open(folder.path, options: options), .train) != names(data, .train))
  }

  @Test("a named data set that is not there: how to get it")
  func missingSample() {
    let options = DatasetOptions(cacheFolder: folder.path)
    let message = "\(folder.path)/data/mnist_5k.csv.gz: no such file or folder: ./pipeline.sh setup gets it"
    #expect(throws: DatasetError(message)) { try ImageDataset.open("mnist-5k", options: options) }
  }
}
