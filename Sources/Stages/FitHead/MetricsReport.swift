import Core
import FeatureStore
import Support

extension ClassificationMetrics {
  /// The measures in a few lines for people.
  ///
  /// - Parameter what: was measured.
  func lines(_ what: String = "validation", labelNames: [String]) -> [String] {
    let top = classes > topAccuracies.count ? " · top-\(topAccuracies.count) \(percent(topAccuracies.last!))" : ""
    return [
      "\(what): log-loss \(significant(logLoss)) · accuracy \(measuredAccuracy.summary)\(top) · macro F1 \(fixed(macroF1, 3))"
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
