import Core
import Support

/// A head at its best epoch, and how it came to be: what a head file holds.
package struct TrainedHead: Sendable {
  package let recipe: HeadRecipe
  package let spec: TrainedHeadSpec
  package let head: Head
  /// The convolutions between the cut and the head where they were fine-tuned.
  package let tail: BackboneTail?
  package let epochs: [TrainingHistory.Epoch]
  /// From 1.
  package let bestEpoch: Int
  package let validation: Predictions
  /// How many of the epochs trained the head alone; nil where all did.
  package let frozenEpochs: Int?

  package init(
    recipe: HeadRecipe, spec: TrainedHeadSpec, head: Head, tail: BackboneTail? = nil, epochs: [TrainingHistory.Epoch],
    bestEpoch: Int, validation: Predictions, frozenEpochs: Int? = nil
  ) {
    (self.tail, self.frozenEpochs) = (tail, frozenEpochs)
    (self.recipe, self.spec, self.head, self.epochs) = (recipe, spec, head, epochs)
    (self.bestEpoch, self.validation) = (bestEpoch, validation)
  }

  /// Loss and accuracy on the validation split at the best epoch.
  package var score: HeadMetrics { epochs[bestEpoch - 1].validation }

  /// For people: how good it is.
  package var summary: String { "\(spec.fold == nil ? "best" : "last") epoch \(bestEpoch): \(validation.summary)" }
}

extension Predictions {
  /// For people: how good they are.
  package var summary: String {
    switch measures {
    case .one(let metrics):
      "validation accuracy \(metrics.measuredAccuracy.summary), log-loss \(significant(metrics.logLoss))"
    case .many(let metrics): "validation \(metrics.summary), log-loss \(significant(metrics.logLoss))"
    }
  }
}
