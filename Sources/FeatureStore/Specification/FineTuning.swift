import Core

/// How the convolutions behind the cut are trained, together with a head that was trained before them.
public struct FineTuning: Codable, Hashable, Sendable, CustomStringConvertible {
  /// The layer to cut the network after where nothing else is said: the last block is trained.
  public static let usualCut = "block4_pool"
  /// What it gains: Stages.docc, "Fine-tuning".
  public static let usualSchedule = LearningRateSchedule(phases: [.init(epochs: 12, rate: 1e-4, shape: .cosine)])

  public var schedule: LearningRateSchedule
  public var batchSize: Int

  public init(schedule: LearningRateSchedule = usualSchedule, batchSize: Int = 32) {
    (self.schedule, self.batchSize) = (schedule, batchSize)
  }

  public var description: String { "\(schedule)" }
}
