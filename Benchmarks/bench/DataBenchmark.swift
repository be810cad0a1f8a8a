import ArgumentParser
import Datasets
import Foundation

struct DataBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Measures how long data sets take to open: Kaggle's train.csv, and a folder of many files.")

  @Option(help: "Rows of the table, a label and 28×28 pixels each.") var rows = 42_000
  @Option(help: "Files in the folder, in ten classes.") var files = 100_000
  @Option(help: "How often each is opened.") var repeats = 5

  func validate() throws {
    guard rows >= 10, files >= 10, repeats >= 1 else { throw ValidationError("Ten rows, ten files, once at least.") }
  }

  func run() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)

    let table = folder.appendingPathComponent("train.csv")
    try writeTable(to: table)
    let parsing = try medianTime(of: table)
    print(String(format: "train.csv, %d rows: %.3f s", rows, parsing))

    let pictures = folder.appendingPathComponent("pictures")
    try writeFiles(to: pictures)
    let listing = try medianTime(of: pictures)
    print(String(format: "a folder of %d files: %.3f s", files, listing))
  }

  /// The seconds that a data set takes to open, the files being in the system's cache.
  private func medianTime(of data: URL) throws -> Double {
    try (0..<repeats).map { _ in try seconds { _ = try ImageDataset.open(data.path) } }.median
  }

  /// A fifth of the pixels are not black, as in MNIST.
  private func writeTable(to url: URL) throws {
    var random = SplitMix64(state: 1)
    let pictures = (0..<100).map { _ in
      (0..<784).map { _ in random.next() % 5 == 0 ? ",\(random.next() % 256)" : ",0" }.joined()
    }
    let header = "label" + (0..<784).map { ",pixel\($0)" }.joined() + "\n"
    let lines = (0..<rows).map { "\($0 % 10)\(pictures[$0 % pictures.count])\n" }
    try Data((header + lines.joined()).utf8).write(to: url)
  }

  private func writeFiles(to folder: URL) throws {
    for label in 0..<10 {
      let classFolder = folder.appendingPathComponent("train/c\(label)")
      try FileManager.default.createDirectory(at: classFolder, withIntermediateDirectories: true)
      for file in stride(from: label, to: files, by: 10) {
        try Data([0]).write(to: classFolder.appendingPathComponent("img_\(file).jpg"))
      }
    }
  }
}
