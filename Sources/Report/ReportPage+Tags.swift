import Core
import FeatureStore
import Support

// Images that have any number of classes.

extension ReportPage.TagsPage {
  init(_ metrics: TagMetrics, thresholds: TagThresholds?, labelNames: [String]) {
    let precisions = metrics.classes.map(\.averagePrecision)
    let worst = 1 - (precisions.compactMap(\.self).min() ?? 1)
    let order = labelNames.indices.sorted { (precisions[$0] ?? 2, $0) < (precisions[$1] ?? 2, $1) }
    rows = order.map { label in
      let own = metrics.classes[label]
      return Row(
        name: labelNames[label], count: grouped(own.count),
        averagePrecision: own.averagePrecision.map { fixed($0, 3) } ?? "–",
        bar: worst > 0 ? Int((100 * (1 - (own.averagePrecision ?? 1)) / worst).rounded()) : 0,
        threshold: thresholds.map { fixed(Double($0.values[label]), 2) } ?? "–",
        recall: own.recall.map(percent) ?? "–", precision: own.precision.map(percent) ?? "–",
        f1: own.f1.map { fixed($0, 3) } ?? "–",
        errors:
          "\(grouped(own.count - own.right)) of \(grouped(own.count)) missed, \(grouped(own.answered - own.right)) too many"
      )
    }
  }
}

extension ReportPage.Headline {
  /// - Parameters:
  ///   - images: what they are: "validation image".
  ///   - more: behind them.
  init(_ metrics: TagMetrics, of images: String, more: String = "") {
    let interval = metrics.f2Interval
    share = fixed(interval.mean, 3)
    what = "is the mean F2 of \(count(metrics.count, images))\(more)"
    range = "95 % interval ± \(fixed(interval.margin, 3))"
  }
}

extension TagMetrics {
  /// What is to be seen next.
  var shownMeasures: [ReportPage.Measure] {
    [
      .init(name: "mean average precision", value: meanAveragePrecision.map { fixed($0, 3) } ?? "–"),
      .init(name: "F1", value: fixed(meanF1, 3)), .init(name: "macro F1", value: fixed(macroF1, 3)),
      .init(name: "log-loss", value: MeanInterval(of: losses).summary),
    ]
  }
}

/// The images that are told worst, and those that are told best, by their loss.
struct TagGallery {
  let name: String
  /// Rows of the predictions, the most telling first.
  let rows: [Int]

  static func all(_ metrics: TagMetrics) -> [TagGallery] {
    let losses = metrics.losses
    let order = losses.indices.sorted { (losses[$1], $0) < (losses[$0], $1) }
    let worst = Array(order.prefix(Gallery.size))
    return [
      TagGallery(name: "Greatest loss", rows: worst),
      TagGallery(
        name: "Least loss", rows: Array(order.dropFirst(worst.count).suffix(Gallery.size).reversed())),
    ].filter { !$0.rows.isEmpty }
  }
}

extension ReportPage.GalleryPage {
  /// - Parameters:
  ///   - answers: N×K, what is answered.
  ///   - names: of the rows' images.
  ///   - picture: of a row.
  init(
    _ gallery: TagGallery, tags: TagMatrix, answers: [Bool], names: [String], labelNames: [String],
    picture: (_ row: Int) -> Thumbnails.Thumbnail
  ) {
    name = gallery.name
    note = nil
    images = gallery.rows.map { row in
      func list(_ isListed: (Int) -> Bool) -> String {
        labelNames.indices.filter(isListed).map { labelNames[$0] }.joined(separator: ", ")
      }
      func isAnswered(_ label: Int) -> Bool { answers[row * tags.classes + label] }
      let (truth, answered) = (list { tags.has(row, $0) }, list(isAnswered))
      let missed = list { tags.has(row, $0) && !isAnswered($0) }
      let tooMany = list { !tags.has(row, $0) && isAnswered($0) }
      let errors = [missed.isEmpty ? nil : "missed: \(missed)", tooMany.isEmpty ? nil : "too many: \(tooMany)"]
      let thumbnail = picture(row)
      return ReportPage.GalleryImage(
        image: thumbnail.uri, missing: thumbnail.reason,
        alternative: "\(names[row]), \(truth), answered \(answered)",
        isRight: truth == answered, label: truth.isEmpty ? "no tag" : truth,
        predicted: answered.isEmpty ? "no tag" : answered, probability: "",
        second: errors.compactMap(\.self).joined(separator: "; "), secondProbability: "", name: names[row])
    }
  }
}
