import Core
import Foundation
import Support

/// What was predicted for images whose classes are known.
package struct Predictions: Sendable {
  /// N×K, row by row.
  package let probabilities: [Float]
  /// The right class of each row.
  package let labels: [Int]
  /// The image of each row where a fold was predicted, ascending: those of the train cache, and behind them those of the
  /// validation cache. Nil: they are those of the validation cache.
  package let images: [Int]?

  package init(probabilities: [Float], labels: [Int], images: [Int]? = nil) {
    (self.probabilities, self.labels, self.images) = (probabilities, labels, images)
  }

  package var classes: Int { probabilities.count / max(labels.count, 1) }

  package var metrics: ClassificationMetrics {
    ClassificationMetrics(probabilities: probabilities, labels: labels, classes: classes)
  }

  /// -log p of the right class of each row, in nats; p is taken as 1e-15 at least.
  package var losses: [Double] {
    labels.indices.map { row in -log(max(Double(probabilities[row * classes + labels[row]]), 1e-15)) }
  }

  /// An ensemble's predictions: the mean of its members', for each image of those that were not trained on it.
  package static func mean(of members: [Predictions]) -> Predictions {
    guard members.contains(where: { $0.images != nil }) else {
      return Predictions(probabilities: Core.mean(of: members.map(\.probabilities)), labels: members[0].labels)
    }
    let classes = members[0].classes
    var rows: [Int: (label: Int, probabilities: [[Float]])] = [:]
    for member in members {
      for (row, image) in (member.images ?? []).enumerated() {
        let probabilities = Array(member.probabilities[row * classes..<(row + 1) * classes])
        rows[image, default: (member.labels[row], [])].probabilities.append(probabilities)
      }
    }
    let images = rows.keys.sorted()
    return Predictions(
      probabilities: images.flatMap { Core.mean(of: rows[$0]!.probabilities) }, labels: images.map { rows[$0]!.label },
      images: images)
  }
}

/// A mean over images, and how far it may be off with 95 % confidence: 1.96 standard errors.
package struct MeanInterval: Sendable, Equatable {
  package let mean: Double
  package let margin: Double

  /// - Parameter values: one an image, at least one.
  package init(of values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
    self.mean = mean
    margin = 1.959963984540054 * (variance / count).squareRoot()
  }

  /// `0.078 ± 0.012`
  package var summary: String {
    "\(significant(mean)) ± \(fixed(margin, max(significantDecimals(mean), significantDecimals(margin, 1))))"
  }

  /// Whether 0 is as good an account of the values.
  package var includesZero: Bool { abs(mean) <= margin }
}
