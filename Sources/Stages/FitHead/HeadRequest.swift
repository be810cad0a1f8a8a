import Core
import FeatureStore
import Foundation

/// Which heads are trained: every combination of a design with a dropout.
public struct HeadRequest: Sendable {
  public var designs: [HeadDesign]
  /// p of the last dropout layer; the head sets the others by it.
  public var dropouts: [Float]

  public init(designs: [HeadDesign] = [.fastai], dropouts: [Float] = [0.8]) {
    (self.designs, self.dropouts) = (designs, dropouts)
  }
}

/// How heads are trained.
public struct TrainingRequest: Sendable {
  /// Each is tried. The default is the best of those tried on ten splits of the sample's digits, by the mean of their
  /// validation losses.
  public var schedules = [LearningRateSchedule(phases: [.init(epochs: 55, rate: 3e-3, shape: .cosine)])]
  /// Training ends when the validation loss has not got better for so many epochs; nil: with the schedule.
  public var patience: Int?
  /// Images a step.
  public var batchSize = 64
  public var classWeights = ClassWeights.none
  /// How much of each target is spread over all classes.
  public var labelSmoothing: Float = 0
  /// λ of a penalty λ Σ w² on the kernels.
  public var l2 = 0.0
  /// How many of the augmented passes in the train cache are used; all where nil.
  public var augmentedPasses: Int?
  /// Of the initial weights, the shuffling and the dropout.
  public var seed: UInt64 = 2
  /// The convolutions behind the cut are trained, too, once the head is; nil: they are not.
  public var fineTuning: FineTuning?

  public init() {}
}

/// What is made of the best head.
public struct HeadCombination: Sendable {
  /// Its recipe is trained with so many seeds, and their predictions are averaged.
  public var ensemble: Int
  /// Images without labels that are trained on, too.
  public var pseudoLabelling: PseudoLabelling?

  public init(ensemble: Int = 1, pseudoLabelling: PseudoLabelling? = nil) {
    (self.ensemble, self.pseudoLabelling) = (ensemble, pseudoLabelling)
  }
}

extension HeadFitting {
  /// How heads are computed: nothing of it has any influence on them.
  public struct Execution: Sendable {
    public var threads: Int
    /// MiB of features in memory; the others are read from a scratch file.
    public var memory: Int

    public init(
      threads: Int = ProcessInfo.processInfo.activeProcessorCount, memory: Int = FeatureMemory.defaultLimit
    ) {
      (self.threads, self.memory) = (threads, memory)
    }
  }
}
