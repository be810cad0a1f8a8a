import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Storage
import Support

/// The third stage: predicts the test split and writes a Kaggle submission.
public struct Submission {
  private let cache: CacheFolder
  private let form: SubmissionForm
  private let decision: DecisionRequest?
  private let clip: Clipping.Choice?
  private let clipFormula: Clipping.Formula
  private let augmentedPasses: Int?
  private let threads: Int
  private let terminal: Terminal

  /// - Parameters:
  ///   - cache: has the head and the test split's features.
  ///   - form: of the file that is written.
  ///   - decision: which of two classes is submitted as the label; the more probable one where nil.
  ///   - clip: where nil, chosen by the validation split for probabilities, none for labels.
  ///   - clipFormula: what becomes of the probabilities beside the greatest.
  ///   - augmentedPasses: how many of the test cache's augmented passes the predictions are averaged over; all where nil.
  ///   - threads: that compute; no influence on the result.
  ///   - terminal: told what is going on.
  public init(
    from cache: CacheFolder, as form: SubmissionForm = SubmissionForm(), decidedBy decision: DecisionRequest? = nil,
    clip: Clipping.Choice? = nil,
    clipFormula: Clipping.Formula = .renormalized, augmentedPasses: Int? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, terminal: Terminal
  ) {
    (self.cache, self.form, self.clip, self.clipFormula) = (cache, form, clip, clipFormula)
    self.decision = decision
    (self.augmentedPasses, self.threads, self.terminal) = (augmentedPasses, threads, terminal)
  }

  private var path: String { form.output ?? cache.submission }

  /// Writes the submission, unless the one that is there was made from the same head and test cache.
  ///
  /// - Parameter completion: called with the head's key in the end, while nobody else can change the folder.
  /// - Throws: `PipelineError`, or an error of the module that met the bad input, each of one line.
  public func run(completion: (_ head: String) -> Void = { _ in }) throws {
    if let output = form.output {
      try OutputPath(path: output, option: "--output")
        .check(cache, inputs: [form.sample].compactMap(\.self))
    }
    let lock = try cache.locked(for: .submit, say: terminal.warn)
    defer { withExtendedLifetime(lock) {} }
    let test = try FeatureCache(cache.features(of: .test))
    let ensemble = try HeadEnsemble(cache)
    try ensemble.file.origin.check(against: test.origin, path: ensemble.file.path, otherPath: test.path)
    let threshold = try decision?.resolved(for: ensemble.file)
    let truth = try TestTruth(test, for: ensemble)
    let key = try spec(ensemble, test: test, truth, threshold).key
    if let record = Sealed<SubmissionRecord>.read(cache.submissionProvenance), record.key == key,
      record.digest == (try? AtomicFile.digest(of: path))
    {
      let facts = ["\(grouped(record.rows)) rows"] + record.results
      terminal.note("\(path): up to date (\(facts.joined(separator: ", ")))")
    } else {
      try write(test: test, ensemble: ensemble, truth, threshold, key: key)
    }
    completion(ensemble.key)
  }

  private func spec(
    _ ensemble: HeadEnsemble, test: FeatureCache, _ truth: TestTruth, _ threshold: DecisionThreshold?
  ) throws -> SubmissionSpec {
    SubmissionSpec(
      headKey: ensemble.key, testKey: test.key, format: form.format,
      sampleSubmission: try form.sample.map(AtomicFile.digest), clip: clip?.description,
      clipFormula: clipFormula, augmentedPasses: augmentedPasses, threshold: threshold,
      isUnclear: truth.isUnclear ? true : nil)
  }

