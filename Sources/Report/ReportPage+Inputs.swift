import Core
import Datasets
import FeatureStore
import Support

extension ReportPage {
  /// - Throws: where the caches can't be read.
  init(_ inputs: ReportInputs, key: String, pool: WorkerPool) throws {
    let metrics = inputs.predictions.metrics
    let names = inputs.labelNames
    let galleries = Gallery.Kind.allCases.map { kind in
      Gallery(
        kind, probabilities: inputs.predictions.probabilities, labels: inputs.predictions.labels,
        classes: metrics.classes)
    }
    let suspects = ShownSuspects(inputs.inspection?.suspects ?? [])
    let thumbnails = inputs.thumbnails(
      ofImages: Set(galleries.flatMap(\.rows).map(inputs.image) + suspects.images).sorted(), pool: pool)
    let filenames = try inputs.names()
    let counts = try inputs.classCounts()

    self.key = key
    imagesName = inputs.hasFolds ? "Images" : "Validation images"
    let accuracy = metrics.measuredAccuracy
    let data = inputs.source?.name.printable
    title = [data, "\(accuracy.brief) – VGG16 feature cache"].compactMap(\.self).joined(separator: ": ")
    kicker = ["VGG16 feature cache", data].compactMap(\.self).joined(separator: " · ")
    headlines =
      [
        .init(
          accuracy, of: inputs.hasFolds ? "image" : "validation image",
          more: inputs.hasFolds ? ", each told by heads that were trained without it" : "")
      ] + [inputs.testHeadline].compactMap(\.self)
    summary = inputs.summary
    measures = inputs.predictions.measures
    facts = inputs.facts
    commands = inputs.commands
    thresholds = ThresholdsPage(inputs.predictions, labelNames: names)
    attention = try AttentionPage(inputs, galleries, names: filenames, pool: pool)
    self.suspects = SuspectsPage(suspects, thumbnails: thumbnails)
    trainingNote = inputs.trainingNote
    curves = [
      .loss(inputs.head.epochs, bestEpoch: inputs.head.bestEpoch, isLast: inputs.hasFolds),
      .accuracy(inputs.head.epochs, bestEpoch: inputs.head.bestEpoch, isLast: inputs.hasFolds),
    ]
    let comparisons = inputs.head.choice?.comparisons ?? []
    self.comparisons = comparisons.map(\.table)
    sweep = comparisons.compactMap(Chart.sweep).first
    confusion = ConfusionMatrix(metrics, labelNames: names)
    classes = metrics.classRows(labelNames: names)
    calibration = [.reliability(metrics), .confidences(id: "confidence", metrics.calibration.map(\.rowCount))]
    self.galleries = galleries.filter { !$0.rows.isEmpty }.map {
      GalleryPage(
        $0, predictions: inputs.predictions, names: filenames, labelNames: names,
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
