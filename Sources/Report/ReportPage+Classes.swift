import Core
import FeatureStore
import Support

// The classes: how often each is recognised, taken for another, and there at all.

extension ReportPage.ConfusionMatrix {
  /// More classes make a table that nobody reads.
  static let mostNumbers = 20
  /// Of the pairs.
  private static let mostPairs = 12

  init(_ metrics: ClassificationMetrics, labelNames: [String]) {
    let isNumbers = metrics.classes <= Self.mostNumbers
    numbers = isNumbers ? Numbers(metrics, labelNames: labelNames) : nil
    image = isNumbers ? nil : try? DataURI(pixels: Self.image(metrics))
    imageDescription =
      "Confusion matrix of \(metrics.classes) classes: the darker, the greater the share of a true class (row) that was predicted "
      + "as the class of the column; the pairs beside it have the numbers."
    pairs = metrics.confusions.prefix(Self.mostPairs).map { confusion in
      let all = metrics.count(of: confusion.label)
      return Pair(
        label: labelNames[confusion.label], predicted: labelNames[confusion.predicted],
        count: "\(grouped(confusion.count)) of \(grouped(all))", share: percent(Double(confusion.count) / Double(all)))
    }
    hasPairs = !pairs.isEmpty
  }

  /// White for none, dark blue for all of a class.
  private static func image(_ metrics: ClassificationMetrics) -> Image {
    let white = [255.0, 255, 255]
    let blue = [22.0, 60, 140]
    let pixels = (0..<metrics.classes).flatMap { label in
      (0..<metrics.classes).flatMap { predicted in
        let share = metrics.share(of: label, takenFor: predicted).squareRoot()
        return zip(white, blue).map { UInt8($0 + ($1 - $0) * share) }
      }
    }
    return Image(height: metrics.classes, width: metrics.classes, channels: 3, pixels: pixels)
  }
}

extension ReportPage.ConfusionMatrix.Numbers {
  fileprivate init(_ metrics: ClassificationMetrics, labelNames: [String]) {
    names = labelNames
    hasLongNames = labelNames.contains { $0.count > 3 }
    isWide = labelNames.count > 8
    count = String(labelNames.count)
    rows = labelNames.enumerated().map { label, name in
      .init(
        axis: label == 0 ? String(labelNames.count) : nil, name: name,
        cells: labelNames.enumerated().map { predicted, predictedName in
          let number = metrics.count(of: label, takenFor: predicted)
          return .init(
            count: number == 0 ? "" : grouped(number),
            share: number == 0 ? nil : metrics.shareText(of: label, takenFor: predicted),
            tint: Int((50 * metrics.share(of: label, takenFor: predicted).squareRoot()).rounded()),
            isRight: label == predicted,
            title: "\(name) taken for \(predictedName): \(grouped(number)) of \(grouped(metrics.count(of: label)))")
        })
    }
  }
}

extension ClassificationMetrics {
  /// Of the class's images; 0 where there are none.
  fileprivate func share(of label: Int, takenFor predicted: Int) -> Double {
    Double(count(of: label, takenFor: predicted)) / Double(max(count(of: label), 1))
  }

  /// `98 %`; `< 1 %` for less than half of one.
  fileprivate func shareText(of label: Int, takenFor predicted: Int) -> String {
    let share = 100 * share(of: label, takenFor: predicted)
    return share < 0.5 ? "< 1 %" : (share > 99.5 && share < 100 ? "> 99 %" : fixed(share, 0) + " %")
  }

  /// The class with the lowest recall first; those without images last.
  func classRows(labelNames: [String]) -> [ReportPage.ClassRow] {
    let recalls = classAccuracies
    let worst = 1 - (recalls.compactMap(\.self).min() ?? 1)
    let order = labelNames.indices.sorted { (recalls[$0] ?? 2, $0) < (recalls[$1] ?? 2, $1) }
    return order.map { label in
      let name = labelNames[label]
      let right = Double(count(of: label, takenFor: label))
      let all = count(of: label)
      let predicted = (0..<classes).reduce(0) { $0 + count(of: $1, takenFor: label) }
      return ReportPage.ClassRow(
        name: name, count: grouped(all), recall: recalls[label].map(percent) ?? "–",
        precision: predicted == 0 ? "–" : percent(right / Double(predicted)),
        f1: all + predicted == 0 ? "–" : fixed(2 * right / Double(all + predicted), 3),
        bar: worst > 0 ? Int((100 * (1 - (recalls[label] ?? 1)) / worst).rounded()) : 0,
        errors: "\(grouped(all - count(of: label, takenFor: label))) of \(grouped(all)) wrong")
    }
  }
}

extension ReportPage.DistributionRow {
  /// One row a class, with a cell for each split.
  static func rows(_ splits: [[Int]], labelNames: [String]) -> [ReportPage.DistributionRow] {
    labelNames.enumerated().map { label, name in
      .init(
        name: name, cells: splits.map { grouped($0[label]) })
    }
  }
}

extension ReportPage.CalibrationPage {
  init(_ bins: [CalibrationBin], of what: Chart.Predicted) {
    note =
      switch what {
      case .classes: "Of the predictions made with a probability of 80 %, 80 % should be right"
      case .tags: "Of the tags that are given a probability of 80 %, 80 % should be there"
      }
    charts = [.reliability(bins, of: what), .confidences(id: "confidence", bins.map(\.rowCount), of: what)]
  }

  /// Of an image's class, or of all its tags.
  init(_ measures: Measures) {
    switch measures {
    case .one(let metrics): self.init(metrics.calibration, of: .classes)
    case .many(let metrics): self.init(metrics.calibration, of: .tags)
    }
  }
}