  private func write(
    test: FeatureCache, ensemble: HeadEnsemble, _ truth: TestTruth, _ threshold: DecisionThreshold?, key: String
  ) throws {
    let augmentation = TestTimeAugmentation(
      ensemble: ensemble, passes: augmentedPasses,
      memory: FeatureMemory(mebibytes: FeatureMemory.defaultLimit, folder: cache),
      pool: WorkerPool(threads: threads, terminal: terminal), terminal: terminal)
    let classNames = ensemble.file.labelNames
    let predicted = try augmentation.probabilities(of: test)
    let names = Array(try test.filenames().prefix(test.imageCount))
    let rows = manifestRows(names: names, predicted: predicted, test: test, prior: ensemble.file.classPrior)
    let augmented = try augmentation.validation(in: cache)
    // The mean over passes is less sure of itself than one pass: what is best for it is another threshold.
    let thresholds = augmented?.thresholds ?? ensemble.file.thresholds
    let file = try submissionFile(
      names: rows.names, classNames: classNames, idColumn: test.attributes[CacheSchema.Attribute.idColumn],
      isMultiLabel: test.isMultiLabel)
    try file.check(names: rows.names, sample: form.sample)
    guard threshold == nil || file.format == .labels else {
      throw PipelineError(
        "--threshold decides labels, and these are probabilities, which it would not change; leave it out")
    }

    let clipping = try clipping(for: file.format, predictions: augmented ?? ensemble.validation)
    let probabilities =
      clipping?.clipping.apply(to: rows.probabilities, classes: classNames.count) ?? rows.probabilities
    let answers = answers(probabilities, skipped: rows.skipped, threshold, thresholds, ensemble)
    let text = file.text(probabilities, classes: classNames.count, answers: answers)
    try AtomicFile.replace(path, with: path.hasSuffix(".gz") ? try gzipped(Array(text.utf8)) : Array(text.utf8))

    let accuracy =
      test.isMultiLabel ? nil : accuracy(predicted, known: truth.classes, classCount: classNames.count, threshold)
    let tags = thresholds.flatMap { tagMetrics(predicted, known: truth.classes, $0) }
    if !truth.isUnclear {
      var history = History(cache)
      // What the history compares heads by has no threshold that was asked for.
      if let accuracy, threshold == nil {
        warn(thatReplaced: history.test(ofHead: ensemble.key), by: accuracy, "accuracy", \.brief)
        history.add(accuracy, ofHead: ensemble.key)
      }
      if let score = tags?.f2Score {
        warn(thatReplaced: history.tagTest(ofHead: ensemble.key), by: score, "F2", \.brief)
        history.add(score, ofHead: ensemble.key)
      }
    } else {
      terminal.warn(
        SeenImages.unclear(test.path, "images") + "; how it does on them is not kept in the history; run fit-head")
    }
    let averaging = averagingText(test, before: ensemble.validation.logLoss, after: augmented?.logLoss)
    if let augmented, augmented.logLoss > ensemble.validation.logLoss {
      terminal.warn(
        "the augmented passes make validation worse; --augmented-passes 0 predicts by the images themselves alone")
    }
    if !truth.isUnclear, let accuracy, threshold == nil, let warning = warning(onTest: accuracy, ensemble) {
      terminal.warn(warning)
    }
    let record = SubmissionRecord(
      key: key, headKey: ensemble.key, testKey: test.key, digest: try AtomicFile.digest(of: path),
      rows: rows.names.count,
      results: [
        threshold?.summary(classNames), averaging, clipping?.effect, accuracy.map { "test accuracy \($0.summary)" },
        tags.map { "test \($0.summary)" },
        truth.remark,
        rows.skipped.first.map { first in
          remark(onSkipped: rows.skipped.count, answers[first].map { classNames[$0] }, file.format, test.isMultiLabel)
        },
        thresholds != nil && form.format == nil && file.format == .probabilities
          ? "probabilities in the sample's columns; --format labels writes 0 and 1" : nil,
      ].compactMap { $0 },
      predictions: PredictionSummary(
        format: file.format, answers: answers, predicted: predicted, classes: classNames.count),
      test: accuracy, testF2: tags?.f2Score, threshold: threshold)
    try AtomicFile.replace(cache.submissionProvenance, with: try Sealed(record).json())
    report(text: text, record: record, isForCompetition: form.sample != nil || accuracy == nil && tags == nil)
    tags?.tagLines(labelNames: classNames, thresholds).forEach(terminal.note)
  }

  /// Warns where the history has another number of the head than this one, which takes its place.
  private func warn<Score: Equatable>(
    thatReplaced earlier: Score?, by score: Score, _ name: String, _ text: (Score) -> String
  ) {
    guard let earlier, earlier != score else { return }
    terminal.warn(
      "\(cache.head): its test \(name) was \(text(earlier)) before, by other test images, labels or passes; the history has "
        + "the new one")
  }

