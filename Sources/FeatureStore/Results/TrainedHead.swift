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
  package var summary: String { "best epoch \(bestEpoch): \(score.summary)" }
}

extension HeadMetrics {
  package var summary: String { "validation loss \(fixed(loss, 4)), accuracy \(percent(accuracy))" }
}

/// What was predicted for rows whose classes are known.
package struct Predictions: Sendable {
  /// N×K, row by row.
  package let probabilities: [Float]
  /// The right class of each row.
  package let labels: [Int]

  package init(probabilities: [Float], labels: [Int]) {
    (self.probabilities, self.labels) = (probabilities, labels)
  }

  package var classes: Int { probabilities.count / max(labels.count, 1) }

  /// How many rows' most probable class is the right one.
  package var right: Int {
    let metrics = metrics
    return (0..<classes).reduce(0) { $0 + metrics.count(of: $1, takenFor: $1) }
  }

  package var metrics: ClassificationMetrics {
    ClassificationMetrics(probabilities: probabilities, labels: labels, classes: classes)
  }

  /// An ensemble's predictions: the mean of its members'.
  package static func mean(of members: [Predictions]) -> Predictions {
    Predictions(probabilities: Core.mean(of: members.map(\.probabilities)), labels: members[0].labels)
  }
}
