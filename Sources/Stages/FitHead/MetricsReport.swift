import Core
import FeatureStore
import Support

extension Measures {
  /// The measures in a few lines for people.
  ///
  /// - Parameters:
  ///   - what: was measured.
  ///   - thresholds: by which classes are answered from now on, where an image has any number of them.
  func lines(_ what: String, labelNames: [String], thresholds: TagThresholds?) -> [String] {
    switch self {
    case .one(let metrics): metrics.lines(what, labelNames: labelNames)
    case .many(let metrics): metrics.lines(what, labelNames: labelNames, thresholds)
    }
  }
}

extension TagMetrics {
  fileprivate func lines(_ what: String, labelNames: [String], _ thresholds: TagThresholds?) -> [String] {
    [
      "\(what): log-loss \(significant(logLoss)) · \(summary) · F1 \(fixed(meanF1, 3)) · macro F2 \(fixed(macroF2, 3)) · "
        + "macro F1 \(fixed(macroF1, 3)) · calibration error \(percent(calibrationError))",
      "F1 and F2 are means over images, macro F1 and F2 over tags, all by thresholds that other images chose"
        + (thresholds == nil ? "" : "; the table's thresholds are those of the greatest F2 of these images"),
    ] + tagLines(labelNames: labelNames, thresholds)
  }

  /// The table of tags, as far as people read it.
  ///
  /// - Parameter thresholds: from which probability on tags are answered; nil: not shown.
  func tagLines(labelNames: [String], _ thresholds: TagThresholds?) -> [String] {
    let table = table(labelNames: labelNames, thresholds: thresholds)
    let rows = table.count - 1
    let shown = rows <= 20 ? rows : 10
    return aligned(Array(table.prefix(1 + shown)), firstNumber: 1).map { "  " + $0 }
      + (shown < rows ? ["  and \(grouped(rows - shown)) more tags, of higher average precision or in no image"] : [])
  }
}

extension ClassificationMetrics {
  /// The measures in a few lines for people.
  ///
  /// - Parameter what: was measured.
  func lines(_ what: String = "validation", labelNames: [String]) -> [String] {
    let top = classes > topAccuracies.count ? " · top-\(topAccuracies.count) \(percent(topAccuracies.last!))" : ""
    return [
      "\(what): log-loss \(significant(logLoss)) · accuracy \(measuredAccuracy.summary)\(top) · macro F1 \(macroF1Summary)"
        + " · calibration error \(percent(calibrationError))",
      "by class: " + classes(labelNames),
    ]
      + (confusions.isEmpty
        ? []
        : [
          "most confused: "
            + confusions.prefix(5).map { confusion in
              "\(labelNames[confusion.label]) for \(labelNames[confusion.predicted]) (\(confusion.count))"
            }.joined(separator: " · ")
        ])
  }

  /// Each class's accuracy, the lowest first where there are too many for a line.
  private func classes(_ labelNames: [String]) -> String {
    let known = classAccuracies.enumerated().compactMap { label, accuracy in accuracy.map { (label, $0) } }
    let shown = known.count <= 12 ? known : Array(known.sorted { $0.1 < $1.1 }.prefix(10))
    let names = shown.map { "\(labelNames[$0.0]) \(percent($0.1))" }.joined(separator: " · ")
    return names + (shown.count < known.count ? " · and \(known.count - shown.count) that do better" : "")
  }
}
