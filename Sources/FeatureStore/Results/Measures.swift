import Core
import Support

/// How good predictions are: of one class an image, or of any number.
package enum Measures: Sendable {
  case one(ClassificationMetrics)
  /// Classes are answered by thresholds that other images chose.
  case many(TagMetrics)

  /// For tables: `97.5 % (94.3 to 98.9 %) of 200`, `0.912 ± 0.011 of 200`.
  package var brief: String {
    switch self {
    case .one(let metrics): metrics.measuredAccuracy.brief
    case .many(let metrics): metrics.f2Score.brief
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

extension ClassificationMetrics {
  /// `0.978`; where there are classes without images, `0.333 (images of 2 of 24 classes; others that are answered count as 0)`:
  /// so has scikit-learn's `f1_score(average="macro")` it.
  package var macroF1Summary: String {
    let there = (0..<classes).count { count(of: $0) > 0 }
    return fixed(macroF1, 3)
      + (there == classes
        ? "" : " (images of \(grouped(there)) of \(grouped(classes)) classes; others that are answered count as 0)")
  }
}

extension TagMetrics {
  /// Of the mean of the images' F2.
  package var f2Interval: MeanInterval { MeanInterval(of: f2) }
  package var f2Score: F2Score { F2Score(interval: f2Interval, count: count) }

  /// `F2 0.912 ± 0.011 (200 images), mean average precision 0.874`
  package var summary: String {
    "F2 \(f2Interval.decimals) (\(Support.count(count, "image"))), mean average precision "
      + (meanAveragePrecision.map { fixed($0, 3) } ?? "–")
  }

  /// Rows of text, the first of them the names of the columns: how each tag is told, those first whose average precision is
  /// lowest and behind all others those that no image has.
  ///
  /// - Parameter thresholds: nil: not shown.
  package func table(labelNames: [String], thresholds: TagThresholds?) -> [[String]] {
    func number(_ value: Double?, _ decimals: Int = 3) -> String { value.map { fixed($0, decimals) } ?? "–" }
    let header = ["tag", "images", "average precision", "F2", "F1", "recall", "precision"]
    return [header + (thresholds == nil ? [] : ["threshold"])]
      + worstFirst.map { label in
        let own = classes[label]
        return [
          labelNames[label].shortened, grouped(own.count), number(own.averagePrecision), number(own.f2), number(own.f1),
          number(own.recall), number(own.precision),
        ] + (thresholds.map { [$0.text(of: label)] } ?? [])
      }
  }

  /// The labels by their average precision, the lowest first; those that no image has are the last.
  package var worstFirst: [Int] {
    classes.indices.sorted { (classes[$0].averagePrecision ?? 2, $0) < (classes[$1].averagePrecision ?? 2, $1) }
  }
}

extension TagThresholds {
  /// `0.31`; of those near 0 or 1 as many digits as tell them from it: `0.0004`.
  package func text(of label: Int) -> String {
    let value = Double(values[label])
    return fixed(value, max(2, significantDecimals(min(value, 1 - value), 1)))
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
