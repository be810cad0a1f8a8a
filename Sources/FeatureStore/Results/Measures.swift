import Core
import Support

/// How good predictions are: of one class an image, or of any number.
package enum Measures: Sendable {
  case one(ClassificationMetrics)
  /// Classes are answered by thresholds that other images chose: `TagThresholds.crossFittedAnswers`.
  case many(TagMetrics)

  /// For tables: `97.5 % (94.3 to 98.9 %) of 200`, `0.912 ± 0.011 of 200`.
  package var brief: String {
    switch self {
    case .one(let metrics): metrics.measuredAccuracy.brief
    case .many(let metrics): "\(metrics.f2Interval.decimals) of \(grouped(metrics.count))"
    }
  }

  /// `97.1 % ± 0.9`, `0.912 ± 0.011`: half of the 95 % interval.
  package var withMargin: String {
    switch self {
    case .one(let metrics): metrics.measuredAccuracy.withMargin
    case .many(let metrics): metrics.f2Interval.decimals
    }
  }
}

extension TagMetrics {
  /// Of the mean of the images' F2.
  package var f2Interval: MeanInterval { MeanInterval(of: f2) }

  /// `F2 0.912 ± 0.011 (200 images), mean average precision 0.874`
  package var summary: String {
    "F2 \(f2Interval.decimals) (\(grouped(count)) images), mean average precision "
      + (meanAveragePrecision.map { fixed($0, 3) } ?? "–")
  }
}

extension MeanInterval {
  /// `0.912 ± 0.011`, whatever the digits.
  package var decimals: String { "\(fixed(mean, 3)) ± \(fixed(margin, 3))" }
}

extension Predictions {
  /// What the one number is called that is told first.
  package var scoreName: String { truth.tags == nil ? "accuracy" : "F2" }
}
