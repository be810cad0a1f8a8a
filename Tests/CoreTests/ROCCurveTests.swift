import Core
import Testing

/// The receiver operating characteristic, by hand and against scikit-learn 1.9.1.
@Suite struct ROCCurveTests {
  private static let scores: [Float] = [0.9, 0.8, 0.8, 0.7, 0.55, 0.55, 0.55, 0.4, 0.3, 0.3, 0.2, 0.1]
  private static let isPositive = [1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0].map { $0 == 1 }

  /// Of the 36 pairs of a positive and a negative row the positive one is ahead in 26, and equal in 4: 28 / 36.
  /// `roc_auc_score` gives 0.7777777777777779.
  @Test func theAreaCountsTiesHalf() throws {
    let curve = try #require(ROCCurve(scores: Self.scores, isPositive: Self.isPositive))
    #expect(abs(curve.area - 28.0 / 36) < 1e-12)
    #expect(curve.positives == 6 && curve.negatives == 6)
    // In any order of the rows.
    let order = [5, 0, 11, 3, 7, 1, 9, 2, 4, 10, 6, 8]
    let shuffled = try #require(
      ROCCurve(scores: order.map { Self.scores[$0] }, isPositive: order.map { Self.isPositive[$0] }))
    #expect(shuffled == curve)
  }

  /// `roc_curve(y, s, drop_intermediate=False)`.
  @Test func aPointForEveryScore() throws {
    let curve = try #require(ROCCurve(scores: Self.scores, isPositive: Self.isPositive))
    #expect(curve.points.map(\.truePositives) == [0, 1, 2, 3, 5, 5, 6, 6, 6])
    #expect(curve.points.map(\.falsePositives) == [0, 0, 1, 1, 2, 3, 4, 5, 6])
    #expect(curve.points[0].threshold == .infinity && curve.points[4].threshold == Double(Float(0.55)))
  }

  @Test func thresholds() throws {
    let curve = try #require(ROCCurve(scores: Self.scores, isPositive: Self.isPositive))
    let half = curve.point(atThreshold: 0.5)
    #expect(half.truePositives == 5 && half.falsePositives == 2)
    #expect(curve.precision(half) == 5.0 / 7 && curve.recall(half) == 5.0 / 6)
    #expect(curve.falsePositiveRate(half) == 2.0 / 6)
    #expect(curve.precision(curve.point(atThreshold: 0.95)) == nil)
    #expect(curve.point(atRecall: 0.8).threshold == Double(Float(0.55)))
    #expect(curve.point(atRecall: 1).threshold == Double(Float(0.3)))
    #expect(curve.point(atRecall: 0.01).threshold == Double(Float(0.9)))
  }

  @Test func perfectChanceAndBackwards() throws {
    func area(_ scores: [Float], _ isPositive: [Bool]) -> Double? {
      ROCCurve(scores: scores, isPositive: isPositive)?.area
    }
    #expect(area([0.9, 0.8, 0.2], [true, true, false]) == 1)
    #expect(area([0.1, 0.8, 0.9], [true, false, false]) == 0)
    #expect(area([0.5, 0.5, 0.5, 0.5], [true, false, true, false]) == 0.5)
    #expect(area([0.5, 0.4], [true, true]) == nil && area([0.5], [false]) == nil && area([], []) == nil)
  }

  /// Forty rows with many ties: `roc_auc_score`, `recall_score` and `precision_score`.
  @Test func asScikitLearnHasIt() throws {
    let isPositive = [
      1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1,
      0, 1,
    ]
    let tenths: [Float] = [
      2, 6, 3, 7, 7, 6, 0, 2, 3, 4, 0, 5, 4, 1, 6, 4, 3, 9, 2, 3, 7, 4, 0, 4, 10, 0, 9, 4, 2, 10, 8, 4, 7, 8, 6, 8, 6,
      8, 7, 5,
    ]
    let curve = try #require(ROCCurve(scores: tenths.map { $0 / 10 }, isPositive: isPositive.map { $0 == 1 }))
    #expect(abs(curve.area - 0.8528645833333333) < 1e-12)
    for (threshold, recall, precision) in [
      (0.25, 0.9166666666666666, 0.7096774193548387), (0.45, 0.75, 0.9), (0.65, 0.5, 0.9230769230769231),
    ] {
      let point = curve.point(atThreshold: threshold)
      #expect(abs(curve.recall(point) - recall) < 1e-12 && abs(curve.precision(point)! - precision) < 1e-12)
    }
  }
}
