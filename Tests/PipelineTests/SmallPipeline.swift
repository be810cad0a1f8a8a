import Console
import Core
import FeatureStore
import Foundation
import Report
import Stages
import Synchronization
import Testing

/// All three stages on a data set of a few dozen drawings in Digit Recognizer's layout, at 32×32, in a folder of its own,
/// with a network that takes no time.
final class SmallPipeline {
  let folder: TemporaryFolder
  var extraction: ExtractionValues
  var fitting: FittingValues
  var submission: SubmissionValues

  static let classCount = 3
  static let trainRows = 36
  static let testRows = 10

  enum Network {
    /// ``TinyNetwork``.
    case tiny
    /// The real VGG16 that `./pipeline.sh setup` fetched: what the programs know, which take no other.
    case published
  }

  /// - Parameter seed: of the drawings.
  init(_ network: Network = .tiny, seed: UInt64 = 1) throws {
    folder = try TemporaryFolder()
    let cache = CacheFolder(folder.file("cache"))
    extraction = ExtractionValues(source: DataSource(folder.file("data")), cache: cache)
    extraction.features.size = 32
    submission = SubmissionValues(cache: cache)
    fitting = FittingValues(cache: cache)
    try writeData(seed: seed)
    try use(network)
    fitting.training.schedules = [LearningRateSchedule(phases: [.init(epochs: 3, rate: 1e-3)])]
    fitting.training.batchSize = 16
  }

  private func use(_ network: Network) throws {
    switch network {
    case .tiny:
      let path = folder.file("tiny.h5")
      try TinyNetwork.write(to: path)
      (extraction.features.weights, extraction.features.network) = (path, TinyNetwork.backbone)
      extraction.features.preprocessing = .caffe
    case .published: extraction.features.weights = try Self.weights()
    }
  }

  func extract() throws { try extraction.extraction().run() }
  func verify() throws { try extraction.extraction(Terminal(quiet: true) { _ in }).verify() }

  /// What `extract --explain` prints, warnings included.
  func explanation() throws -> String {
    let lines = Mutex<[String]>([])
    let add: @Sendable (String) -> Void = { line in lines.withLock { $0.append(line) } }
    try extraction.extraction(Terminal(quiet: false, errors: add, output: add)).explain()
    return lines.withLock { $0.joined(separator: "\n") }
  }

  func fitHead() throws { try fitting.fitting().run(completion: report.update) }
  func submit() throws { try submission.submission.run(completion: report.update) }

  private var report: Report {
    Report(fitting.cache, threads: fitting.execution.threads, terminal: Terminal(quiet: true))
  }

  func runAll() throws {
    try extract()
    try fitHead()
    try submit()
  }

  /// The bytes of a file in the cache folder.
  func bytes(_ name: String) throws -> Data { try folder.bytes("cache/" + name) }

  /// What is in the cache folder, hidden files and the history left out.
  func names() throws -> [String] { try folder.names(in: "cache").filter { !$0.hasPrefix(".") && $0 != "history" } }

  /// What is in a folder of the cache folder.
  func names(in folder: String) throws -> [String] { try self.folder.names(in: "cache/" + folder) }

  /// Writes train.csv and test.csv: drawings of bars whose direction tells the class, with noise.
  func writeData(seed: UInt64) throws { try Self.writeData(seed: seed, to: folder) }

  /// Writes them to the folder `data` of any folder.
  static func writeData(
    seed: UInt64, trainRows: Int = trainRows, testRows: Int = testRows, to folder: TemporaryFolder
  ) throws {
    var random = Philox(seed: seed)
    let header = (0..<784).map { "pixel\($0)" }.joined(separator: ",")
    let train = (0..<trainRows).map { "\($0 % classCount)," + drawing($0 % classCount, &random) }
    let test = (0..<testRows).map { drawing($0 % classCount, &random) }
    try folder.write("data/train.csv", Data((["label," + header] + train + [""]).joined(separator: "\n").utf8))
    try folder.write("data/test.csv", Data(([header] + test + [""]).joined(separator: "\n").utf8))
  }

  private static func drawing(_ label: Int, _ random: inout Philox) -> String {
    let place = 8 + random.integer(below: 12)
    let pixels = (0..<784).map { index in
      let (y, x) = (index / 28, index % 28)
      let distance = [abs(y - place), abs(x - place), abs((x + y) / 2 - place)][label]
      return min(255, (distance < 3 ? 200 : 0) + random.integer(below: 50))
    }
    return pixels.map(String.init).joined(separator: ",")
  }

  /// The weight file in the repository's cache folder.
  static func weights() throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.appendingPathComponent("cache/weights")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let name = try #require(
      names.filter { $0.hasSuffix(".onnx") || $0.hasSuffix(".h5") }.min(),
      "cache/weights has no VGG16 weights: run ./pipeline.sh setup first")
    return folder.appendingPathComponent(name).path
  }
}
