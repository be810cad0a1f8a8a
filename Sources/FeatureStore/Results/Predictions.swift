import Core
import Foundation
import Support

/// What was predicted for images whose classes are known.
package struct Predictions: Sendable {
  /// N×K, row by row.
  package let probabilities: [Float]
  /// What the rows are.
  package let truth: RowLabels
  /// The image of each row where a fold was predicted, ascending: those of the train cache, and behind them those of the
  /// validation cache. Nil: they are those of the validation cache.
  package let images: [Int]?

  package init(probabilities: [Float], truth: RowLabels, images: [Int]? = nil) {
    (self.probabilities, self.truth, self.images) = (probabilities, truth, images)
  }

  /// - Parameter labels: the right class of each row.
  package init(probabilities: [Float], labels: [Int], images: [Int]? = nil) {
    self.init(probabilities: probabilities, truth: .one(labels), images: images)
  }

  /// The right class of each row.
  ///
  /// - Precondition: a row has one.
  package var labels: [Int] {
    guard case .one(let labels) = truth else { preconditionFailure("rows have any number of classes") }
    return labels
  }

  /// N.
  package var count: Int { truth.count }
  package var classes: Int { probabilities.count / max(count, 1) }

  /// Some of the rows, in the given order.
  package func selecting(_ rows: [Int]) -> Predictions {
    let classes = classes
    return Predictions(
      probabilities: rows.flatMap { probabilities[$0 * classes..<($0 + 1) * classes] }, truth: truth.selecting(rows),
      images: images.map { images in rows.map { images[$0] } })
  }

  /// How good they are.
  ///
  /// - Precondition: a row has one class.
  package var metrics: ClassificationMetrics {
    ClassificationMetrics(probabilities: probabilities, labels: labels, classes: classes)
  }

  /// How good they are, whether a row has one class or any number.
  package var measures: Measures {
    switch truth {
    case .one: .one(metrics)
    case .many(let tags):
      .many(
        TagMetrics(
          probabilities: probabilities, tags: tags,
          answers: TagThresholds.crossFittedAnswers(probabilities, tags: tags)))
    }
  }

  /// How good they are by thresholds that these images had no part in.
  ///
  /// - Parameter thresholds: nil where a row has one class.
  package func measures(by thresholds: TagThresholds?) -> Measures {
    guard case .many(let tags) = truth, let thresholds else { return measures }
    return .many(
      TagMetrics(probabilities: probabilities, tags: tags, answers: thresholds.answers(probabilities)))
  }

  /// The thresholds that are best for them; nil where a row has one class.
  package var thresholds: TagThresholds? {
    truth.tags.map { TagThresholds(bestFor: probabilities, tags: $0) }
  }

  /// -log p of the right class of each row, in nats; p is taken as 1e-15 at least. Where a row has any number of classes, the
  /// mean of that over all, each of which is there or not.
  package var losses: [Double] {
    switch truth {
    case .one(let labels):
      labels.indices.map { row in -log(max(Double(probabilities[row * classes + labels[row]]), 1e-15)) }
    case .many(let tags):
      TagMetrics(probabilities: probabilities, tags: tags, answers: probabilities.map { $0 > 0.5 }).losses
    }
  }

  /// The mean of the losses.
  package var logLoss: Double {
    switch truth {
    case .one: metrics.logLoss
    case .many: losses.reduce(0, +) / Double(count)
    }
  }

  /// An ensemble's predictions: the mean of its members', for each image of those that were not trained on it.
  package static func mean(of members: [Predictions]) -> Predictions {
    guard members.contains(where: { $0.images != nil }) else {
      return Predictions(probabilities: Core.mean(of: members.map(\.probabilities)), truth: members[0].truth)
    }
    let classes = members[0].classes
    var rows: [Int: (place: (member: Int, row: Int), probabilities: [[Float]])] = [:]
    for (place, member) in members.enumerated() {
      for (row, image) in (member.images ?? []).enumerated() {
        let probabilities = Array(member.probabilities[row * classes..<(row + 1) * classes])
        rows[image, default: ((place, row), [])].probabilities.append(probabilities)
      }
    }
    let images = rows.keys.sorted()
    // In the order of the images, whichever member has them.
    let ends = members.reduce(into: [0]) { $0.append($0.last! + $1.count) }
    let all = members.dropFirst().reduce(members[0].truth) { $0 + $1.truth }
    return Predictions(
      probabilities: images.flatMap { Core.mean(of: rows[$0]!.probabilities) },
      truth: all.selecting(images.map { ends[rows[$0]!.place.member] + rows[$0]!.place.row }), images: images)
  }
}

/// A mean over images, and how far it may be off with 95 % confidence: 1.96 standard errors.
package struct MeanInterval: Sendable, Equatable, Codable {
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
