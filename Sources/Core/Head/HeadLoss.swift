/// What a head's last layer makes of its sums, and what training makes less: the two belong together. All matrices are B×K.
protocol HeadLoss: AnyObject {
  func probabilities(_ logits: Matrix, rows: Int, into probabilities: Matrix)

  /// The sum of the rows' losses, in nats.
  func loss(_ logits: Matrix, targets: Matrix, rows: Int) -> Double

  /// The gradient of the batch's mean loss by the logits.
  func backward(_ probabilities: Matrix, targets: Matrix, rows: Int, into gradient: Matrix)

  /// How many answers are right, of how many: a row is one answer, or one for each class.
  func correct(_ probabilities: Matrix, targets: Matrix, rows: Int) -> (right: Int, all: Int)
}

extension HeadArchitecture {
  /// The loss that its last layer is trained by.
  var loss: any HeadLoss { isMultiLabel ? SigmoidCrossEntropy() : SoftmaxCrossEntropy() }
}