  private func submissionFile(
    names: [String], classNames: [String], idColumn: String?, isMultiLabel: Bool
  ) throws -> SubmissionFile {
    guard let sample = form.sample else {
      return SubmissionFile(
        form.format ?? .labels, names: names, classNames: classNames, idColumn: idColumn,
        isMultiLabel: isMultiLabel)
    }
    return try SampleSubmission(sample).file(
      format: form.format, names: names, classNames: classNames, isMultiLabel: isMultiLabel)
  }

  /// The clipping that the options ask for, and its effect on the validation split.
  private func clipping(
    for format: SubmissionFormat, predictions: Predictions
  ) throws -> (clipping: Clipping, effect: String)? {
    let clipping: Clipping
    guard predictions.truth.tags == nil else {
      guard let clip, clip != .off else { return nil }
      throw PipelineError(
        "--clip \(clip): clips the probabilities of classes of which an image has one; here it has any number: leave it out"
      )
    }
    switch clip ?? (format == .labels ? .off : .auto) {
    case .off: return nil
    case .auto: clipping = Clipping.best(for: predictions, formula: clipFormula)
    case .maximum(let maximum):
      guard maximum > 1 / Double(predictions.classes) else {
        throw PipelineError("--clip \(maximum): must be more than 1/\(predictions.classes), what every class would get")
      }
      clipping = Clipping(maximum: maximum, formula: clipFormula)
    }
    let (before, after) = (predictions.metrics.logLoss, clipping.logLoss(of: predictions))
    return (
      clipping,
      "clipped at \(String(format: "%.6g", clipping.maximum)): validation log-loss \(changed(before, after))"
    )
  }

  /// The rows of the test cache, with those of images that could not be decoded put back in their places: they get the
  /// class prior, the share of each class among the training images.
  private func manifestRows(
    names: [String], predicted: [Float], test: FeatureCache, prior: [Float]
  ) -> (names: [String], probabilities: [Float], skipped: [Int]) {
    guard !test.skipped.isEmpty else { return (names, predicted, []) }
    let classCount = prior.count
    let skipped = Dictionary(uniqueKeysWithValues: test.skipped.map { ($0.row, $0) })
    var result: (names: [String], probabilities: [Float], skipped: [Int]) = ([], [], [])
    var next = 0
    for row in 0..<names.count + skipped.count {
      if let image = skipped[row] {
        result.names.append(image.name)
        result.probabilities += prior
        result.skipped.append(row)
      } else {
        result.names.append(names[next])
        result.probabilities += predicted[next * classCount..<(next + 1) * classCount]
        next += 1
      }
    }
    return result
  }

  /// The classes of each row. A head's thresholds are none for the class prior: tags of which nothing is known are answered
  /// as `TagThresholds.blindAnswer` does.
  ///
  /// - Parameters:
  ///   - probabilities: of all rows.
  ///   - skipped: rows of images that could not be decoded.
  private func answers(
    _ probabilities: [Float], skipped: [Int], _ threshold: DecisionThreshold?, _ thresholds: TagThresholds?,
    _ ensemble: HeadEnsemble
  ) -> [[Int]] {
    let classes = ensemble.file.labelNames.count
    let rows = stride(from: 0, to: probabilities.count, by: classes).map { probabilities[$0..<$0 + classes] }
    guard let thresholds, let tags = ensemble.validation.truth.tags else {
      return rows.map { [threshold.label(of: $0)] }
    }
    var answers = rows.map { Self.labels(thresholds.answers(Array($0))) }
    guard !skipped.isEmpty else { return answers }
    let blind = Self.labels(TagThresholds.blindAnswer(prior: ensemble.file.classPrior, tags: tags))
    for row in skipped { answers[row] = blind }
    return answers
  }

  private static func labels(_ answers: [Bool]) -> [Int] { answers.indices.filter { answers[$0] } }

