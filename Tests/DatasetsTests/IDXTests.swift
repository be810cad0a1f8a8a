import Core
import Datasets
import Foundation
import Testing

@Suite("IDX files")
struct IDXTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private static func idx(_ shape: [Int], _ values: [UInt8]) -> [UInt8] {
    [0, 0, 8, UInt8(shape.count)] + shape.flatMap { [UInt8]([0, 0, UInt8($0 >> 8), UInt8($0 & 255)]) } + values
  }

  /// Ten training pictures of 2×3, picture i filled with i, i + 1, …; labels 3 and 5 in turn; one test picture.
  private func write(prefix: String = "") throws {
    let pixels = (0..<10).flatMap { picture in (0..<6).map { UInt8(picture + $0) } }
    try folder.write("\(prefix)train-images-idx3-ubyte", Self.idx([10, 2, 3], pixels))
    try folder.write("\(prefix)train-labels-idx1-ubyte", Self.idx([10], (0..<10).map { $0 % 2 == 0 ? 3 : 5 }))
    try folder.write("\(prefix)t10k-images-idx3-ubyte", Self.idx([1, 2, 3], [1, 2, 3, 4, 5, 6]))
    try folder.write("\(prefix)t10k-labels-idx1-ubyte", Self.idx([1], [5]))
  }

  @Test("train held out by class, test as it is with its labels")
  func mnist() throws {
    try write()
    let data = try ImageDataset.open(folder.path, options: DatasetOptions(validFraction: 0.2))
    #expect(data.kind == .idx)
    #expect(data.labelNames == ["3", "5"])
    #expect(data.imageSize == ImageSize(height: 2, width: 3))
    #expect(Split.allCases.map { data.examples(in: $0).count } == [8, 2, 1])
    #expect(data.examples(in: .test) == [Example(name: "1", label: 1)])
    #expect(try data.image(.test, 0) == Image(height: 2, width: 3, channels: 1, pixels: [1, 2, 3, 4, 5, 6]))
    let first = try #require(data.examples(in: .train).first)
    #expect(try data.image(.train, 0).pixels.first == UInt8(first.name)! - 1)
  }

  @Test("EMNIST's pictures are turned")
  func emnist() throws {
    try write(prefix: "emnist-digits-")
    let data = try ImageDataset.open(folder.path)
    #expect(try data.image(.test, 0) == Image(height: 3, width: 2, channels: 1, pixels: [1, 4, 2, 5, 3, 6]))
  }

  @Test("one of several sets is named by its training pictures")
  func sets() throws {
    try write(prefix: "emnist-digits-")
    try write(prefix: "emnist-letters-")
    let data = try ImageDataset.open("\(folder.path)/emnist-letters-train-images-idx3-ubyte")
    #expect(data.kind == .idx)
    #expect(data.examples(in: .test).count == 1)
  }

  @Test("what is wrong is said in one line")
  func errors() throws {
    func error() -> String? {
      do {
        _ = try ImageDataset.open(folder.path)
        return nil
      } catch {
        return String(describing: error)
      }
    }
    try write()
    let images = "\(folder.path)/train-images-idx3-ubyte"
    try folder.write("train-images-idx3-ubyte", Self.idx([10, 2, 3], [1, 2]))
    #expect(error() == "\(images): 2 bytes after the header, expected 60 for [10, 2, 3]: get the file again")
    try folder.write("train-images-idx3-ubyte", [0, 0, 8, 3] + [UInt8](repeating: 255, count: 12))
    #expect(error()?.hasPrefix("\(images): dimensions [4294967295, 4294967295, 4294967295]") == true)
    try folder.write("train-images-idx3-ubyte", Self.idx([10], [1]))
    #expect(error() == "\(images): not an IDX file of bytes in 3 dimensions")
    try write()
    let labels = "\(folder.path)/train-labels-idx1-ubyte"
    try folder.write("train-labels-idx1-ubyte", Self.idx([2], [3, 5]))
    #expect(error() == "\(labels): 2 labels, but 10 pictures in \(images)")
    try FileManager.default.removeItem(atPath: labels)
    #expect(error()?.contains("expected train-labels-idx1-ubyte") == true)
    try write()
    try folder.write("emnist-train-images-idx3-ubyte", "")
    #expect(error()?.hasSuffix("say which with --data \(folder.path)/emnist-train-images-idx3-ubyte") == true)
  }
}
