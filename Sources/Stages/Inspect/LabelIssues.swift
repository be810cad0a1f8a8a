import Core
import FeatureStore

/// Rows whose label is probably wrong, by what heads that were trained without them predict: confident learning (Northcutt,
/// Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels"), pruned by noise rate.
package enum LabelIssues {
  /// Those that cleanlab's `find_label_issues` finds with a stable sort; its own leaves open which of equals come first.
  ///
  /// - Parameter predictions: out of fold.
  /// - Returns: rows whose most probable class is another than their label, those first to whose label the least probability
  ///   is given; among equals the first row.
  package static func rows(of predictions: Predictions) -> [Int] {
    let (classes, labels) = (predictions.classes, predictions.labels)
    let p = { (row: Int, label: Int) in predictions.probabilities[row * classes + label] }
    let noise = estimatedCounts(predictions)
    var suspects: Set<Int> = []
    for given in 0..<classes {
      let rows = labels.indices.filter { labels[$0] == given }
      for true_ in 0..<classes where true_ != given && noise[given][true_] > 0 {
        // As many as are estimated to be of the other class, and to be called by this one: those that differ most.
        let margins = rows.map { (row: $0, margin: p($0, true_) - p($0, given)) }
          .sorted { ($1.margin, $0.row) < ($0.margin, $1.row) }
        suspects.formUnion(margins.prefix(noise[given][true_]).map(\.row))
      }
    }
    return suspects.filter { row in
      predictions.probabilities[row * classes..<(row + 1) * classes].max()! > p(row, labels[row]) + tolerance
    }.sorted { (p($0, labels[$0]), $0) < (p($1, labels[$1]), $1) }
  }

  /// Probabilities that differ by less are equal.
  private static let tolerance: Float = 1e-6

  /// How many rows of each given class (first index) are of each true class: the confident joint, with the counts of the
  /// given classes.
  private static func estimatedCounts(_ predictions: Predictions) -> [[Int]] {
    let (classes, labels) = (predictions.classes, predictions.labels)
    var (sums, counts) = ([Double](repeating: 0, count: classes), [Int](repeating: 0, count: classes))
    for (row, label) in labels.enumerated() {
      sums[label] += Double(predictions.probabilities[row * classes + label])
      counts[label] += 1
    }
    let least = Double(tolerance)
    // Of a class without rows nothing is confident.
    let thresholds = zip(sums, counts).map { $1 == 0 ? Double.infinity : max($0 / Double($1), 2 * least) - least }
    var joint = [[Double]](repeating: [Double](repeating: 0, count: classes), count: classes)
    for (row, label) in labels.enumerated() {
      let p = predictions.probabilities[row * classes..<(row + 1) * classes]
      let confident = (0..<classes).filter { Double(p[p.startIndex + $0]) >= thresholds[$0] }
      guard let first = confident.first else { continue }
      joint[label][confident.count > 1 ? mostProbable(p) : first] += 1
    }
    for label in 0..<classes { joint[label][label] = max(joint[label][label], 1) }
    return joint.enumerated().map { label, row in
      let scale = Double(counts[label]) / row.reduce(0, +)
      return leavingOne(rounded(row.map { $0 * scale }), of: label, rows: counts[label])
    }
  }

  /// Whole numbers with the same sum: the largest fractions are rounded up, among equals those of the last classes.
  private static func rounded(_ values: [Double]) -> [Int] {
    var whole = values.map { Int($0) }
    let missing = Int(values.reduce(0, +).rounded()) - whole.reduce(0, +)
    let order = values.indices.sorted { first, second in
      (values[second] - Double(whole[second]), second) < (values[first] - Double(whole[first]), first)
    }
    for index in order.prefix(max(missing, 0)) { whole[index] += 1 }
    return whole
  }

  /// At least one row of each class is taken to be right: where the estimate leaves none, all other counts are one less.
  private static func leavingOne(_ estimate: [Int], of label: Int, rows: Int) -> [Int] {
    if rows < 2 { return estimate.map { _ in 0 } }
    return estimate[label] > 0 ? estimate : estimate.map { max($0 - 1, 0) }
  }
}
