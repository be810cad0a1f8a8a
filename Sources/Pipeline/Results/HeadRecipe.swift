import Core

/// One head to train: what tells it from the others of a sweep or an ensemble.
struct HeadRecipe: Sendable, Hashable {
  let design: HeadDesign
  let dropout: Float
  let schedule: LearningRateSchedule
  let seed: UInt64

  /// For file names: `fastai-p0.8-seed2`.
  var name: String { "\(design)-p\(dropout)-seed\(seed)" }

  /// What the layers are called, and the p that sets their dropout.
  var readable: [Readable] { [Readable("head", "\(design)"), Readable("dropout", "\(dropout)")] }

  /// The same with another seed.
  func reseeded(_ seed: UInt64) -> HeadRecipe {
    HeadRecipe(design: design, dropout: dropout, schedule: schedule, seed: seed)
  }
}
