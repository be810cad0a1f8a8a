import Core
import FeatureStore
import Support

extension Chart {
  private static func x(_ ticks: [Double]) -> Axis { Axis(ticks: ticks, from: Plot.left, to: Plot.right) }
  private static func y(_ ticks: [Double]) -> Axis { Axis(ticks: ticks, from: Plot.bottom, to: Plot.top) }

  /// For shares and probabilities.
  private static let shares = [0, 0.2, 0.4, 0.6, 0.8, 1]
  private static let diagonal = Rule(
    x1: coordinate(Plot.left), y1: coordinate(Plot.bottom), x2: coordinate(Plot.right), y2: coordinate(Plot.top))

  // MARK: - Training

  /// Loss over epochs, of the training and the validation split.
  ///
  /// - Parameter isLast: whether the epoch that is kept is so for being the last one.
  package static func loss(_ epochs: [TrainingHistory.Epoch], bestEpoch: Int, isLast: Bool = false) -> Chart {
    let y = Axis(logarithmicAround: values(\.loss, epochs), from: Plot.bottom, to: Plot.top)
    return curves(id: "loss", title: "Loss", epochs, bestEpoch: bestEpoch, isLast, value: \.loss, y: y) {
      significant($0)
    }
  }

  /// Accuracy in per cent over epochs, of the training and the validation split.
  package static func accuracy(_ epochs: [TrainingHistory.Epoch], bestEpoch: Int, isLast: Bool = false) -> Chart {
    let y = Axis(around: values(\.percentage, epochs), from: Plot.bottom, to: Plot.top)
    return curves(id: "accuracy", title: "Accuracy, %", epochs, bestEpoch: bestEpoch, isLast, value: \.percentage, y: y)
    {
      fixed($0, 1) + " %"
    }
  }

  private static func values(
    _ value: KeyPath<HeadMetrics, Double>, _ epochs: [TrainingHistory.Epoch]
  ) -> [Double] {
    epochs.flatMap { [$0.training[keyPath: value], $0.validation[keyPath: value]] }
  }

  private static func curves(
    id: String, title: String, _ epochs: [TrainingHistory.Epoch], bestEpoch: Int, _ isLast: Bool,
    value: KeyPath<HeadMetrics, Double>, y: Axis, text: (Double) -> String
  ) -> Chart {
    let x = Axis(countingTo: epochs.count, from: Plot.left, to: Plot.right)
    func points(_ split: KeyPath<TrainingHistory.Epoch, HeadMetrics>) -> [(x: Double, y: Double)] {
      epochs.map { (Double($0.number), $0[keyPath: split][keyPath: value]) }
    }
    let best = epochs[bestEpoch - 1]
    let said = "validation \(text(best.validation[keyPath: value])), training \(text(best.training[keyPath: value]))"
    var chart = Chart(
      id: id, title: title, summary: "\(title) over \(count(epochs.count, "epoch")); at epoch \(bestEpoch): \(said).",
      x: x, y: y, horizontalName: "epoch")
    chart.lines = [
      Line("training", style: "train", points: points(\.training), x: x, y: y),
      Line("validation", style: "valid", points: points(\.validation), x: x, y: y),
    ]
    let place = coordinate(x.position(Double(bestEpoch)))
    chart.rules = [Rule(x1: place, y1: coordinate(Plot.top), x2: place, y2: coordinate(Plot.bottom))]
    chart.marks = [
      Mark(
        style: "valid", at: (Double(bestEpoch), best.validation[keyPath: value]),
        label: "\(isLast ? "last" : "best"): epoch \(bestEpoch)",
        title: "\(isLast ? "last" : "best") epoch \(bestEpoch): \(said)", x: x, y: y, isOnRule: true)
    ]
    return chart
  }

  // MARK: - A sweep

  /// Validation loss over dropout p, a line for each head and schedule; nil where fewer than two p were tried.
  package static func sweep(_ comparison: HeadComparison) -> Chart? {
    let heads = (comparison.points ?? []).map { (series: $0.series, p: $0.dropout, loss: $0.loss) }
    guard Set(heads.map(\.p)).count > 1, let best = heads.min(by: { $0.loss < $1.loss }) else { return nil }
    let x = Axis(around: heads.map(\.p), from: Plot.left, to: Plot.right)
    let y = Axis(around: heads.map(\.loss), from: Plot.bottom, to: Plot.top)
    var chart = Chart(
      id: "sweep", title: "Validation loss over dropout p",
      summary: "Lowest at p = \(best.p) with \(best.series): \(significant(best.loss)).", x: x, y: y,
      horizontalName: "dropout p")
    // In the order of the table's rows, which is that of the series' best heads.
    let names = heads.map(\.series).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    for (index, name) in names.enumerated() {
      let points = heads.filter { $0.series == name }.sorted { $0.p < $1.p }
      let style = "series\(index % 6)"
      chart.lines.append(Line(name, style: style, points: points.map { ($0.p, $0.loss) }, x: x, y: y))
      chart.marks += points.map { head in
        Mark(
          style: style, at: (head.p, head.loss), label: head.series == best.series && head.p == best.p ? "best" : "",
          title: "\(name), p = \(head.p): \(significant(head.loss))", x: x, y: y)
      }
    }
    return chart
  }

