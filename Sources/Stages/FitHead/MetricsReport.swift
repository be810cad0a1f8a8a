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
      "\(what): log-loss \(significant(logLoss)) · \(summary) · F1 \(fixed(meanF1, 3)) · macro F1 \(fixed(macroF1, 3))",
      "F1 and F2 are means over images (macro F1 over tags), by thresholds that other images chose",
      "average precision by tag: " + tags(labelNames),
    ]
      + (thresholds.map { thresholds in
        [
          "thresholds by tag, for the greatest F2 of these images: "
            + zip(labelNames, thresholds.values).prefix(12).map { "\($0) \(fixed(Double($1), 2))" }.joined(
              separator: " · ")
            + (labelNames.count > 12 ? " · and \(labelNames.count - 12) more" : "")
        ]
      } ?? [])
  }

  /// Each tag's, the lowest first where there are too many for a line.
  private func tags(_ labelNames: [String]) -> String {
    let known = classes.enumerated().compactMap { label, own in own.averagePrecision.map { (label, $0) } }
    let shown = known.count <= 12 ? known : Array(known.sorted { $0.1 < $1.1 }.prefix(10))
    let names = shown.map { "\(labelNames[$0.0]) \(fixed($0.1, 3))" }.joined(separator: " · ")
    return names + (shown.count < known.count ? " · and \(known.count - shown.count) more" : "")
  }
}

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
