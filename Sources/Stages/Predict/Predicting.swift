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
  /// How pictures are answered.
  public struct Form: Sendable {
    /// How many of the most probable classes are printed for each picture.
    public var top: Int
    /// A line of JSON for each picture.
    public var json: Bool
    /// A table of all probabilities is written to this file.
    public var csv: String?
    /// Where the network looks in the only picture is written to this file.
    public var explanation: String?

    public init(top: Int = 1, json: Bool = false, csv: String? = nil, explanation: String? = nil) {
      (self.top, self.json, self.csv, self.explanation) = (top, json, csv, explanation)
    }
  }

  private let paths: [String]
  private let head: HeadSource
  private let form: Form
  private let decision: DecisionRequest?
  private let threads: Int
  private let terminal: Terminal

  /// - Parameters:
  ///   - paths: files, folders (of which all pictures are taken), or `-` for a list of paths on standard input.
  ///   - head: who answers.
  ///   - form: how it is said.
  ///   - decision: which of two classes is answered; the more probable one where nil.
  ///   - threads: that read and compute; no influence on the answers.
  ///   - terminal: gets the answers.
  public init(
    _ paths: [String], with head: HeadSource, as form: Form = Form(),
    decidedBy decision: DecisionRequest? = nil, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    terminal: Terminal
  ) {
    (self.paths, self.head, self.form) = (paths, head, form)
    self.decision = decision
    (self.threads, self.terminal) = (threads, terminal)
  }

  /// - Throws: `PipelineError`, also where some of the pictures can't be read, after the others are answered; as
  ///   `Classifier`.
  public func run() throws {
    let (pictures, failures) = try pictures()
    // A single one says it all.
    if pictures.isEmpty, let only = failures.first, failures.count == 1 { throw only }
    let pool = WorkerPool(threads: threads, terminal: terminal)
    let ensemble = try HeadEnsemble(at: head.path)
    let inputs = pictures + head.files
    if let csv = form.csv {
      try OutputPath(path: csv, option: "--csv").check(ensemble.cache(downloads: head.downloads), inputs: inputs)
    }
    if let path = form.explanation {
      guard pictures.count == 1, failures.isEmpty else {
        throw PipelineError(
          "--explain \(path): takes one picture, and here are \(grouped(pictures.count + failures.count))")
      }
      try OutputPath(path: path, option: "--explain").check(
        ensemble.cache(downloads: head.downloads), inputs: inputs + [form.csv].compactMap(\.self))
    }
    let threshold = try decision?.resolved(for: ensemble.file)
    let isMultiLabel = ensemble.file.isMultiLabel
    guard !isMultiLabel || form.top == 1 else {
      throw PipelineError(
        "--top \(form.top): this head answers every tag whose probability is at least its threshold; leave it out, or take "
          + "the probabilities of all from --csv")
    }
    if let threshold, !form.json { terminal.note(threshold.summary(ensemble.file.labelNames)) }
    let tally = Tally(
      table: form.csv == nil ? nil : Self.header(ensemble.file.labelNames, isMultiLabel: isMultiLabel), threshold)
    for failure in failures { report(.init(path: failure.subject ?? "", prediction: .failure(failure)), tally) }
    let classifier =
      pictures.isEmpty ? nil : try head.classifier(ensemble, pictures: pictures.count, pool: pool)
    if let classifier {
      try PictureAnswers(classifier: classifier, threads: threads, terminal: terminal)
        .answer(pictures) { report($0, tally) }
    }
    if let csv = form.csv, let table = tally.table { try AtomicFile.replace(csv, with: table.utf8) }
    if let path = form.explanation, let classifier, tally.answeredCount > 0 {
      guard let answered = tally.mostProbable else {
        throw PipelineError("\(path): not written: no tag of \(pictures[0]) is answered, so there is none to explain")
      }
      try explain(pictures[0], as: answered, classifier, to: path)
    }
    if tally.total > 1, tally.answeredCount > 0, !form.json { summarize(tally) }
    guard tally.failureCount == 0 else {
      throw PipelineError("\(grouped(tally.failureCount)) of \(count(tally.total, "picture")) can't be read")
    }
  }

  /// - Parameter name: the class that was answered.
  private func explain(_ picture: String, as name: String, _ classifier: Classifier, to path: String) throws {
    let image = try ImageDecoder.decode(
      try PictureFiles.content(of: picture), for: classifier.preparation.decodingSize)
    let label = classifier.classNames.firstIndex(of: name)!
    try AtomicFile.replace(path, with: try ImageEncoder.png(classifier.explanation(of: image, for: label)))
    if !form.json { terminal.note("\(path): what counts for \(name), from grey to red") }
  }

  /// What is kept of the answers: a number for each class, and the table where one is wanted.
  private final class Tally {
    var counts: [String: Int] = [:]
    var answeredCount = 0
    /// The most probable class that was answered of the last picture; nil where none was, which tags can be.
    var mostProbable: String?
    var failureCount = 0
    var table: String?
    let threshold: DecisionThreshold?

    init(table: String?, _ threshold: DecisionThreshold?) {
      (self.table, self.threshold) = (table, threshold)
    }

    var total: Int { answeredCount + failureCount }
  }

  // MARK: - Which pictures

  /// The pictures that seem to be there, and what is wrong with the rest.
  ///
  /// - Throws: `PipelineError` where there are neither; as ``standardInput()``.
  private func pictures() throws -> (paths: [String], failures: [DatasetError]) {
    var (paths, failures): ([String], [DatasetError]) = ([], [])
    for path in try self.paths.flatMap({ $0 == "-" ? try standardInput() : [$0] }) {
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
      throw PipelineError("\(self.paths.joined(separator: ", ")): no pictures here")
    }
    return (paths, failures)
  }

  /// A path a line.
  ///
  /// - Throws: `PipelineError` where it is closed, or can't be read.
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
    case .success(let prediction) where prediction.thresholds != nil:
      let tags = prediction.answers
      if form.json {
        terminal.print(try! TagLine(path: answer.path, tags: tags).canonicalJSON())
      } else {
        let words = tags.map { "\($0.name) \(percent($0.probability))" }
        terminal.print("\(answer.path): \(tags.isEmpty ? "no tag" : words.joined(separator: " · "))")
      }
      for tag in tags { tally.counts[tag.name, default: 0] += 1 }
      (tally.answeredCount, tally.mostProbable) = (tally.answeredCount + 1, tags.first?.name)
      tally.table?.append(Self.row(answer.path, tags, prediction))
    case .success(let prediction):
      let guesses = prediction.guesses(form.top, tally.threshold)
      if form.json {
        terminal.print(try! JSONLine(path: answer.path, guesses: guesses).canonicalJSON())
      } else {
        let words = guesses.map { "\($0.name) \(percent($0.probability))" }
        terminal.print("\(answer.path): \(words.joined(separator: " · "))")
      }
      tally.counts[guesses[0].name, default: 0] += 1
      (tally.answeredCount, tally.mostProbable) = (tally.answeredCount + 1, guesses[0].name)
      tally.table?.append(Self.row(answer.path, guesses[0], prediction))
    }
  }

  private func summarize(_ tally: Tally) {
    let counts = tally.counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let words = counts.map { "\($0.key) \(grouped($0.value))" }.joined(separator: ", ")
    terminal.note("\(count(tally.answeredCount, "picture")): \(words.isEmpty ? "no tag" : words)")
  }

  // MARK: - The table: path, class, probability, or path, tags; and a column for each class

  private static func header(_ classes: [String], isMultiLabel: Bool) -> String {
    CommaSeparated.line((isMultiLabel ? ["path", "tags"] : ["path", "class", "probability"]) + classes)
  }

  private static func row(_ path: String, _ tags: [Prediction.Guess], _ prediction: Prediction) -> String {
    let separator = SubmissionFile.separator(of: prediction.classNames)
    return CommaSeparated.line(
      [path, tags.map(\.name).joined(separator: separator)] + prediction.probabilities.map { "\($0)" })
  }

  private static func row(_ path: String, _ answer: Prediction.Guess, _ prediction: Prediction) -> String {
    CommaSeparated.line(
      [path, answer.name, "\(answer.probability)"] + prediction.probabilities.map { "\($0)" })
  }
}

extension Prediction {
  /// Where a picture has one class, the answers, the best first; by a threshold, the one that it decides on.
  fileprivate func guesses(_ count: Int, _ threshold: DecisionThreshold?) -> [Guess] {
    let label = threshold.label(of: probabilities[...])
    let order = top(classNames.count)
    return Array(
      (order.filter { $0.name == classNames[label] } + order.filter { $0.name != classNames[label] }).prefix(count))
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
}

/// `{"path":"photo.jpg","tags":[{"class":"haze","probability":0.97},…]}`
private struct TagLine: Encodable {
  let path: String
  let tags: [JSONLine.Guess]

  init(path: String, tags: [Prediction.Guess]) {
    self.path = path
    self.tags = tags.map { JSONLine.Guess(class: $0.name, probability: $0.probability) }
  }
}
