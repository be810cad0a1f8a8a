import Console
import Core
import FeatureStore
import Foundation
import Storage
import Support
import SystemPackage

/// `cache/evaluation.html`: what a head made of a folder of pictures whose classes are known.
package struct EvaluationReport {
  private let path: String
  /// The user's own name for it; nil: the usual place.
  private let option: String?
  private let cache: CacheFolder
  private let threads: Int
  private let terminal: Terminal

  /// - Parameter path: of the page; nil: evaluation.html in the cache folder.
  package init(_ cache: CacheFolder, path: String?, threads: Int, terminal: Terminal) {
    self.path = path ?? cache.evaluation
    option = path.map { _ in "--report" }
    (self.cache, self.threads, self.terminal) = (cache, threads, terminal)
  }

  /// - Parameter inputs: the files that the evaluation reads.
  /// - Throws: `PipelineError` where the page would take the place of something else.
  package func check(inputs: [String]) throws {
    guard let option else { return }
    try OutputPath(path: path, option: option).check(cache, inputs: inputs)
  }

  /// - Throws: `StorageError` where the page can't be written.
  package func write(_ evaluated: EvaluatedFolder) throws {
    let page = EvaluationPage(evaluated, pool: WorkerPool(threads: threads))
    try AtomicFile.replace(path, with: try ReportTemplate.html(of: page, "evaluation").utf8)
    terminal.note("\(path): written")
  }
}

/// What the page shows, as its template reads it; the parts are those of ``ReportPage``.
struct EvaluationPage {
  let title: String
  let kicker = "VGG16 feature cache · evaluation"
  let headlines: [ReportPage.Headline]
  let summary: String
  let measures: [ReportPage.Measure]
  let galleries: [ReportPage.GalleryPage]
  let galleryNote: String?
  let imagesName = "Images"
  /// Nil where a picture has any number of tags.
  let confusion: ReportPage.ConfusionMatrix?
  /// In place of the classes where a picture has any number of tags.
  let tags: ReportPage.TagsPage?
  let classes: [ReportPage.ClassRow]
  let hasDistribution = false
  let thresholds: ReportPage.ThresholdsPage?
  let calibration: ReportPage.CalibrationPage
  let cautions: [String]
  let unreadable: [String]
  let hasUnreadable: Bool
  let facts: [ReportPage.Fact]
  let createdBy = CacheSchema.createdBy

  init(_ evaluated: EvaluatedFolder, pool: WorkerPool) {
    let (predictions, head, measured) = (evaluated.predictions, evaluated.head, evaluated.measures)
    let name = FilePath(evaluated.path).lastComponent?.string ?? evaluated.path
    let score = predictions.truth.tags == nil ? predictions.accuracy.brief : "F2 \(measured.brief)"
    title = "\(name): \(score) – VGG16 feature cache"
    let prefix = evaluated.path.hasSuffix("/") ? evaluated.path : evaluated.path + "/"
    let names = evaluated.pictures.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
    let judged = "\(evaluated.path), judged by \(head.path)"
    func thumbnails(_ rows: [Int]) -> Thumbnails {
      Thumbnails(ofFiles: evaluated.pictures, rows: Set(rows).sorted(), pool: pool)
    }
    switch measured {
    case .one(let metrics):
      let accuracy = predictions.accuracy
      headlines = [.init(accuracy, of: "picture")]
      summary = "\(judged): accuracy \(accuracy.summary)."
      measures = predictions.shownMeasures
      confusion = ReportPage.ConfusionMatrix(metrics, labelNames: head.labelNames)
      classes = metrics.classRows(labelNames: head.labelNames)
      tags = nil
      let shown = Gallery.Kind.allCases.map {
        Gallery($0, probabilities: predictions.probabilities, labels: predictions.labels, classes: metrics.classes)
      }.filter { !$0.rows.isEmpty }
      let pictures = thumbnails(shown.flatMap(\.rows))
      galleries = shown.map {
        ReportPage.GalleryPage(
          $0, predictions: predictions, names: names, labelNames: head.labelNames, picture: { pictures[$0] })
      }
      galleryNote = pictures.reason
    case .many(let metrics):
      headlines = [.init(metrics.f2Score, of: "picture")]
      summary = "\(judged): \(metrics.summary)."
      measures = metrics.shownMeasures
      confusion = nil
      classes = []
      tags = ReportPage.TagsPage(metrics, thresholds: head.thresholds, areOwn: false, labelNames: head.labelNames)
      let shown = TagGallery.all(metrics)
      let pictures = thumbnails(shown.flatMap(\.rows))
      galleries = shown.map {
        ReportPage.GalleryPage(
          $0, predictions: predictions, by: head.thresholds, names: names, labelNames: head.labelNames,
          picture: { pictures[$0] })
      }
      galleryNote = pictures.reason
    }
    thresholds = ReportPage.ThresholdsPage(predictions, labelNames: head.labelNames)
    calibration = ReportPage.CalibrationPage(measured)
    cautions = evaluated.cautions
    unreadable = evaluated.unreadable
    hasUnreadable = !unreadable.isEmpty
    facts =
      [
        ("Heads", evaluated.headCount == 1 ? "one" : "\(evaluated.headCount), whose predictions are averaged"),
        ("Layers", head.head.architecture.description),
        ("Head’s key", String((head.choice?.key ?? head.key).prefix(12))),
      ].map { ReportPage.Fact(name: $0.0, value: $0.1) }
      + head.spec.features.compared.map { ReportPage.Fact(name: $0.name, value: $0.value) }
  }
}
