import Core
import Datasets
import FeatureStore
import Support

extension ReportPage {
  /// - Throws: where the caches can't be read.
  init(_ inputs: ReportInputs, key: String, pool: WorkerPool) throws {
    let predictions = inputs.predictions
    let measured = predictions.measures
    let names = inputs.labelNames
    let metrics: ClassificationMetrics? = if case .one(let metrics) = measured { metrics } else { nil }
    let tagMetrics: TagMetrics? = if case .many(let metrics) = measured { metrics } else { nil }
    let galleries =
      metrics == nil
      ? []
      : Gallery.Kind.allCases.map { kind in
        Gallery(
          kind, probabilities: predictions.probabilities, labels: predictions.labels, classes: predictions.classes)
      }
    let tagGalleries = tagMetrics.map(TagGallery.all) ?? []
    let suspects = ShownSuspects(inputs.inspection?.suspects ?? [])
    let thumbnails = inputs.thumbnails(
      ofImages: Set((galleries.flatMap(\.rows) + tagGalleries.flatMap(\.rows)).map(inputs.image) + suspects.images)
        .sorted(), pool: pool)
    let filenames = try inputs.names()
    let counts = try inputs.classCounts()

    self.key = key
    imagesName = inputs.hasFolds ? "Images" : "Validation images"
    let data = inputs.source?.name.printable
    title = [data, "\(tagMetrics == nil ? "" : "F2 ")\(measured.brief) – VGG16 feature cache"].compactMap(\.self)
      .joined(separator: ": ")
    kicker = ["VGG16 feature cache", data].compactMap(\.self).joined(separator: " · ")
    let (image, more) =
      inputs.hasFolds ? ("image", ", each told by heads that were trained without it") : ("validation image", "")
    headlines = [
      metrics.map { .init($0.measuredAccuracy, of: image, more: more) },
      tagMetrics.map { .init($0.f2Score, of: image, more: more) }, inputs.testHeadline,
    ].compactMap(\.self)
    summary = inputs.summary
    measures = tagMetrics?.shownMeasures ?? predictions.shownMeasures
    facts = inputs.facts
    commands = inputs.commands
    thresholds = ThresholdsPage(inputs.predictions, labelNames: names)
    attention =
      try metrics == nil
      ? AttentionPage(inputs, tagGalleries, names: filenames, pool: pool)
      : AttentionPage(inputs, galleries, names: filenames, pool: pool)
    self.suspects = SuspectsPage(
      suspects, areTagged: inputs.head.isMultiLabel, of: inputs.inspection, thumbnails: thumbnails)
    trainingNote = inputs.trainingNote
    curves =
      [.loss(inputs.head.epochs, bestEpoch: inputs.head.bestEpoch, isLast: inputs.hasFolds)]
      // Of all classes that an image may have, nearly all are right from the first epoch on: that would tell nothing.
      + (metrics == nil
        ? [] : [.accuracy(inputs.head.epochs, bestEpoch: inputs.head.bestEpoch, isLast: inputs.hasFolds)])
    let comparisons = inputs.head.choice?.comparisons ?? []
    self.comparisons = comparisons.map(\.table)
    sweep = comparisons.compactMap(Chart.sweep).first
    confusion = metrics.map { ConfusionMatrix($0, labelNames: names) }
    classes = metrics?.classRows(labelNames: names) ?? []
    tags = tagMetrics.map { TagsPage($0, thresholds: inputs.head.thresholds, areOwn: true, labelNames: names) }
    calibration = CalibrationPage(measured)
    let tagPages = tagGalleries.map {
      GalleryPage(
        $0, predictions: predictions, by: inputs.head.thresholds, names: filenames, labelNames: names,
        picture: { thumbnails[inputs.image(ofRow: $0)] })
    }
    self.galleries =
      tagPages
      + galleries.filter { !$0.rows.isEmpty }.map {
        GalleryPage(
          $0, predictions: predictions, names: filenames, labelNames: names,
          picture: { thumbnails[inputs.image(ofRow: $0)] })
      }
    galleryNote = thumbnails.reason
    splits = counts.map(\.split.rawValue)
    distribution = DistributionRow.rows(counts.map(\.counts), labelNames: names)
    skipped = inputs.skipped.map {
      SkippedRow(split: $0.split.rawValue, name: $0.image.name, reason: $0.image.reasonAlone)
    }
    hasSkipped = !skipped.isEmpty
    submission = inputs.submission.map {
      SubmissionPage($0, labelNames: names, prior: inputs.head.classPrior)
    }
    createdBy = CacheSchema.createdBy
  }
}

extension SkippedImage {
  /// Without the path, which readers put before it.
  fileprivate var reasonAlone: String {
    reason.firstRange(of: name + ": ").map { String(reason[$0.upperBound...]) } ?? reason
  }
}
