import Classification
import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Support
import SystemPackage

/// `evaluate`: how good a head is on pictures whose classes are known: by their folders, FOLDER/CLASS/picture, or by a table.
public struct Evaluation: Sendable {
  private let folder: String
  /// The table; nil: the folders tell the classes.
  private let labels: DatasetOptions?
  private let head: HeadSource
  private let threads: Int
  private let terminal: Terminal

  /// - Parameters:
  ///   - folder: has a folder for each class; or pictures that a table tells of.
  ///   - labels: the table, its column, and whether it has tags, as for `ImageDataset`; nothing else of them is looked at. Nil:
  ///     the folders tell the classes.
  ///   - head: what is evaluated.
  ///   - threads: that read and compute; no influence on the result.
  ///   - terminal: gets the measures.
  public init(
    of folder: String, labels: DatasetOptions? = nil, with head: HeadSource,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, terminal: Terminal
  ) {
    (self.folder, self.labels, self.head, self.threads, self.terminal) = (folder, labels, head, threads, terminal)
  }

  /// Prints accuracy, log-loss and the confusion matrix; where a picture has any number of tags, F2, F1 and average precision.
  ///
  /// - Parameters:
  ///   - preparation: called with the paths of all pictures before anything is computed.
  ///   - completion: called with all of it in the end.
  /// - Throws: `PipelineError` where the folder has no classes that the head knows, or no picture can be read; as
  ///   ``Classifier``.
  package func run(
    preparation: (_ pictures: [String]) throws -> Void = { _ in },
    completion: (EvaluatedFolder) throws -> Void = { _ in }
  ) throws {
    let pool = WorkerPool(threads: threads, terminal: terminal)
    let ensemble = try HeadEnsemble(at: head.path)
    let names = ensemble.file.labelNames
    let labelled = try LabelledPictures(in: folder, labels: labels, of: ensemble.file, terminal: terminal)
    let pictures = labelled.all
    try preparation(pictures.map(\.path))
    terminal.note("\(folder): \(labelled.summary)")
    let classifier = try head.classifier(ensemble, pictures: pictures.count, pool: pool)
    var (answers, unreadable): ([Prediction?], [String]) = ([], [])
    try PictureAnswers(classifier: classifier, threads: threads, terminal: terminal)
      .answer(pictures.map(\.path)) { answer in
        answers.append(try? answer.prediction.get())
        if case .failure(let error) = answer.prediction { unreadable.append("\(error)") }
      }
    unreadable.forEach(terminal.warn)
    let digests = try pool.map(pictures.count) {
      try? ContentDigest(ofImage: PictureFiles.content(of: pictures[$0].path))
    }
    let cautions =
      ensemble.seenImages?.cautions(about: digests, in: folder) ?? [SeenImages.unclear(folder, "pictures")]
    cautions.forEach(terminal.warn)
    let read = zip(pictures, answers).compactMap { picture, answer in answer.map { (picture, $0) } }
    guard !read.isEmpty else { throw PipelineError("\(folder): none of its pictures can be read") }
    let evaluated = EvaluatedFolder(
      path: folder, head: ensemble.file, headCount: ensemble.heads.count, pictures: read.map(\.0.path),
      predictions: Predictions(
        probabilities: read.flatMap(\.1.probabilities),
        truth: RowLabels(read.map(\.0.labels), classes: names.count, isMultiLabel: ensemble.file.isMultiLabel)),
      unreadable: unreadable, cautions: cautions)
    switch evaluated.measures {
    case .one: report(evaluated.predictions, classes: names)
    case .many(let metrics): report(metrics, ensemble.file)
    }
    try completion(evaluated)
  }

  // MARK: - What is said

  private func report(_ metrics: TagMetrics, _ head: HeadFile) {
    terminal.print("\(metrics.summary) · F1 \(fixed(metrics.meanF1, 3)) · log-loss \(significant(metrics.logLoss))")
    terminal.note(
      "F1 and F2 are means over images (over tags F2 \(fixed(metrics.macroF2, 3)), F1 \(fixed(metrics.macroF1, 3))), by the "
        + "head's thresholds")
    metrics.tagLines(labelNames: head.labelNames, head.thresholds).forEach(terminal.note)
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
