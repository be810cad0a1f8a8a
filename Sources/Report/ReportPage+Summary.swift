import Core
import FeatureStore
import Support

// What was run, and how good it is.

extension ReportInputs {
  /// In a sentence or two.
  var summary: String {
    let heads = ensemble.heads.count
    let what = heads == 1 ? "A \(field("head")) head" : "An ensemble of \(heads) \(field("head")) heads"
    let classes =
      head.isMultiLabel
      ? "with \(count(labelNames.count, "tag"))" : "in \(count(labelNames.count, "class", plural: "classes"))"
    let kept =
      hasFolds
      ? " in folds: each head was trained without its fold to the last epoch, so that no image chooses what it judges; the "
        + "predictions for other images are averaged"
      : heads == 1
        ? " for \(count(head.epochs.count, "epoch")), and kept at epoch \(head.bestEpoch), where the loss on the "
          + "\(count(valid.imageCount, "validation image")) was lowest"
        : "; each was kept at its best epoch by the loss on the \(count(valid.imageCount, "validation image")), and their "
          + "predictions are averaged"
    return "\(what) with dropout p = \(field("dropout")), trained on VGG16’s \(field("layer")) features of "
      + "\(count(train.imageCount + (hasFolds ? valid.imageCount : 0), "image")) \(classes)\(kept)."
  }

  /// Whose training is shown, where that needs saying.
  var trainingNote: String? {
    let heads = ensemble.heads.count
    return heads == 1 ? nil : "The training of the member with the lowest validation loss, of \(heads)."
  }

  /// Where everything came from, and how it was made.
  var facts: [ReportPage.Fact] {
    [
      ("Images", splitSizes),
      ("Features", "\(field("layer")), \(train.featureShape)"),
      ("Input", "\(field("input_size").replacing("x", with: "×")), \(field("resize"))"),
      ("Preprocessing", field("preprocessing")),
      ("Augmentation", train.attributes[CacheSchema.Attribute.augmentation] ?? "none"),
      (
        "Weights",
        "\(train.attributes[CacheSchema.Attribute.weightsSource] ?? "not named"), digest \(short("weights_digest"))"
      ),
      ("Head", head.head.architecture.description),
      ("Training", training),
      ("Head’s key", String(ensemble.key.prefix(12))),
      (
        "Skipped files",
        skipped.isEmpty ? "None: every image could be decoded." : "\(grouped(skipped.count)), see above"
      ),
    ].map { ReportPage.Fact(name: $0.0, value: $0.1) }
  }

  private var splitSizes: String {
    func part(_ cache: FeatureCache, _ name: String) -> String {
      let augmented = cache.rowCount - cache.imageCount
      let passes = augmented > 0 ? ["\(grouped(augmented)) augmented"] : []
      let skipped = cache.skipped.isEmpty ? [] : ["\(grouped(cache.skipped.count)) skipped"]
      let more = passes + skipped
      return "\(grouped(cache.imageCount)) \(name)" + (more.isEmpty ? "" : " (and \(more.joined(separator: ", ")))")
    }
    let parts = [part(train, "training"), part(valid, "validation")]
    return (parts + (test.map { [part($0, "test")] } ?? [])).joined(separator: " · ")
  }

  /// The options that are set, as fit-head calls them.
  private var training: String {
    ensemble.trainedWith.map { "\($0.name) \($0.value)" }.joined(separator: " · ")
  }

  private func field(_ name: String) -> String { head.attributes[name] ?? "" }
  private func short(_ name: String) -> String { field(name).prefix(12) + (field(name).count > 12 ? "…" : "") }
}

extension ReportInputs {
  /// Nil where no test label is known, or nothing was submitted.
  var testHeadline: ReportPage.Headline? {
    if let f2 = submission?.testF2 { return ReportPage.Headline(f2, of: "test image") }
    guard let submission, let test = submission.test else { return nil }
    let threshold = submission.threshold.map { ", \($0.summary(head.labelNames))" }
    return ReportPage.Headline(test, of: "test image", more: threshold ?? "")
  }
}

extension ReportPage.Headline {
  /// - Parameters:
  ///   - images: what they are: "validation image".
  ///   - more: behind "are right".
  init(_ accuracy: Accuracy, of images: String, more: String = "") {
    share = percent(accuracy.share)
    what = "of \(count(accuracy.count, images)) \(accuracy.count == 1 ? "is" : "are") right\(more)"
    range = "95 % interval \(accuracy.range)"
  }
}

extension Predictions {
  /// What is to be seen next.
  var shownMeasures: [ReportPage.Measure] {
    let metrics = metrics
    let top = metrics.topAccuracies
    let area = TwoClassJudgement(self, positive: 1)?.curve.area
    return [.init(name: "log-loss", value: MeanInterval(of: losses).summary)]
      + (classes > top.count ? [.init(name: "top-\(top.count) accuracy", value: percent(top.last!))] : [])
      + (area.map { [.init(name: "area under the ROC curve", value: fixed($0, 3))] } ?? [])
      + [
        .init(name: "macro F1", value: metrics.macroF1Summary),
        .init(name: "calibration error", value: percent(metrics.calibrationError)),
      ]
  }
}

extension HeadComparison {
  var table: ReportPage.Table {
    func cells(_ row: [String]) -> [ReportPage.Cell] {
      row.enumerated().map { ReportPage.Cell(text: $0.1, isNumber: $0.0 >= firstNumber) }
    }
    return ReportPage.Table(columns: cells(columns), rows: rows.map(cells), caption: title)
  }
}
