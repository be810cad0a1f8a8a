import Core

/// A head at its best epoch, and how it came to be: what a head file holds.
struct TrainedHead: Sendable {
  let recipe: HeadRecipe
  let spec: TrainedHeadSpec
  let head: Head
  let epochs: [TrainingHistory.Epoch]
  /// From 1.
  let bestEpoch: Int
  let validation: Predictions

  /// Loss and accuracy on the validation split at the best epoch.
  var score: HeadMetrics { epochs[bestEpoch - 1].validation }

  /// For people: how good it is.
  var summary: String { "best epoch \(bestEpoch): \(score.summary)" }
}

extension HeadMetrics {
  var summary: String { "validation loss \(fixed(loss, 4)), accuracy \(percent(accuracy))" }
}

/// What was predicted for rows whose classes are known.
struct Predictions: Sendable {
  /// N×K, row by row.
  let probabilities: [Float]
  /// The right class of each row.
  let labels: [Int]

  var classes: Int { probabilities.count / max(labels.count, 1) }

  var metrics: ClassificationMetrics {
    ClassificationMetrics(probabilities: probabilities, labels: labels, classes: classes)
  }

  /// An ensemble's predictions: the mean of its members'.
  static func mean(of members: [Predictions]) -> Predictions {
    Predictions(probabilities: Core.mean(of: members.map(\.probabilities)), labels: members[0].labels)
  }
}
