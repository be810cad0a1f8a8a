import Core
import Storage
import Support

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
  /// Of the test images whose tags are known; nil where none's are.
  package let testF2: F2Score?
  /// What decided the labels; nil: the most probable class is the label.
  package let threshold: DecisionThreshold?

  package init(
    key: String, headKey: String, testKey: String, digest: String, rows: Int, results: [String],
    predictions: PredictionSummary, test: Accuracy?, testF2: F2Score? = nil, threshold: DecisionThreshold?
  ) {
    (self.test, self.testF2, self.threshold) = (test, testF2, threshold)
    (self.key, self.headKey, self.testKey, self.digest) = (key, headKey, testKey, digest)
    (self.rows, self.results, self.predictions) = (rows, results, predictions)
  }
}

/// The mean F2 of images that have any number of tags.
package struct F2Score: Codable, Equatable {
  package let interval: MeanInterval
  /// Of the images.
  package let count: Int

  package init(interval: MeanInterval, count: Int) {
    (self.interval, self.count) = (interval, count)
  }

  /// For tables: `0.912 ± 0.011 of 200`.
  package var brief: String { "\(interval.decimals) of \(grouped(count))" }
}

extension SubmissionRecord {
  /// What to say of a submission that was made from another head than the one that is chosen now; nil where there is none.
  ///
  /// - Parameter head: the key of what was chosen.
  package static func adviceAfterChoosing(_ head: String, in cache: CacheFolder) -> String? {
    guard let record = Sealed<SubmissionRecord>.read(cache.submissionProvenance), record.headKey != head,
      (try? AtomicFile.digest(of: cache.submission)) == record.digest
    else { return nil }
    return "\(cache.submission): is out of date, another head's; run ./pipeline.sh submit"
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
  ///   - answers: the classes of each image, as submitted.
  ///   - predicted: of those that could be decoded, as predicted: M×K.
  package init(format: SubmissionFormat, answers: [[Int]], predicted: [Float], classes: Int) {
    self.format = format.rawValue
    classCounts = answers.joined().reduce(into: [Int](repeating: 0, count: classes)) { $0[$1] += 1 }
    let greatest = stride(from: 0, to: predicted.count, by: classes).map {
      Double(predicted[$0..<$0 + classes].max() ?? 0)
    }
    meanConfidence = greatest.reduce(0, +) / Double(max(greatest.count, 1))
    confidences = greatest.reduce(into: [Int](repeating: 0, count: CalibrationBin.count)) {
      $0[CalibrationBin.index(of: $1)] += 1
    }
  }
}
