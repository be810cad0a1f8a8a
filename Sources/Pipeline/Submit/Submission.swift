import Core
import Crypto
import Foundation

/// The third stage: predicts the test split and writes a Kaggle submission.
public struct Submission {
  /// The stage's options.
  public struct Settings: Sendable {
    public var cache = CacheFolder("cache")
    public var format = SubmissionFormat.labels
    public var threads = ProcessInfo.processInfo.activeProcessorCount

    public init() {}
  }

  private let settings: Settings
  private let terminal: Terminal

  public init(_ settings: Settings, terminal: Terminal) {
    self.settings = settings
    self.terminal = terminal
  }

  /// Writes the submission, unless the one that is there was made from the same head and test cache.
  ///
  /// - Throws: ``PipelineError``, or an error of the module that met the bad input, each of one line.
  public func run() throws {
    let path = settings.cache.submission
    let test = try FeatureCache(settings.cache.features(of: .test))
    let headFile = try HeadFile(settings.cache.head)
    try headFile.origin.check(against: test.origin, path: headFile.path, otherPath: test.path)
    let provenance = Provenance([
      "head": headFile.key,
      "test": test.key,
      "format": settings.format.rawValue,
    ])
    if let record = SubmissionRecord(settings.cache.submissionProvenance), record.key == provenance.key,
      record.digest == (try? SubmissionRecord.digest(of: path))
    {
      terminal.note("\(path): up to date (\(grouped(record.rows)) rows\(record.accuracy.map { ", " + $0 } ?? ""))")
      return
    }
    try write(to: path, test: test, headFile: headFile, key: provenance.key)
  }

  private func write(to path: String, test: FeatureCache, headFile: HeadFile, key: String) throws {
    let pool = WorkerPool(threads: settings.threads)
    let classCount = headFile.labelNames.count
    let features = try test.matrix(for: headFile.head.architecture, pool: pool)
    let predicted = headFile.head.probabilities(of: features, on: pool)
    let accuracy = accuracyText(predicted, labels: try test.labels(), classCount: classCount)

    let rows = manifestRows(names: try test.filenames(), predicted: predicted, test: test, prior: headFile.classPrior)
    let text = settings.format.text(
      names: rows.names, classNames: headFile.labelNames, probabilities: rows.probabilities)
    try AtomicFile.replace(path, with: text)
    let record = SubmissionRecord(
      key: key, digest: try SubmissionRecord.digest(of: path), rows: rows.names.count, accuracy: accuracy)
    try AtomicFile.replace(settings.cache.submissionProvenance, with: try record.json())
    report(path, text: text, record: record)
  }

  /// The rows of the test cache, with those of images that could not be decoded put back in their places: they get the
  /// class prior, the share of each class among the training images.
  private func manifestRows(
    names: [String], predicted: [Float], test: FeatureCache, prior: [Float]
  ) -> (names: [String], probabilities: [Float]) {
    guard !test.skipped.isEmpty else { return (names, predicted) }
    let classCount = prior.count
    let skipped = Dictionary(uniqueKeysWithValues: test.skipped.map { ($0.row, $0) })
    var result: (names: [String], probabilities: [Float]) = ([], [])
    var next = 0
    for row in 0..<names.count + skipped.count {
      if let image = skipped[row] {
        result.names.append(image.name)
        result.probabilities += prior
      } else {
        result.names.append(names[next])
        result.probabilities += predicted[next * classCount..<(next + 1) * classCount]
        next += 1
      }
    }
    return result
  }

  /// The share of right predictions where the test labels are known; nil where none is.
  private func accuracyText(_ predicted: [Float], labels: [Int32], classCount: Int) -> String? {
    let known = labels.indices.filter { labels[$0] >= 0 }
    guard !known.isEmpty else { return nil }
    let right = known.count { row in
      mostProbable(predicted[row * classCount..<(row + 1) * classCount]) == Int(labels[row])
    }
    let share = fixed(100 * Double(right) / Double(known.count), 2)
    return "test accuracy \(share) % (\(grouped(right)) of \(grouped(known.count)))"
  }

  private func report(_ path: String, text: String, record: SubmissionRecord) {
    terminal.note("\(path): \(grouped(record.rows)) rows; the first:")
    for line in text.split(separator: "\n").prefix(4) { terminal.note("  \(line)") }
    if let accuracy = record.accuracy { terminal.print(accuracy) }
    terminal.note("Upload it: kaggle competitions submit -c COMPETITION -f \(path) -m \"VGG16 conv features\"")
  }
}

/// What is kept beside the submission, which as a CSV file can't hold it: where it came from.
private struct SubmissionRecord: Codable {
  let key: String
  /// SHA-256 of the submission.
  let digest: String
  let rows: Int
  let accuracy: String?

  init(key: String, digest: String, rows: Int, accuracy: String?) {
    self.key = key
    self.digest = digest
    self.rows = rows
    self.accuracy = accuracy
  }

  /// The record at the path; nil where there is none that can be read.
  init?(_ path: String) {
    guard let data = FileManager.default.contents(atPath: path),
      let record = try? JSONDecoder().decode(SubmissionRecord.self, from: data)
    else { return nil }
    self = record
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  static func digest(of path: String) throws -> String {
    SHA256.hash(data: try Data(contentsOf: URL(fileURLWithPath: path))).hexadecimal
  }
}
