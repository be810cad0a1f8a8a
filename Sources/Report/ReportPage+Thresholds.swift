import Core
import FeatureStore
import Support

// Two classes, and where to draw the line between them.

extension ReportPage.ThresholdsPage {
  /// The shares of the positive images that a threshold is told for.
  private static let recalls = [0.99, 0.95, 0.9, 0.8]

  /// - Returns: nil where there are not two classes, or no images of one.
  init?(_ predictions: Predictions, labelNames: [String]) {
    guard let second = TwoClassJudgement(predictions, positive: 1),
      let first = TwoClassJudgement(predictions, positive: 0)
    else { return nil }
    positive = labelNames[1]
    threshold = TwoClassJudgement.text(second.row(recall: 0.95).threshold)
    areOfFolds = predictions.images != nil
    charts = [.roc(second), .precisionAndRecall(second)]
    tables = [second, first].map { judgement in
      let name = labelNames[judgement.positive]
      let rows = Self.recalls.map { ("≥ \(fixed(100 * $0, 0)) %", judgement.row(recall: $0)) }
      return Table(
        caption: "\(name) is positive" + (judgement.positive == 1 ? "" : ": --positive \(name.quotedForShell)"),
        rows: (rows + [("–", judgement.row(threshold: 0.5))]).map { wanted, row in
          Row(
            wanted: wanted, threshold: TwoClassJudgement.text(row.threshold), recall: percent(row.recall),
            precision: row.precision.map(percent) ?? "–", falsePositiveRate: percent(row.falsePositiveRate))
        })
    }
  }
}