  // MARK: - Probabilities

  /// A reliability diagram (DeGroot and Fienberg 1983): how often predictions are right, over how sure they are. On the
  /// diagonal they know themselves.
  ///
  /// - Parameters:
  ///   - bins: of the predictions.
  ///   - what: they are of.
  package static func reliability(_ bins: [CalibrationBin], of what: Predicted) -> Chart {
    let (x, y) = (x(shares), y(shares))
    var chart = Chart(
      id: "reliability", title: "Share that is right over \(what.probability)",
      summary: "Expected calibration error \(percent(CalibrationBin.expectedError(bins))).", x: x, y: y,
      horizontalName: what.probability)
    chart.bars = bins.enumerated().filter { $0.1.rowCount > 0 }.map { index, bin in
      let share = Double(bin.rightCount) / Double(bin.rowCount)
      let (low, high) = (CalibrationBin.bounds(index).lowerBound, CalibrationBin.bounds(index).upperBound)
      return Bar(
        from: low, to: high, value: share,
        title:
          "\(fixed(low, 2)) to \(fixed(high, 2)): \(grouped(bin.rightCount)) of \(count(bin.rowCount, what.noun)) right",
        strength: bin.strength, x: x, y: y)
    }
    chart.rules = [diagonal]
    return chart
  }

  /// What probabilities are of.
  package enum Predicted {
    /// An image's most probable class.
    case classes
    /// Each tag of each image.
    case tags

    fileprivate var probability: String { self == .classes ? "greatest probability" : "probability of a tag" }
    fileprivate var noun: String { self == .classes ? "image" : "prediction" }
  }

  // MARK: - Two classes

  /// The receiver operating characteristic: recall over the share of false alarms, at every threshold.
  package static func roc(_ judgement: TwoClassJudgement) -> Chart {
    let (x, y) = (x(shares), y(shares))
    let curve = judgement.curve
    var chart = Chart(
      id: "roc", title: "ROC: recall over false alarms",
      summary: "The area under the curve is \(fixed(curve.area, 3)).",
      x: x, y: y, horizontalName: "share of the other class that is called positive")
    let points = curve.points.map { (curve.falsePositiveRate($0), curve.recall($0)) }
    chart.lines = [Line("ROC", style: "valid", points: points, x: x, y: y)]
    chart.rules = [diagonal]
    return chart
  }

  /// Precision and recall of the positive class over the threshold.
  package static func precisionAndRecall(_ judgement: TwoClassJudgement) -> Chart {
    let (x, y) = (x(shares), y(shares))
    let rows = (0...200).map { judgement.row(threshold: Double($0) / 200) }
    var chart = Chart(
      id: "precision", title: "Precision and recall",
      summary: "At a threshold of 0.5 the recall is \(percent(judgement.row(threshold: 0.5).recall)).", x: x, y: y,
      horizontalName: "threshold")
    chart.lines = [
      Line("precision", style: "valid", points: rows.map { ($0.threshold, $0.precision ?? .nan) }, x: x, y: y),
      Line("recall", style: "train", points: rows.map { ($0.threshold, $0.recall) }, x: x, y: y),
    ]
    return chart
  }

  /// How many images have about which greatest probability, or how many tags which probability.
  ///
  /// - Parameter counts: of the predictions in each calibration bin.
  package static func confidences(id: String, _ counts: [Int], of what: Predicted = .classes) -> Chart {
    let all = max(counts.reduce(0, +), 1)
    let shares = counts.map { 100 * Double($0) / Double(all) }
    let y = Axis(around: [0] + shares, from: Plot.bottom, to: Plot.top)
    let x = x([0, 0.2, 0.4, 0.6, 0.8, 1])
    var chart = Chart(
      id: id, title: "\(what.noun.capitalized)s over \(what.probability), %",
      summary: "\(fixed(shares.last ?? 0, 1)) % of \(grouped(all)) have a \(what.probability) above 0.93.", x: x, y: y,
      horizontalName: what.probability)
    chart.bars = counts.enumerated().filter { $0.1 > 0 }.map { index, number in
      let bounds = CalibrationBin.bounds(index)
      return Bar(
        from: bounds.lowerBound, to: bounds.upperBound, value: shares[index],
        title: "\(fixed(bounds.lowerBound, 2)) to \(fixed(bounds.upperBound, 2)): \(count(number, what.noun))", x: x,
        y: y
      )
    }
    return chart
  }
}

extension CalibrationBin {
  /// The greatest probabilities in a bin.
  static func bounds(_ index: Int) -> ClosedRange<Double> {
    Double(index) / Double(count)...Double(index + 1) / Double(count)
  }

  /// How much of its colour a bar has: all of it where the share that is right is known to a tenth or better, by half of its
  /// 95 % interval; a fifth at least.
  var strength: Double {
    let interval = WilsonInterval(right: rightCount, of: rowCount)
    return min(max(0.2 / (interval.upper - interval.lower), 0.2), 1)
  }
}

extension HeadMetrics {
  fileprivate var percentage: Double { 100 * accuracy }
}
