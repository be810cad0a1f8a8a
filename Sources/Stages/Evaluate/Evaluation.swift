import Classification
import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Support
import SystemPackage

/// `evaluate`: how good a head is on pictures whose classes are known, FOLDER/CLASS/picture.
public struct Evaluation: Sendable {
  private let folder: String
  private let head: HeadSource
  private let threads: Int
  private let terminal: Terminal

  /// - Parameters:
  ///   - folder: has a folder for each class.
  ///   - head: what is evaluated.
  ///   - threads: that read and compute; no influence on the result.
  ///   - terminal: gets the measures.
  public init(
    of folder: String, with head: HeadSource, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    terminal: Terminal
  ) {
    (self.folder, self.head, self.threads, self.terminal) = (folder, head, threads, terminal)
  }

  /// Prints accuracy, log-loss and the confusion matrix.
  ///
  /// - Parameter completion: called with all of it in the end.
  /// - Throws: ``PipelineError`` where the folder has no classes that the head knows, or no picture can be read; as
  ///   ``Classifier``.
  package func run(completion: (EvaluatedFolder) throws -> Void = { _ in }) throws {
    let pool = WorkerPool(threads: threads, terminal: terminal)
    let ensemble = try HeadEnsemble(at: head.path)
    let names = ensemble.file.labelNames
    guard !ensemble.file.isMultiLabel else {
      throw PipelineError(
        "\(folder): evaluate takes a folder for each class, and pictures of this head have any number of tags; give them to "
          + "extract as the test split, --labels with their tags, and submit says how good the head is on them")
    }
    let pictures = try labelledPictures(classes: names)
    terminal.note("\(folder): \(summary(of: pictures, classes: names))")
    let classifier = try head.classifier(ensemble, pictures: pictures.count, pool: pool)
    var (answers, unreadable): ([Prediction?], [String]) = ([], [])
    try PictureAnswers(classifier: classifier, threads: threads, terminal: terminal)
      .answer(pictures.map(\.path)) { answer in
        answers.append(try? answer.prediction.get())
        if case .failure(let error) = answer.prediction { unreadable.append("\(error)") }
      }
    unreadable.forEach(terminal.warn)
    let cautions = try cautions(about: pictures.map(\.path), ensemble, on: pool)
    cautions.forEach(terminal.warn)
    let read = zip(pictures, answers).compactMap { picture, answer in answer.map { (picture, $0) } }
    guard !read.isEmpty else { throw PipelineError("\(folder): none of its pictures can be read") }
    let evaluated = EvaluatedFolder(
      path: folder, head: ensemble.file, headCount: ensemble.heads.count, pictures: read.map(\.0.path),
      predictions: Predictions(probabilities: read.flatMap(\.1.probabilities), labels: read.map(\.0.label)),
      unreadable: unreadable, cautions: cautions)
    report(evaluated.predictions, classes: names)
    try completion(evaluated)
  }

  // MARK: - Which pictures

  private struct Picture {
    let path: String
    /// Index into the head's classes.
    let label: Int
  }

  /// - Throws: ``PipelineError`` where a folder is of no class of the head, or there are none.
  private func labelledPictures(classes: [String]) throws -> [Picture] {
    let folders = try PictureFiles.folders(in: folder)
    guard !folders.isEmpty else {
      throw PipelineError(
        "\(folder): no folders here: evaluate wants a folder for each class, with its pictures")
    }
    let strangers = folders.filter { !classes.contains($0) }
    guard strangers.isEmpty else {
      throw PipelineError(
        "\(folder): \(strangers.prefix(3).map { "\($0)/" }.joined(separator: ", ")) is no class of the head, which knows "
          + "\(classes.prefix(12).joined(separator: ", "))\(classes.count > 12 ? ", …" : ""); give the folder of the classes' folders"
      )
    }
    let pictures = try classes.enumerated().filter { folders.contains($0.element) }.flatMap { label, name in
      try PictureFiles.list(in: FilePath(folder).appending(name).string).map { Picture(path: $0, label: label) }
    }
    guard !pictures.isEmpty else { throw PipelineError("\(folder): no pictures in its folders") }
    return pictures
  }

  // MARK: - What is said

  /// A head knows what it was trained on, and what it was chosen by nearly as well. One line each.
  private func cautions(about paths: [String], _ ensemble: HeadEnsemble, on pool: WorkerPool) throws -> [String] {
    let (cache, spec) = (ensemble.cache(downloads: nil), ensemble.file.spec)
    let digests = try pool.map(paths.count) { try? ContentDigest(of: PictureFiles.content(of: paths[$0])) }
    return [(Split.train, spec.trainKey, "trained on"), (.valid, spec.validKey, "chosen by")].compactMap {
      split, key, what in
      guard let seen = try? FeatureCache(cache.features(of: split)), seen.key == key,
        let rows = try? Set(seen.digests())
      else { return nil }
      let known = digests.count { $0.map(rows.contains) ?? false }
      return known == 0
        ? nil
        : "\(folder): \(grouped(known)) of \(count(paths.count, "picture")) are among those that the head was "
          + "\(what): they make it look better than it is"
    }
  }

  private func summary(of pictures: [Picture], classes: [String]) -> String {
    let counts = Dictionary(grouping: pictures, by: \.label).mapValues(\.count)
    let words = classes.indices.compactMap { label in counts[label].map { "\(classes[label]) \(grouped($0))" } }
    let missing = classes.indices.filter { counts[$0] == nil }.map { classes[$0] }
    return "\(count(pictures.count, "picture")): \(words.joined(separator: ", "))"
      + (missing.isEmpty ? "" : "; none of \(missing.joined(separator: ", "))")
  }

  private func report(_ predictions: Predictions, classes: [String]) {
    let metrics = predictions.metrics
    terminal.print("accuracy \(predictions.accuracy.summary) · log-loss \(significant(metrics.logLoss))")
    guard classes.count <= 20 else {
      return metrics.lines("evaluation", labelNames: classes).forEach(terminal.note)
    }
    let rows = classes.indices.map { label in
      [classes[label].printable] + classes.indices.map { grouped(metrics.count(of: label, takenFor: $0)) }
    }
    terminal.note("a row a class, a column what it was taken for:")
    for line in aligned([["true"] + classes.map(\.printable)] + rows, firstNumber: 1) { terminal.note("  " + line) }
  }
}
