import Core
import Datasets
import FeatureStore
import Support

extension ReportPage {
  /// - Throws: where the caches can't be read.
  init(_ inputs: ReportInputs, key: String, folder: CacheFolder, pool: WorkerPool) throws {
    let metrics = inputs.predictions.metrics
    let names = inputs.labelNames
    let galleries = Gallery.Kind.allCases.map { kind in
      Gallery(
        kind, probabilities: inputs.predictions.probabilities, labels: inputs.predictions.labels,
        classes: metrics.classes)
    }
    let thumbnails = inputs.thumbnails(
      ofRows: Set(galleries.flatMap(\.rows)).sorted(), folder: folder, pool: pool)
    let filenames = try inputs.names()
    let counts = try inputs.classCounts()

    self.key = key
    title = "\(percent(metrics.accuracy)) – VGG16 feature cache"
    heading =
      "\(percent(metrics.accuracy)) of \(inputs.predictedImages) are right"
      + (inputs.hasFolds ? ", each told by heads that were trained without it" : "")
    summary = inputs.summary
    measures = metrics.measures
    facts = inputs.facts
    trainingNote = inputs.trainingNote
    curves = [
      .loss(inputs.head.epochs, bestEpoch: inputs.head.bestEpoch),
      .accuracy(inputs.head.epochs, bestEpoch: inputs.head.bestEpoch),
    ]
    let comparisons = inputs.head.choice?.comparisons ?? []
    self.comparisons = comparisons.map(\.table)
    sweep = comparisons.compactMap(Chart.sweep).first
    confusion = ConfusionMatrix(metrics, labelNames: names)
    classes = metrics.classRows(labelNames: names)
    calibration = [.reliability(metrics), .confidences(id: "confidence", metrics.calibration.map(\.rowCount))]
    self.galleries = galleries.filter { !$0.rows.isEmpty }.map {
      GalleryPage(
        $0, predictions: inputs.predictions, thumbnails: thumbnails, names: filenames, labelNames: names)
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
