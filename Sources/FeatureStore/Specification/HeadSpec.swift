import Core

/// What a head is: its layers, and what is made least in training.
package struct HeadSpec: Specification {
  package enum Loss: String, Codable, Sendable {
    case categoricalCrossEntropy = "categorical_crossentropy"
    /// Of any number of classes an image.
    case binaryCrossEntropy = "binary_crossentropy"
  }

  /// H×W×C of a feature.
  package var input: FeatureShape
  package var layers: [HeadArchitecture.Layer]
  /// The convolutions between the cut and the head, of the backbone, that the head file holds; nil: none.
  package var convolutions: [String]?
  package var loss: Loss

  /// - Parameter cut: what the convolutions that are the head file's own are behind; nil: none are.
  package init(_ architecture: HeadArchitecture, behind cut: Backbone.Layer? = nil) {
    (input, layers) = (architecture.input, architecture.layers)
    loss = architecture.isMultiLabel ? .binaryCrossEntropy : .categoricalCrossEntropy
    convolutions = cut?.convolutionsBehind.map(\.name)
  }

  /// - Throws: `HeadError` where the layers make no head.
  package func architecture() throws -> HeadArchitecture {
    try HeadArchitecture(input: input, layers: layers)
  }

  package var readable: [Readable] {
    [
      Readable("input", "\(input)"),
      Readable("layers", ((convolutions ?? []) + layers.map(\.description)).joined(separator: " · ")),
    ] + (loss == .categoricalCrossEntropy ? [] : [Readable("loss", loss.rawValue)])
  }
}

/// How a head is trained.
package struct TrainingSpec: Specification {
  package var schedule: LearningRateSchedule
  /// Training ends when the validation loss has not got better for so many epochs; nil: with the schedule.
  package var patience: Int?
  package var batchSize: Int
  package var classWeights: ClassWeights
  /// How much of each target is spread over all classes.
  package var labelSmoothing: Float
  /// λ of a penalty λ Σ w² on the kernels.
  package var l2: Double
  /// How many of the augmented passes in the train cache are used; all where nil.
  package var augmentedPasses: Int?
  /// Of the initial weights, the shuffling and the dropout.
  package var seed: UInt64
  /// Of the head together with the convolutions before it, once the head is trained; nil: there is none.
  package var fineTuning: FineTuning?

  package init(
    schedule: LearningRateSchedule, patience: Int?, batchSize: Int, classWeights: ClassWeights, labelSmoothing: Float,
    l2: Double, augmentedPasses: Int?, seed: UInt64, fineTuning: FineTuning? = nil
  ) {
    self.fineTuning = fineTuning
    (self.schedule, self.patience, self.batchSize) = (schedule, patience, batchSize)
    (self.classWeights, self.labelSmoothing, self.l2) = (classWeights, labelSmoothing, l2)
    (self.augmentedPasses, self.seed) = (augmentedPasses, seed)
  }

  /// What is not as it is where nothing is said is left out, but for the first three.
  package var readable: [Readable] {
    let always = [
      Readable("schedule", "\(schedule)"), Readable("batch_size", "\(batchSize)"), Readable("seed", "\(seed)"),
    ]
    let sometimes = [
      patience.map { Readable("patience", "\($0)") },
      classWeights == .none ? nil : Readable("class_weights", classWeights.rawValue),
      labelSmoothing == 0 ? nil : Readable("label_smoothing", "\(labelSmoothing)"),
      l2 == 0 ? nil : Readable("l2", "\(l2)"),
      augmentedPasses.map { Readable("augmented_passes", "\($0)") },
      fineTuning.map { Readable("fine_tuning", "\($0)") },
    ]
    return always + sometimes.compactMap(\.self)
  }
}

/// What decides a trained head.
package struct TrainedHeadSpec: Specification {
  package var features: FeatureSpec
  package var head: HeadSpec
  package var training: TrainingSpec
  /// The keys of the caches that it is trained on and chosen by.
  package var trainKey: String
  package var validKey: String
  /// Nil: none.
  package var pseudoLabels: PseudoLabelSpec?
  /// Of the images of both caches together; nil: it is trained on one and chosen by the other.
  package var fold: FoldSpec?
  /// Of the images, how many are trained on, for a learning curve; nil: all.
  package var share: Double?

  package init(
    features: FeatureSpec, head: HeadSpec, training: TrainingSpec, trainKey: String, validKey: String,
    pseudoLabels: PseudoLabelSpec?, fold: FoldSpec? = nil, share: Double? = nil
  ) {
    (self.features, self.head, self.training) = (features, head, training)
    (self.trainKey, self.validKey, self.pseudoLabels) = (trainKey, validKey, pseudoLabels)
    (self.fold, self.share) = (fold, share)
  }

  package var readable: [Readable] {
    features.readable + head.readable + training.readable + (fold?.readable ?? [])
      + (share.map { [Readable("share", "\($0)")] } ?? [])
  }
}

/// Which images without labels are trained on, and who labels them.
package struct PseudoLabelSpec: Specification {
  package var labelling: PseudoLabelling
  package var testKey: String
  /// The keys of the heads whose predictions are the labels.
  package var teachers: [String]

  package init(labelling: PseudoLabelling, testKey: String, teachers: [String]) {
    (self.labelling, self.testKey, self.teachers) = (labelling, testKey, teachers)
  }

  package var readable: [Readable] { [Readable("pseudo-labels", "\(labelling)")] }
}
