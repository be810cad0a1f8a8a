/// How well one number tells two kinds of rows apart: the receiver operating characteristic (Fawcett 2006, "An introduction to
/// ROC analysis").
public struct ROCCurve: Sendable, Equatable {
  /// What comes of calling all rows positive whose score is at least a threshold.
  public struct Point: Sendable, Equatable {
    /// Infinite where no row is called positive.
    public let threshold: Double
    /// Positive rows that are called so.
    public let truePositives: Int
    /// Negative rows that are called positive.
    public let falsePositives: Int
  }

  /// Rows of each kind; at least one.
  public let positives: Int
  public let negatives: Int
  /// For every score that occurs, the greatest first, and before them the one that calls nothing positive.
  public let points: [Point]
  /// The probability that a positive row has a greater score than a negative one, ties counted half: the area under the
  /// curve, which is Mann and Whitney's statistic U / (P N) (Hanley and McNeil 1982).
  public let area: Double

  /// - Parameters:
  ///   - scores: N; finite.
  ///   - isPositive: N.
  /// - Returns: nil where the rows are all of one kind.
  public init?(scores: [Float], isPositive: [Bool]) {
    precondition(scores.count == isPositive.count, "\(scores.count) scores of \(isPositive.count) rows")
    positives = isPositive.count { $0 }
    negatives = isPositive.count - positives
    guard positives > 0, negatives > 0 else { return nil }
    var points = [Point(threshold: .infinity, truePositives: 0, falsePositives: 0)]
    var pairs = 0.0
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var start = 0
    while start < order.count {
      let score = scores[order[start]]
      let end = order[start...].firstIndex { scores[$0] < score } ?? order.count
      let own = order[start..<end].count { isPositive[$0] }
      let (above, others) = (points[points.count - 1], end - start - own)
      // Each negative row here is beaten by all positive ones above, and half by those that are equal.
      pairs += Double(others) * (Double(above.truePositives) + Double(own) / 2)
      points.append(
        Point(
          threshold: Double(score), truePositives: above.truePositives + own,
          falsePositives: above.falsePositives + others))
      start = end
    }
    self.points = points
    area = pairs / (Double(positives) * Double(negatives))
  }

  /// The share of the positive rows that are called so: the true positive rate.
  public func recall(_ point: Point) -> Double { Double(point.truePositives) / Double(positives) }

  /// The share of the negative rows that are called positive.
  public func falsePositiveRate(_ point: Point) -> Double { Double(point.falsePositives) / Double(negatives) }

  /// The share of the rows that are called positive which are; nil where none is called so.
  public func precision(_ point: Point) -> Double? {
    let called = point.truePositives + point.falsePositives
    return called == 0 ? nil : Double(point.truePositives) / Double(called)
  }

  /// What any threshold does to these rows.
  public func point(atThreshold threshold: Double) -> Point {
    let last = points.last { $0.threshold >= threshold } ?? points[0]
    return Point(threshold: threshold, truePositives: last.truePositives, falsePositives: last.falsePositives)
  }

  /// The greatest threshold that finds at least this share of the positive rows.
  ///
  /// - Parameter recall: above 0, at most 1.
  public func point(atRecall recall: Double) -> Point {
    points.first { self.recall($0) >= recall } ?? points[points.count - 1]
  }
}
