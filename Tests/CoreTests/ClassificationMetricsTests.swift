import Core
import Foundation
import Testing

@Suite struct ClassificationMetricsTests {
  /// Three classes, of which the last does not occur.
  private let metrics = ClassificationMetrics(
    probabilities: [
      0.7, 0.2, 0.1,
      0.1, 0.8, 0.1,
      0.4, 0.5, 0.1,
      0.6, 0.3, 0.1,
    ],
    labels: [0, 1, 0, 1], classes: 3)

  @Test func confusionAndAccuracies() {
    #expect(metrics.confusion == [1, 1, 0, 1, 1, 0, 0, 0, 0])
    #expect(metrics.count(of: 0, takenFor: 1) == 1 && metrics.count(of: 1) == 2)
    #expect(metrics.classAccuracies == [0.5, 0.5, nil])
    #expect(metrics.accuracy == 0.5)
    #expect(metrics.topAccuracies == [0.5, 1, 1])
  }

  @Test func logLossIsTheMeanOfTheRightClass() {
    let expected = -(log(0.7) + log(0.8) + log(0.4) + log(0.3)) / 4
    #expect(abs(metrics.logLoss - expected) < 1e-7)
    let certain = ClassificationMetrics(probabilities: [0, 1], labels: [0], classes: 2)
    #expect(abs(certain.logLoss + log(1e-15)) < 1e-9, "a probability of 0 is taken as 1e-15")
  }

  @Test func macroF1LeavesOutClassesThatDoNotOccur() {
    #expect(abs(metrics.macroF1 - 0.5) < 1e-12)
    let predicted = ClassificationMetrics(probabilities: [0, 0, 1, 1, 0, 0], labels: [0, 0], classes: 3)
    #expect(abs(predicted.macroF1 - (2.0 / 3 + 0) / 2) < 1e-12, "a class that is only predicted counts, with 0")
  }

  @Test func calibrationErrorIsTheGapOfEachBin() {
    // The confidences 0.7, 0.8, 0.5 and 0.6 lie in bins of their own.
    let gaps: [Double] = [0.7 - 1, 0.8 - 1, 0.5 - 0, 0.6 - 0]
    #expect(abs(metrics.calibrationError - gaps.reduce(0) { $0 + abs($1) } / 4) < 1e-6)
    let sameBin = ClassificationMetrics(probabilities: [0.7, 0.3, 0.7, 0.3], labels: [0, 1], classes: 2)
    #expect(abs(sameBin.calibrationError - 0.2) < 1e-6)
  }

  @Test func amongEqualsTheFirstIsTheMoreProbable() {
    let ties = ClassificationMetrics(probabilities: [0.5, 0.5, 0.5, 0.5], labels: [0, 1], classes: 2)
    #expect(ties.confusion == [1, 0, 1, 0])
    #expect(ties.topAccuracies == [0.5, 1])
  }
}
