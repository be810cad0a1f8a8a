/// What a head's last layer makes of its sums, and what training makes less: the two belong together.
enum HeadLoss {
  /// One class a row: they share a probability of 1.
  case softmaxCrossEntropy
  /// Any number of classes a row: each has a probability of its own.
  case sigmoidCrossEntropy

  init(of architecture: HeadArchitecture) {
    self = architecture.isMultiLabel ? .sigmoidCrossEntropy : .softmaxCrossEntropy
  }

  func probabilities(_ logits: Matrix, rows: Int, into probabilities: Matrix) {
    switch self {
    case .softmaxCrossEntropy: SoftmaxCrossEntropy.probabilities(logits, rows: rows, into: probabilities)
    case .sigmoidCrossEntropy: SigmoidCrossEntropy.probabilities(logits, rows: rows, into: probabilities)
    }
  }

  /// The sum of the rows' losses.
  func loss(_ logits: Matrix, targets: Matrix, rows: Int) -> Double {
    switch self {
    case .softmaxCrossEntropy: SoftmaxCrossEntropy.loss(logits, targets: targets, rows: rows)
    case .sigmoidCrossEntropy: SigmoidCrossEntropy.loss(logits, targets: targets, rows: rows)
    }
  }

  /// The gradient of the batch's mean loss by the logits.
  func backward(_ probabilities: Matrix, targets: Matrix, rows: Int, into gradient: Matrix) {
    switch self {
    case .softmaxCrossEntropy:
      SoftmaxCrossEntropy.backward(probabilities, targets: targets, rows: rows, into: gradient)
    case .sigmoidCrossEntropy:
      SigmoidCrossEntropy.backward(probabilities, targets: targets, rows: rows, into: gradient)
    }
  }

  /// How many answers are right, of how many: a row is one answer, or one for each class.
  func correct(_ probabilities: Matrix, targets: Matrix, rows: Int) -> (right: Int, all: Int) {
    switch self {
    case .softmaxCrossEntropy:
      (SoftmaxCrossEntropy.correct(probabilities, targets: targets, rows: rows), rows)
    case .sigmoidCrossEntropy:
      (SigmoidCrossEntropy.correct(probabilities, targets: targets, rows: rows), rows * probabilities.columns)
    }
  }
}
