import FeatureStore
import Support

/// Heads of one recipe that are trained on more and more of the images, all judged by the same ones: whether more images
/// would help.
package struct LearningCurve {
  package static let shares = [0.25, 0.5, 1]

  /// A share of the images that heads are trained on.
  package struct Point {
    let share: Double
    /// Without augmented passes; the mean over the folds.
    let imageCount: Int
    let validation: Predictions

    package init(share: Double, imageCount: Int, validation: Predictions) {
      (self.share, self.imageCount, self.validation) = (share, imageCount, validation)
    }
  }

  /// By their shares, ascending; the last one is of all.
  let points: [Point]

  /// - Parameter points: two at least.
  package init(points: [Point]) {
    self.points = points
  }

  /// Of few images some shares are the same ones: each is trained on once.
  ///
  /// - Parameter trainings: one for each fold, a single one where there are none.
  /// - Returns: nil where no share is less than all.
  /// - Throws: as ``HeadTraining/heads(of:by:)``.
  init?(of recipe: HeadRecipe, by trainings: [HeadTraining], _ order: TrainingShare) throws {
    var points: [Point] = []
    for share in Self.shares.reversed() {
      let some = trainings.map { $0.on(share == 1 ? nil : share, order) }
      let images = try some.map { Set(try $0.trainedImages()).count }
      let imageCount = images.reduce(0, +) / images.count
      if let more = points.first, more.imageCount == imageCount { continue }
      guard let heads = try HeadTraining.heads(of: [recipe], by: some)[0] else { preconditionFailure("no heads") }
      points.insert(Point(share: share, imageCount: imageCount, validation: .mean(of: heads.map(\.validation))), at: 0)
    }
    guard points.count > 1 else { return nil }
    self.points = points
  }

  /// - Parameter isOfFrozen: whether the head is fine-tuned later on, and the curve is of what it is before.
  func table(isOfFrozen: Bool) -> HeadComparison {
    HeadComparison(
      title: "Learning curve: the same head, trained on a share of the images" + (isOfFrozen ? ", not fine-tuned" : ""),
      columns: ["share", "trained on", "log-loss", points[0].validation.scoreName],
      rows: points.map { point in
        [
          percent(point.share), count(point.imageCount, "image"), significant(point.validation.logLoss),
          point.validation.measures.withMargin,
        ]
      }, firstNumber: 0)
  }
}
