import Classification
import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Storage
import Support

/// Classifies picture files with a trained head, and prints what each shows.
public struct Predicting: Sendable {
  /// What is asked for.
  public struct Request: Sendable {
    /// Files, folders (of which all pictures are taken), or `-` for a list of paths on standard input.
    public var paths: [String]
    /// A cache folder in which a head was trained, or a head file.
    public var head = "cache"
    /// A folder that has weights where the cache folder has none.
    public var downloads: String?
    /// A weight file; nil: the one that the head is for, in the cache folder.
    public var weights: String?
    /// How many of the most probable classes are printed for each picture.
    public var top = 1
    /// A line of JSON for each picture.
    public var json = false
    /// A table of all probabilities is written to this file.
    public var csv: String?
    public var threads = ProcessInfo.processInfo.activeProcessorCount

    public init(paths: [String]) {
      self.paths = paths
    }
  }

  private let request: Request
  private let terminal: Terminal

  public init(_ request: Request, terminal: Terminal) {
    self.request = request
    self.terminal = terminal
  }

  /// - Throws: ``PipelineError``, also where some of the pictures can't be read, after the others are answered; as
  ///   ``Classifier``.
  public func run() throws {
    let (paths, failures) = try pictures()
    // A single one says it all.
    if paths.isEmpty, let only = failures.first, failures.count == 1 { throw only }
    let pool = WorkerPool(threads: request.threads, terminal: terminal)
    let ensemble = try HeadEnsemble(at: request.head)
    if let csv = request.csv {
      try OutputPath(path: csv, option: "--csv").check(ensemble.cache(downloads: request.downloads), inputs: paths)
    }
    let tally = Tally(table: request.csv == nil ? nil : Self.header(ensemble.file.labelNames))
    for failure in failures { report(.init(path: failure.subject ?? "", prediction: .failure(failure)), tally) }
    if !paths.isEmpty {
      let usual = ensemble.file.spec.features.inputSize.usualBatchSize
      let classifier = try Classifier(
        ensemble, weights: request.weights, downloads: request.downloads, batchSize: min(usual, paths.count), pool: pool
      )
      try PictureAnswers(classifier: classifier, threads: request.threads, terminal: terminal)
        .answer(paths) { report($0, tally) }
    }
    if let csv = request.csv, let table = tally.table { try AtomicFile.replace(csv, with: table.utf8) }
    if tally.total > 1, !request.json { summarize(tally) }
    guard tally.failureCount == 0 else {
      throw PipelineError("\(grouped(tally.failureCount)) of \(count(tally.total, "picture")) can't be read")
    }
  }

  /// What is kept of the answers: a number for each class, and the table where one is wanted.
  private final class Tally {
    var counts: [String: Int] = [:]
    var failureCount = 0
    var table: String?

    init(table: String?) {
      self.table = table
    }

    var answeredCount: Int { counts.values.reduce(0, +) }
    var total: Int { answeredCount + failureCount }
  }

  // MARK: - Which pictures

  /// The pictures that seem to be there, and what is wrong with the rest.
  ///
  /// - Throws: ``PipelineError`` where there are neither; as ``standardInput()``.
  private func pictures() throws -> (paths: [String], failures: [DatasetError]) {
    var (paths, failures): ([String], [DatasetError]) = ([], [])
    for path in try request.paths.flatMap({ $0 == "-" ? try standardInput() : [$0] }) {
      var isFolder: ObjCBool = false
      if let obstacle = PictureFiles.obstacle(path) {
        failures.append(obstacle)
      } else if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
        let found = PictureFiles.find(in: path)
        paths += found.pictures
        failures += found.failures
      } else {
        paths.append(path)
      }
    }
    guard !paths.isEmpty || !failures.isEmpty else {
      throw PipelineError("\(request.paths.joined(separator: ", ")): no pictures here")
    }
    return (paths, failures)
  }

  /// A path a line.
  ///
  /// - Throws: ``PipelineError`` where it is closed, or can't be read.
  private func standardInput() throws -> [String] {
    do {
      return String(decoding: try FileHandle.standardInput.readToEnd() ?? Data(), as: UTF8.self)
        .split(whereSeparator: \.isNewline).map(String.init)
    } catch {
      throw PipelineError("standard input: the list of pictures can't be read")
    }
  }

  // MARK: - What is said

  private func report(_ answer: PictureAnswer, _ tally: Tally) {
    switch answer.prediction {
    case .failure(let error):
      terminal.warn("\(error)")
      tally.failureCount += 1
    case .success(let prediction):
      let guesses = prediction.top(request.top)
      if request.json {
        terminal.print(JSONLine(path: answer.path, guesses: guesses).text)
      } else {
        let words = guesses.map { "\($0.name) \(percent($0.probability))" }
        terminal.print("\(answer.path): \(words.joined(separator: " · "))")
      }
      tally.counts[prediction.best.name, default: 0] += 1
      tally.table?.append(Self.row(answer.path, prediction))
    }
  }

  private func summarize(_ tally: Tally) {
    let counts = tally.counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let words = counts.map { "\($0.key) \(grouped($0.value))" }.joined(separator: ", ")
    terminal.note("\(count(tally.answeredCount, "picture")): \(words)")
  }

  // MARK: - The table: path, class, probability, and a column for each class

  private static func header(_ classes: [String]) -> String {
    CommaSeparated.line(["path", "class", "probability"] + classes)
  }

  private static func row(_ path: String, _ prediction: Prediction) -> String {
    CommaSeparated.line(
      [path, prediction.best.name, "\(prediction.best.probability)"] + prediction.probabilities.map { "\($0)" })
  }
}

/// `{"class":"cat","path":"photo.jpg","probability":0.97,"top":[…]}`
private struct JSONLine: Encodable {
  struct Guess: Encodable {
    let `class`: String
    let probability: Float
  }

  let path: String
  let `class`: String
  let probability: Float
  let top: [Guess]

  init(path: String, guesses: [Prediction.Guess]) {
    self.path = path
    (self.class, probability) = (guesses[0].name, guesses[0].probability)
    top = guesses.map { Guess(class: $0.name, probability: $0.probability) }
  }

  var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
  }
}