  /// What becomes of images that could not be decoded.
  private func remark(
    onSkipped number: Int, _ answer: [String], _ format: SubmissionFormat, _ isMultiLabel: Bool
  ) -> String {
    let what = "\(count(number, "image")) that can't be decoded"
    guard format == .labels else {
      return "\(what) \(number == 1 ? "gets" : "get") each class's share of the training images"
    }
    let said = isMultiLabel && answer.isEmpty ? "no tag" : answer.joined(separator: ", ")
    let reason =
      isMultiLabel
      ? "the best answer for the validation images if nothing is known of them"
      : "by each class's share of the training images"
    return "\(what) \(number == 1 ? "is" : "are") answered \(said), \(reason)"
  }

  /// The share of right predictions where the test labels are known; nil where none is.
  private func accuracy(
    _ predicted: [Float], known: [[Int]?], classCount: Int, _ threshold: DecisionThreshold?
  ) -> Accuracy? {
    let rows = known.indices.filter { known[$0] != nil }
    guard !rows.isEmpty else { return nil }
    let right = rows.count { row in
      threshold.label(of: predicted[row * classCount..<(row + 1) * classCount]) == known[row]![0]
    }
    return Accuracy(right: right, of: rows.count)
  }

  /// Nil where the test images say about what the validation images did, or folds judged.
  private func warning(onTest accuracy: Accuracy, _ ensemble: HeadEnsemble) -> String? {
    let validation = ensemble.validation.accuracy
    guard ensemble.validation.images == nil, accuracy.interval.upper < validation.share,
      accuracy.share < validation.interval.lower
    else { return nil }
    return "the test accuracy lies below the interval of validation's, \(validation.summary): these validation images "
      + "flatter the head; fit-head --folds 5 judges by all images"
  }

  /// How good the answers are where the test images' tags are known; nil where none's are.
  private func tagMetrics(_ predicted: [Float], known: [[Int]?], _ thresholds: TagThresholds) -> TagMetrics? {
    let classes = thresholds.values.count
    let rows = known.indices.filter { known[$0] != nil }
    guard !rows.isEmpty else { return nil }
    var values = [UInt8](repeating: 0, count: rows.count * classes)
    for (place, row) in rows.enumerated() { for label in known[row]! { values[place * classes + label] = 1 } }
    let probabilities = rows.flatMap { predicted[$0 * classes..<($0 + 1) * classes] }
    return TagMetrics(
      probabilities: probabilities, tags: TagMatrix(values: values, classes: classes),
      answers: thresholds.answers(probabilities))
  }

  /// - Parameter after: nil where validation was not predicted in the same way.
  /// - Returns: nil where each image is predicted by itself alone.
  private func averagingText(_ test: FeatureCache, before: Double, after: Double?) -> String? {
    let rows = test.rowCount(augmentedPasses: augmentedPasses)
    guard rows > test.imageCount else { return nil }
    let mean = "mean over \(rows / test.imageCount) passes"
    guard let after else { return mean + "; what that does to validation is not known" }
    return "\(mean): validation log-loss " + changed(before, after, "for one", "for all")
      + (test.isMultiLabel ? "; thresholds are those of these means" : "")
  }

  /// - Parameter isForCompetition: whether a competition's sample was given, or nobody here knows the test images' classes.
  private func report(text: String, record: SubmissionRecord, isForCompetition: Bool) {
    guard record.rows > 0 else { return terminal.note("\(path): no rows: there are no test images") }
    terminal.note("\(path): \(grouped(record.rows)) rows; the first:")
    for line in text.split(separator: "\n").prefix(4) { terminal.note("  \(line)") }
    record.results.forEach(terminal.print)
    guard isForCompetition else { return }
    terminal.note(
      "Upload it: kaggle competitions submit -c COMPETITION -f \(path.quotedForShell) -m 'VGG16 conv features'")
  }
}

/// What decides a submission.
private struct SubmissionSpec: Specification {
  let headKey: String
  let testKey: String
  let format: SubmissionFormat?
  /// SHA-256 of the file.
  let sampleSubmission: String?
  let clip: String?
  let clipFormula: Clipping.Formula
  let augmentedPasses: Int?
  let threshold: DecisionThreshold?
  /// True where it can't be told which test images the head has seen, which is said then; nil otherwise.
  let isUnclear: Bool?
}
