import Core
import Support

/// How many of some images are right. However it is printed, it is with its number and its interval.
package struct Accuracy: Codable, Equatable, Sendable {
  package let right: Int
  /// At least 1.
  package let count: Int

  private enum CodingKeys: String, CodingKey {
    case right
    case count = "known"
  }

  package init(right: Int, of count: Int) {
    (self.right, self.count) = (right, count)
  }

  package var share: Double { Double(right) / Double(count) }
  package var interval: WilsonInterval { WilsonInterval(right: right, of: count) }

  /// `97.5 % (195 of 200; 95 % interval 94.3 to 98.9 %)`
  package var summary: String {
    "\(percent(share)) (\(grouped(right)) of \(grouped(count)); 95 % interval \(range))"
  }

  /// For tables: `97.5 % (94.3 to 98.9 %) of 200`
  package var brief: String { "\(percent(share)) (\(range)) of \(grouped(count))" }

  /// `97.1 % ± 0.9`: half of the interval; of few images, where that would reach beyond 0 or 100 %, the interval itself.
  package var withMargin: String {
    let margin = (interval.upper - interval.lower) / 2
    return (margin...1 - margin).contains(share)
      ? "\(percent(share)) ± \(fixed(100 * margin, 1))" : "\(percent(share)) (\(range))"
  }

  /// `94.3 to 98.9 %`
  package var range: String { "\(fixed(100 * interval.lower, 1)) to \(percent(interval.upper))" }
}

extension ClassificationMetrics {
  /// How many rows' most probable class is the right one.
  package var measuredAccuracy: Accuracy {
    let labels = 0..<classes
    return Accuracy(
      right: labels.reduce(0) { $0 + count(of: $1, takenFor: $1) }, of: labels.reduce(0) { $0 + count(of: $1) })
  }
}

extension Predictions {
  package var accuracy: Accuracy { metrics.measuredAccuracy }
}
