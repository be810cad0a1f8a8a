import Core
import Foundation
import Support

/// How well predictions tell two classes apart, at any threshold.
package struct TwoClassJudgement: Sendable {
  /// What a threshold comes to on the images that it was measured on.
  package struct Row: Sendable {
    package let threshold: Double
    package let recall: Double
    /// Nil where no image is called positive.
    package let precision: Double?
    /// The share of the other class's images that are called positive.
    package let falsePositiveRate: Double
  }

  /// Index of the class that is looked for.
  package let positive: Int
  package let curve: ROCCurve

  /// - Returns: nil where there are more than two classes, or images of one alone.
  package init?(_ predictions: Predictions, positive: Int) {
    guard predictions.truth.tags == nil, predictions.classes == 2,
      let curve = ROCCurve(
        scores: predictions.labels.indices.map { predictions.probabilities[2 * $0 + positive] },
        isPositive: predictions.labels.map { $0 == positive })
    else { return nil }
    (self.positive, self.curve) = (positive, curve)
  }

  /// A threshold that can be typed, and what it comes to: the highest that reaches a recall, but a half where a higher one is
  /// no more precise. On few images it would lie as near to 1 as the network is sure of them.
  ///
  /// - Parameter recall: that is to be reached.
  package func row(recall: Double) -> Row {
    let (highest, half) = (row(threshold: Self.short(curve.point(atRecall: recall).threshold)), row(threshold: 0.5))
    return highest.threshold > 0.5 && (half.precision ?? 0) >= (highest.precision ?? 0) ? half : highest
  }

  package func row(threshold: Double) -> Row {
    let point = curve.point(atThreshold: threshold)
    return Row(
      threshold: threshold, recall: curve.recall(point), precision: curve.precision(point),
      falsePositiveRate: curve.falsePositiveRate(point))
  }

  /// Rounded down, so that no image is lost: to hundredths, and to as many decimals as tell it from 0 and from 1.
  package static func short(_ threshold: Double) -> Double {
    let rest = min(threshold, 1 - threshold)
    if rest <= 0 { return min(threshold, 1 - 1e-7) }
    let decimals = min(max(2, significantDecimals(rest)), 7)
    let scale = pow(10, Double(decimals))
    let down = (threshold * scale).rounded(.down) / scale
    return down > 0 ? down : threshold
  }

  /// `area under the ROC curve 0.978; 95 % recall of dog: threshold 0.31, precision 97.0 %`
  package func summary(labelNames: [String]) -> String {
    let row = row(recall: 0.95)
    return
      "area under the ROC curve \(fixed(curve.area, 3)); \(percent(row.recall)) recall of \(labelNames[positive]): "
      + "threshold \(Self.text(row.threshold)), precision \(row.precision.map(percent) ?? "–")"
  }

  /// A threshold as an option takes it.
  package static func text(_ threshold: Double) -> String {
    if threshold < 1e-7 { return "\(threshold)" }
    let digits = fixed(threshold, 7)
    return String(digits.reversed().drop { $0 == "0" }.reversed())
  }
}
