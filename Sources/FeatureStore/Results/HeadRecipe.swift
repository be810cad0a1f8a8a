import Core

/// One head to train: what tells it from the others of a sweep or an ensemble.
package struct HeadRecipe: Sendable, Hashable {
  package let design: HeadDesign
  package let dropout: Float
  package let schedule: LearningRateSchedule
  package let seed: UInt64

  package init(design: HeadDesign, dropout: Float, schedule: LearningRateSchedule, seed: UInt64) {
    (self.design, self.dropout, self.schedule, self.seed) = (design, dropout, schedule, seed)
  }

  /// For file names: `fastai-p0.8-seed2`.
  package var name: String { "\(design)-p\(dropout)-seed\(seed)" }

  /// What the layers are called, and the p that sets their dropout.
  package var readable: [Readable] { [Readable("head", "\(design)"), Readable("dropout", "\(dropout)")] }

  /// The same with another seed.
  package func reseeded(_ seed: UInt64) -> HeadRecipe {
    HeadRecipe(design: design, dropout: dropout, schedule: schedule, seed: seed)
  }
}
