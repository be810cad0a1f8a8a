import Core
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
      "Confusion matrix of \(metrics.classes) classes: a row a class, a column a prediction, the darker the more."
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
    rows = labelNames.enumerated().map { label, name in
      .init(
        name: name,
        cells: labelNames.enumerated().map { predicted, predictedName in
          let number = metrics.count(of: label, takenFor: predicted)
          return .init(
            count: number == 0 ? "" : grouped(number),
            tint: Int((50 * metrics.share(of: label, takenFor: predicted).squareRoot()).rounded()),
            isRight: label == predicted, title: "\(name) taken for \(predictedName): \(grouped(number))")
        })
    }
  }
}

extension ClassificationMetrics {
  /// Of the class's images; 0 where there are none.
  fileprivate func share(of label: Int, takenFor predicted: Int) -> Double {
    Double(count(of: label, takenFor: predicted)) / Double(max(count(of: label), 1))
  }

  func classRows(labelNames: [String]) -> [ReportPage.ClassRow] {
    let recalls = classAccuracies
    return labelNames.enumerated().map { label, name in
      let right = Double(count(of: label, takenFor: label))
      let all = count(of: label)
      let predicted = (0..<classes).reduce(0) { $0 + count(of: $1, takenFor: label) }
      return ReportPage.ClassRow(
        name: name, count: grouped(all), recall: recalls[label].map(percent) ?? "–",
        precision: predicted == 0 ? "–" : percent(right / Double(predicted)),
        f1: all + predicted == 0 ? "–" : fixed(2 * right / Double(all + predicted), 3),
        bar: Int((100 * (recalls[label] ?? 0)).rounded()))
    }
  }
}

extension ReportPage.DistributionRow {
  /// One row a class, with a cell for each split.
  static func rows(_ splits: [[Int]], labelNames: [String]) -> [ReportPage.DistributionRow] {
    labelNames.enumerated().map { label, name in
      .init(
        name: name,
        cells: splits.map { counts in
          .init(count: grouped(counts[label]), bar: counts[label] * 100 / max(counts.max() ?? 1, 1))
        })
    }
  }
}
