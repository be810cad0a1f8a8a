import ArgumentParser
import Core
import FeatureStore
import Stages

/// How a head is trained.
struct TrainingOptions: ParsableArguments {
  private static let defaults = TrainingRequest()

  @Option(
    parsing: .singleValue,
    help: """
      Learning rates: epochs@rate,epochs@rate,…; cosine:epochs@rate falls to zero along a cosine. Give it several times \
      to try several. (default: \(defaults.schedules[0]))
      """,
    transform: LearningRateSchedule.init(parsing:))
  var schedule: [LearningRateSchedule] = []

  @Option(
    name: .customLong(FineTuningOption.name.withoutDashes),
    defaultAsFlag: FineTuning.usualSchedule,
    help: ArgumentHelp(
      """
      Once the head is trained, train the convolutions behind the cut together with it: epochs@rate,… \
      (\(FineTuning.usualSchedule) where none is given). The network is cut after \(FineTuning.usualCut) then.
      """, valueName: "schedule"),
    transform: LearningRateSchedule.init(parsing:))
  var fineTune: LearningRateSchedule?

  @Option(help: "Stop when the validation loss has not got better for so many epochs. (default: with the schedule)")
  var patience: Int?

  @Option(help: "Images a training step.")
  var batchSize = defaults.batchSize

  @Option(help: "balanced: every class counts the same, however many images it has.")
  var classWeights = defaults.classWeights

  @Option(help: "How much of each target is spread evenly over all classes.")
  var labelSmoothing = Share(defaults.labelSmoothing)

  @Option(help: "λ of a penalty λ Σ w² on the dense layers' kernels.")
  var l2 = defaults.l2

  @Option(help: "Seed of the initial weights, the shuffling and the dropout.")
  var seed = defaults.seed

  func validate() throws {
    guard (2...65_536).contains(batchSize) else {
      throw ValidationError("--batch-size is 2 to 65536: BatchNorm needs a variance.")
    }
    try check("--patience", patience, in: 1...Int(Int32.max), "no schedule is longer")
    guard labelSmoothing.value >= 0, labelSmoothing.value < 1 else {
      throw ValidationError("--label-smoothing is a share: from 0 to below 1.")
    }
    guard l2 >= 0, l2 <= 1 else { throw ValidationError("--l2 is 0 to 1.") }
  }

  /// - Parameter augmentedPasses: of the train cache.
  func request(augmentedPasses: Int?) -> TrainingRequest {
    var request = TrainingRequest()
    if !schedule.isEmpty { request.schedules = schedule }
    (request.patience, request.batchSize, request.classWeights) = (patience, batchSize, classWeights)
    (request.labelSmoothing, request.l2, request.seed) = (Float(labelSmoothing.value), l2, seed)
    request.augmentedPasses = augmentedPasses
    request.fineTuning = fineTune.map { FineTuning(schedule: $0) }
    return request
  }
}

extension ClassWeights: ExpressibleByArgument {}
