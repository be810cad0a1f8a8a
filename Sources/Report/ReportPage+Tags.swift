import Core
import FeatureStore
import Support

// Images that have any number of classes.

extension ReportPage.TagsPage {
  /// - Parameters:
  ///   - thresholds: those that answer from now on.
  ///   - areOwn: whether the images chose them, so that the measures are by thresholds that other images chose, part by part.
  init(_ metrics: TagMetrics, thresholds: TagThresholds?, areOwn: Bool, labelNames: [String]) {
    note =
      "A tag is answered where its probability is at least its threshold: submit and predict do so. "
      + (areOwn
        ? "The thresholds are those of the greatest mean F2 of all these images; recall, precision, F1, F2 and the measures "
          + "above are by thresholds that other images chose, a fifth of the images after the other, so that none judges its own."
        : "The thresholds are those of the head, which other images chose.")
    let worst = 1 - (metrics.classes.compactMap(\.averagePrecision).min() ?? 1)
    rows = metrics.worstFirst.map { label in
      let own = metrics.classes[label]
      return Row(
        name: labelNames[label], count: grouped(own.count),
        averagePrecision: own.averagePrecision.map { fixed($0, 3) } ?? "–",
        bar: worst > 0 ? Int((100 * (1 - (own.averagePrecision ?? 1)) / worst).rounded()) : 0,
        threshold: thresholds?.text(of: label) ?? "–",
        recall: own.recall.map(percent) ?? "–", precision: own.precision.map(percent) ?? "–",
        f2: own.f2.map { fixed($0, 3) } ?? "–", f1: own.f1.map { fixed($0, 3) } ?? "–",
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
  init(_ score: F2Score, of images: String, more: String = "") {
    share = fixed(score.interval.mean, 3)
    what = "is the mean F2 of \(count(score.count, images))\(more)"
    range = "95 % interval ± \(fixed(score.interval.margin, 3))"
  }
}

extension TagMetrics {
  /// What is to be seen next.
  var shownMeasures: [ReportPage.Measure] {
    [
      .init(name: "mean average precision", value: meanAveragePrecision.map { fixed($0, 3) } ?? "–"),
      .init(name: "F1", value: fixed(meanF1, 3)), .init(name: "macro F2", value: fixed(macroF2, 3)),
      .init(name: "macro F1", value: fixed(macroF1, 3)),
      .init(name: "log-loss", value: MeanInterval(of: losses).summary),
      .init(name: "calibration error", value: percent(calibrationError)),
    ]
  }
}

/// The images that are told worst, and those that are told best, by their loss.
struct TagGallery {
  let name: String
  /// Rows of the predictions, the most telling first.
  let rows: [Int]

  /// The first of its images that are to be shown.
  func filtered(most: Int, isShown: (_ row: Int) -> Bool) -> TagGallery {
    TagGallery(name: name, rows: Array(rows.filter(isShown).prefix(most)))
  }

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
  /// All tags of each image.
  ///
  /// - Parameters:
  ///   - thresholds: that answer.
  ///   - names: of the rows' images.
  ///   - picture: of a row.
  init(
    _ gallery: TagGallery, predictions: Predictions, by thresholds: TagThresholds?, names: [String],
    labelNames: [String], picture: (_ row: Int) -> Thumbnails.Thumbnail
  ) {
    name = gallery.name
    note = nil
    let answers = thresholds?.answers(predictions.probabilities) ?? []
    images = gallery.rows.map { row in
      let right = Set(predictions.truth.classes(ofRow: row))
      func list(_ isListed: (Int) -> Bool) -> String {
        labelNames.indices.filter(isListed).map { labelNames[$0] }.joined(separator: ", ")
      }
      func isAnswered(_ label: Int) -> Bool { answers[row * predictions.classes + label] }
      let (truth, answered) = (list(right.contains), list(isAnswered))
      let missed = list { right.contains($0) && !isAnswered($0) }
      let tooMany = list { !right.contains($0) && isAnswered($0) }
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

extension ReportPage.GalleryPage {
  /// One tag of each image, and whether the image has it.
  ///
  /// - Parameters:
  ///   - label: of a row.
  ///   - names: of the rows' images.
  ///   - picture: of a row.
  init(
    _ gallery: TagGallery, of label: (_ row: Int) -> Int, predictions: Predictions, names: [String],
    labelNames: [String], picture: (_ row: Int) -> Thumbnails.Thumbnail
  ) {
    name = gallery.name
    note = nil
    images = gallery.rows.map { row in
      let (label, truth, thumbnail) = (label(row), predictions.truth.classes(ofRow: row), picture(row))
      let tags = truth.isEmpty ? "no tag" : truth.map { labelNames[$0] }.joined(separator: ", ")
      return ReportPage.GalleryImage(
        image: thumbnail.uri, missing: thumbnail.reason,
        alternative: "\(names[row]), \(tags), looked at for \(labelNames[label])", isRight: truth.contains(label),
        label: tags, predicted: labelNames[label],
        probability: probability(predictions.probabilities[row * predictions.classes + label]), second: "",
        secondProbability: "", name: names[row])
    }
  }
}
