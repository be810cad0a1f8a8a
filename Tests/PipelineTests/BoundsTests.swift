import Core
import Foundation
import Testing

/// What can't be had is said in one line, before anything is begun.
@Suite struct BoundsTests {
  @Test(arguments: [
    "extract --size 31", "extract --size 8193", "extract --size 9223372036854775807", "extract --extract-batch-size 0",
    "extract --extract-batch-size 65537", "extract --threads 0", "extract --threads 1025", "extract --limit 0",
    "extract --limit 9223372036854775807", "extract --augment 256", "extract --augment -1", "extract --shards 0",
    "extract --shards 9223372036854775807", "extract --shard 1/9223372036854775807", "extract --part-seconds inf",
    "extract --part-seconds nan", "extract --valid-fraction nan", "extract --rotation nan", "extract --max-skipped nan",
    "fit-head --hidden 0", "fit-head --hidden 65537", "fit-head --threads 99999",
    "fit-head --memory 9223372036854775807",
    "fit-head --memory -1", "fit-head --ensemble 1001", "fit-head --batch-size 65537", "fit-head --dropout nan",
    "fit-head --l2 nan", "fit-head --label-smoothing nan", "fit-head --schedule 100001@1e-3", "fit-head --patience 0",
    "fit-head --augmented-passes 256", "fit-head --pseudo-label test:nan", "submit --augmented-passes 256",
    "submit --threads 0", "submit --clip nan",
  ])
  func numbersThatMakeNoSense(command: String) throws {
    let folder = try TemporaryFolder()
    let words = command.split(separator: " ").map(String.init)
    let process = try ProgramProcess(words[0], ["\(words[1])=\(words[2])"], log: folder)
    #expect(process.wait(seconds: 20) == 64, "\(process.output)")
    #expect(
      process.output.hasPrefix("Error: ") && process.output.split(separator: "\n").count == 1, "\(process.output)")
  }

  @Test func moreThanTheMemory() throws {
    let pipeline = try SmallPipeline()
    pipeline.extraction.features.size = 8192
    pipeline.extraction.execution.batchSize = 65_536
    expectRefusal("--size 8192 with batches of 65,536 on 2 threads needs ") { try pipeline.extract() }
    #expect(try pipeline.names() == [])
    pipeline.extraction.features.size = 64
    pipeline.extraction.execution.batchSize = nil
    try pipeline.extract()
    pipeline.fitting.heads.designs = [.hidden(Array(repeating: 65_536, count: 32))]
    expectRefusal("training 1 head, 1 at once (max_pooling2d · flatten") { try pipeline.fitHead() }
    #expect(try !pipeline.names().contains("head.weights.h5"))
  }

  /// A file of absurd length, which takes no room on the disk.
  @Test func aFileLargerThanTheMemory() throws {
    let folder = try TemporaryFolder()
    truncate(try folder.write("train.csv", Data("label,pixel0\n".utf8)), 1 << 42)
    let process = try ProgramProcess("extract", ["--data", "train.csv"], log: folder)
    #expect(process.wait(seconds: 20) == 1)
    #expect(process.output.hasPrefix("Error: train.csv: needs 4.1e+03 GiB of memory, "), "\(process.output)")
  }

  /// Whatever the limit: the work is done, or there is one line.
  /// macOS limits neither a user's processes in this way nor address space.
  private static let limited = FileManager.default.fileExists(atPath: "/proc") ? ["-n", "-u", "-v"] : ["-n"]

  @Test(arguments: limited) func limits(of option: String) throws {
    let folder = try TemporaryFolder()
    try Photographs(perClass: 4).write(to: folder)
    let values =
      ["-n": Array(4...16), "-u": Array(1...16), "-v": Array(stride(from: 200_000, through: 1_400_000, by: 100_000))]
    var ends: Set<Int32> = []
    for value in values[option]! {
      // Root has no limit of processes.
      let user = option == "-u" && geteuid() == 0 ? "setpriv --reuid 65534 --clear-groups" : ""
      let cache = folder.file("cache\(value)")
      try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
      chmod(folder.path, 0o777)
      chmod(cache, 0o777)
      let process = try ExtractProcess(
        in: folder, ["--cache", cache, "--threads", "4"],
        shell: "ulimit \(option) \(value); exec \(user) " + #""$@""#)
      let status = process.wait(seconds: 60)
      ends.insert(status ?? -1)
      #expect(status == 0 || status == 1, "ulimit \(option) \(value): \(process.output)")
      #expect(process.errorLines.count == (status == 0 ? 0 : 1), "ulimit \(option) \(value): \(process.output)")
      #expect(!process.output.contains("Backtrac"), "ulimit \(option) \(value): \(process.output)")
    }
    #expect(ends == [0, 1], "some limits are large enough, and some are not")
  }

  @Test func aPoolMakesDoWithTheThreadsThatThereAre() throws {
    #expect(WorkerPool(threads: 3).shortage == nil)
    #expect(WorkerPool(threads: 3).threadCount == 3)
  }

  private func expectRefusal(_ words: String, _ body: () throws -> Void) {
    do {
      try body()
      Issue.record("was not refused: expected \(words)")
    } catch {
      #expect("\(error)".hasPrefix(words) && !"\(error)".contains("\n"), "\(error)")
    }
  }
}
