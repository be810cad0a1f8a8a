import Core
import Crypto
import Storage

/// What is kept beside the submission, which as a CSV file can't hold it: where it came from.
package struct SubmissionRecord: Codable {
  package let key: String
  /// Of the head or ensemble that predicted.
  package let headKey: String
  /// Of the cache that was predicted.
  package let testKey: String
  /// SHA-256 of the submission.
  package let digest: String
  package let rows: Int
  /// For people: test accuracy, clipping.
  package let results: [String]

  package let predictions: PredictionSummary
  /// Of the test images whose classes are known; nil where none is.
  package let test: Accuracy?
  /// What decided the labels; nil: the most probable class is the label.
  package let threshold: DecisionThreshold?

  package init(
    key: String, headKey: String, testKey: String, digest: String, rows: Int, results: [String],
    predictions: PredictionSummary, test: Accuracy?, threshold: DecisionThreshold?
  ) {
    (self.test, self.threshold) = (test, threshold)
    (self.key, self.headKey, self.testKey, self.digest) = (key, headKey, testKey, digest)
    (self.rows, self.results, self.predictions) = (rows, results, predictions)
  }
}

extension SubmissionRecord {
  /// What to say of a submission that was made from another head than the one that is chosen now; nil where there is none.
  ///
  /// - Parameter head: the key of what was chosen.
  package static func adviceAfterChoosing(_ head: String, in cache: CacheFolder) -> String? {
    guard let record = Sealed<SubmissionRecord>.read(cache.submissionProvenance), record.headKey != head,
      (try? digest(of: cache.submission)) == record.digest
    else { return nil }
    return "\(cache.submission): is out of date, another head's; run ./pipeline.sh submit"
  }

  package static func digest(of path: String) throws -> String {
    SHA256.hash(data: try AtomicFile.contents(of: path)).hexadecimal
  }
}

/// What was predicted, in a few numbers.
package struct PredictionSummary: Codable {
  /// How they are written.
  package let format: String
  /// How many images of each class were predicted.
  package let classCounts: [Int]
  /// The mean of the greatest probabilities of the images that could be decoded, before clipping.
  package let meanConfidence: Double
  /// How many of those fall into each of the calibration bins.
  package let confidences: [Int]

  /// - Parameters:
  ///   - written: of all images, as submitted: N×K.
  ///   - predicted: of those that could be decoded, as predicted: M×K.
  ///   - threshold: what decides labels; nil: the most probable class is the label.
  ///   - thresholds: what decides them where an image has any number of classes.
  package init(
    format: SubmissionFormat, written: [Float], predicted: [Float], classes: Int, _ threshold: DecisionThreshold?,
    _ thresholds: TagThresholds? = nil
  ) {
    func rows(_ p: [Float]) -> [ArraySlice<Float>] {
      stride(from: 0, to: p.count, by: classes).map { p[$0..<$0 + classes] }
    }
    self.format = format.rawValue
    classCounts = rows(written).reduce(into: [Int](repeating: 0, count: classes)) { counts, p in
      let answered = thresholds?.answers(Array(p))
      for label in answered.map({ answers in answers.indices.filter { answers[$0] } }) ?? [threshold.label(of: p)] {
        counts[label] += 1
      }
    }
    let greatest = rows(predicted).map { Double($0.max() ?? 0) }
    meanConfidence = greatest.reduce(0, +) / Double(max(greatest.count, 1))
    confidences = greatest.reduce(into: [Int](repeating: 0, count: CalibrationBin.count)) {
      $0[CalibrationBin.index(of: $1)] += 1
    }
  }
}
