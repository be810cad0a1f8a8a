/// The logistic function of each logit, and binary cross-entropy against targets from 0 to 1
/// (`keras.losses.BinaryCrossentropy`).
///
/// With z the logits and t the targets (B×K both), p = 1 / (1 + exp(-z)), and a row's loss is the mean over its K classes of
/// -t log p - (1 - t) log(1 - p).
final class SigmoidCrossEntropy: HeadLoss {
  func probabilities(_ logits: Matrix, rows: Int, into probabilities: Matrix) {
    for row in 0..<rows {
      let z = logits.floats + row * logits.stride
      let p = probabilities.floats + row * probabilities.stride
      for k in 0..<logits.columns { p[k] = 1 / (1 + exponential(-z[k])) }
    }
  }

  /// The sum of the rows' losses, each the mean of max(z, 0) - z t + log(1 + exp(-|z|)): no logarithm of a probability that
  /// has vanished.
  func loss(_ logits: Matrix, targets: Matrix, rows: Int) -> Double {
    var loss = 0.0
    for row in 0..<rows {
      let z = logits.floats + row * logits.stride
      let t = targets.floats + row * targets.stride
      var sum = 0.0
      for k in 0..<logits.columns {
        let logit = Double(z[k])
        sum += max(logit, 0) - logit * Double(t[k]) + logarithm(1 + exponential(-abs(logit)))
      }
      loss += sum / Double(logits.columns)
    }
    return loss
  }

  /// The gradient of the batch's mean loss by the logits: (p - t) / (B K).
  func backward(_ probabilities: Matrix, targets: Matrix, rows: Int, into gradient: Matrix) {
    let scale = 1 / Float(rows * probabilities.columns)
    for row in 0..<rows {
      let p = probabilities.floats + row * probabilities.stride
      let t = targets.floats + row * targets.stride
      let dz = gradient.floats + row * gradient.stride
      for k in 0..<probabilities.columns { dz[k] = (p[k] - t[k]) * scale }
    }
  }

  /// How many of the B×K probabilities are above a half where the target is, and below where not
  /// (`keras.metrics.BinaryAccuracy`).
  func correct(_ probabilities: Matrix, targets: Matrix, rows: Int) -> (right: Int, all: Int) {
    let right = (0..<rows).reduce(0) { sum, row in
      let p = probabilities.floats + row * probabilities.stride
      let t = targets.floats + row * targets.stride
      return sum + (0..<probabilities.columns).count { (p[$0] > 0.5) == (t[$0] > 0.5) }
    }
    return (right, rows * probabilities.columns)
  }
}
