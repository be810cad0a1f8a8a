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
    let paths = try picturePaths()
    let pool = WorkerPool(threads: request.threads, terminal: terminal)
    let ensemble = try HeadEnsemble(at: request.head)
    if let csv = request.csv {
      try OutputPath(path: csv, option: "--csv").check(ensemble.cache(downloads: request.downloads), inputs: paths)
    }
    let usual = ensemble.file.spec.features.inputSize.usualBatchSize
    let classifier = try Classifier(
      ensemble, weights: request.weights, downloads: request.downloads, batchSize: min(usual, paths.count), pool: pool)
    let answers = try PictureAnswers(classifier: classifier, threads: request.threads, terminal: terminal)
      .answers(to: paths, each: report)
    if let csv = request.csv { try AtomicFile.replace(csv, with: table(answers, classes: classifier.classNames).utf8) }
    if answers.count > 1, !request.json { summarize(answers) }
    let failures = answers.count { if case .failure = $0.prediction { true } else { false } }
    guard failures == 0 else {
      throw PipelineError("\(grouped(failures)) of \(count(answers.count, "picture")) can't be read")
    }
  }

  // MARK: - Which pictures

  private func picturePaths() throws -> [String] {
    let paths = try request.paths.flatMap { path in
      if path == "-" { return try standardInput() }
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw PipelineError("\(path): no such file or folder")
      }
      return isFolder.boolValue ? try PictureFiles.list(in: path) : [path]
    }
    guard !paths.isEmpty else { throw PipelineError("\(request.paths.joined(separator: ", ")): no pictures here") }
    return paths
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

  private func report(_ answer: PictureAnswer) {
    switch answer.prediction {
    case .failure: terminal.warn(answer.refusal ?? answer.path)
    case .success(let prediction):
      let guesses = prediction.top(request.top)
      if request.json {
        terminal.print(JSONLine(path: answer.path, guesses: guesses).text)
      } else {
        let words = guesses.map { "\($0.name) \(percent($0.probability))" }
        terminal.print("\(answer.path): \(words.joined(separator: " · "))")
      }
    }
  }

  private func summarize(_ answers: [PictureAnswer]) {
    let names = answers.compactMap { try? $0.prediction.get().best.name }
    let counts = Dictionary(grouping: names, by: \.self).mapValues(\.count).sorted {
      ($1.value, $0.key) < ($0.value, $1.key)
    }
    let words = counts.map { "\($0.key) \(grouped($0.value))" }.joined(separator: ", ")
    terminal.note("\(count(names.count, "picture")): \(words)")
  }

  /// path, class, probability, and a column for each class.
  private func table(_ answers: [PictureAnswer], classes: [String]) -> String {
    let rows = answers.compactMap { answer in
      (try? answer.prediction.get()).map { prediction in
        CommaSeparated.line(
          [answer.path, prediction.best.name, "\(prediction.best.probability)"]
            + prediction.probabilities.map { "\($0)" })
      }
    }
    return CommaSeparated.line(["path", "class", "probability"] + classes) + rows.joined()
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
