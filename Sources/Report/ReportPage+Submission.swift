import Core
import FeatureStore
import Support

// What submit predicted.

extension ReportPage.SubmissionPage {
  init(_ record: SubmissionRecord, labelNames: [String], prior: [Float]) {
    let counts = record.predictions.classCounts
    let most = max(counts.max() ?? 1, 1)
    summary =
      "\(count(record.rows, "test image")), written as \(record.predictions.format); the greatest probability is "
      + "\(fixed(record.predictions.meanConfidence, 3)) in the mean, before any clipping."
    results = record.results
    classes = zip(labelNames, zip(counts, prior)).map { name, share in
      .init(
        name: name, count: grouped(share.0), share: percent(Double(share.0) / Double(max(record.rows, 1))),
        trainingShare: percent(share.1), bar: share.0 * 100 / most)
    }
    confidences = Chart.confidences(id: "submitted", record.predictions.confidences)
  }
}
