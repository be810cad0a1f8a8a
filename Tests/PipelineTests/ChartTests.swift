import Core
import FeatureStore
import Report
import Testing

/// Where things lie in the report's charts.
@Suite struct ChartTests {
  @Test(arguments: [
    ([0.13, 0.87], [0, 0.2, 0.4, 0.6, 0.8, 1]), ([88.1, 98.8], [85, 90, 95, 100]), ([3, 3], [3, 4]),
    ([.nan, 1, 2], [1, 1.5, 2]),
  ])
  func axesEndAtRoundValues(values: [Double], ticks: [Double]) {
    let axis = Axis(around: values, from: 0, to: 100)
    #expect(
      axis.ticks.count == ticks.count && zip(axis.ticks, ticks).allSatisfy { abs($0 - $1) < 1e-9 }, "\(axis.ticks)")
  }

  @Test func logarithmicAxesHaveEqualStepsForEqualFactors() {
    let axis = Axis(logarithmicAround: [0.07, 1.9], from: 100, to: 0)
    #expect(axis.ticks.map(axis.label) == ["0.05", "0.1", "0.2", "0.5", "1", "2"])
    #expect(axis.position(0.05) == 100 && axis.position(2) == 0)
    #expect(abs(axis.position(0.1) - axis.position(0.2) - (axis.position(0.5) - axis.position(1))) < 1e-9)
    let wide = Axis(logarithmicAround: [0.03, 1.9], from: 100, to: 0)
    #expect(wide.ticks.map(wide.label) == ["0.03", "0.1", "0.3", "1", "3"])
    #expect(axis.position(0) == 100, "what has no logarithm lies at the end")
  }

  @Test func epochsBeginAtOne() {
    let axis = Axis(countingTo: 55, from: 0, to: 54)
    #expect(axis.position(1) == 0 && axis.position(55) == 54)
    #expect(axis.ticks == [10, 20, 30, 40, 50])
    #expect(Axis(countingTo: 1, from: 0, to: 1).ticks == [1, 2])
  }

  @Test func pathsGoThroughTheFinitePoints() {
    let (x, y) = (Axis(ticks: [0, 10], from: 0, to: 100), Axis(ticks: [0, 1], from: 50, to: 0))
    let line = Chart.Line("loss", style: "train", points: [(0, 0), (1, .nan), (2.55, 0.5), (10, 7)], x: x, y: y)
    #expect(line.path == "M0 50L25.5 25L100 0")
    #expect(Chart.Line("loss", style: "train", points: [(1, .infinity)], x: x, y: y).path == "")
  }

  @Test func curvesMarkTheBestEpoch() throws {
    let epochs = (1...5).map { number in
      TrainingHistory.Epoch(
        number: number, learningRate: 1e-3, training: HeadMetrics(loss: 1 / Double(number), accuracy: 0.5),
        validation: HeadMetrics(loss: abs(Double(number) - 3.5), accuracy: 0.25))
    }
    let chart = Chart.loss(epochs, bestEpoch: 3)
    let mark = try #require(chart.marks.first)
    #expect(chart.marks.count == 1 && mark.label == "best: epoch 3" && mark.x == "195", "the middle of 40 to 350")
    #expect(mark.title == "best epoch 3: validation 0.50, training 0.33")
    #expect(chart.lines.map(\.name) == ["training", "validation"])
    #expect(chart.lines[0].path.split(separator: "L").count == 5)
    #expect(Chart.accuracy([epochs[0]], bestEpoch: 1).lines[0].path.hasPrefix("M40 "), "a single epoch is a point")
  }

  @Test func aSweepIsDrawnWhereSeveralDropoutsWereTried() throws {
    func sweep(_ rows: [(p: Double, loss: Double)]) -> HeadComparison {
      HeadComparison(
        title: "", columns: ["head"], rows: rows.map { _ in ["fastai"] }, firstNumber: 1,
        points: rows.map { .init(series: "fastai, 3@0.1", dropout: $0.p, loss: $0.loss) })
    }
    let chart = try #require(Chart.sweep(sweep([(0.6, 0.1), (0.2, 0.3), (0.4, 0.2)])))
    #expect(chart.lines.count == 1 && chart.lines[0].path == "M40 12L195 97L350 182", "ascending p, descending loss")
    #expect(chart.marks.map(\.label) == ["", "", "best"])
    #expect(Chart.sweep(sweep([(0.6, 0.1), (0.6, 0.3)])) == nil)
    #expect(Chart.sweep(HeadComparison(title: "", columns: ["a"], rows: [["1"]], firstNumber: 0)) == nil)
  }

  @Test func reliabilityHasABarForEachBinThatIsUsed() {
    let metrics = ClassificationMetrics(
      probabilities: [0.9, 0.1, 0.89, 0.11, 0.41, 0.59], labels: [0, 1, 1], classes: 2)
    let bars = Chart.reliability(metrics.calibration, of: .classes).bars
    #expect(bars.map(\.title) == ["0.53 to 0.60: 1 of 1 image right", "0.87 to 0.93: 1 of 2 images right"])
    #expect(bars.map(\.height) == ["170", "85"])
  }
}

/// Which images the report shows.
@Suite struct GalleryTests {
  private let probabilities: [Float] = [0.9, 0.1, 0.2, 0.8, 0.55, 0.45, 0.7, 0.3, 0.3, 0.7, 0.95, 0.05]
  private let labels = [0, 1, 0, 1, 0, 0]

  private func rows(_ kind: Gallery.Kind) -> [Int] {
    Gallery(kind, probabilities: probabilities, labels: labels, classes: 2).rows
  }

  @Test func picks() {
    #expect(rows(.mostConfidentRight) == [5, 1, 0, 2], "the surest of each class before the second of any")
    #expect(rows(.mostConfidentWrong) == [3, 4], "of equals the first")
    #expect(rows(.mostUncertain) == [2, 3, 4], "of those that are not certain")
  }

  @Test func thereAreAtMostTwelve() {
    let many = Gallery(
      .mostUncertain, probabilities: [Float](repeating: 0.5, count: 200), labels: [Int](repeating: 0, count: 100),
      classes: 2)
    #expect(many.rows == Array(0..<12))
    #expect(Gallery(.mostConfidentWrong, probabilities: [1, 0], labels: [0], classes: 2).rows.isEmpty)
  }

  @Test(
    arguments: [
      (1, "100.0 %"), (0.99996, "> 99.9 %"), (0.9994, "99.9 %"), (0.5, "50.0 %"), (0.0004, "< 0.1 %"), (0, "0.0 %"),
    ] as [(Float, String)])
  func certaintyIsSaidOnlyWhereItIs(p: Float, text: String) {
    #expect(probability(p) == text)
  }
}
