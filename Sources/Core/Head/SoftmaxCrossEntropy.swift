/// Softmax over the logits and categorical cross-entropy against a distribution of targets.
///
/// With z the logits and t the targets (B×K both), p = exp(z) / Σ exp(z), and a row's loss is -Σ t log p. Hard labels
/// are rows with a single 1; smoothed, soft and weighted labels are rows that aren't.
final class SoftmaxCrossEntropy: HeadLoss {
  /// p, computed from z - max z so that nothing overflows.
  func probabilities(_ logits: Matrix, rows: Int, into probabilities: Matrix) {
    for row in 0..<rows {
      let z = logits.floats + row * logits.stride
      let p = probabilities.floats + row * probabilities.stride
      let greatest = maximum(z, count: logits.columns)
      var sum: Float = 0
      for k in 0..<logits.columns {
        p[k] = exponential(z[k] - greatest)
        sum += p[k]
      }
      for k in 0..<logits.columns { p[k] /= sum }
    }
  }

  /// The sum of the rows' losses, Σ t (log Σ exp(z) - z): no logarithm of a probability that has vanished.
  func loss(_ logits: Matrix, targets: Matrix, rows: Int) -> Double {
    var loss = 0.0
    for row in 0..<rows {
      let z = logits.floats + row * logits.stride
      let t = targets.floats + row * targets.stride
      let greatest = maximum(z, count: logits.columns)
      var sum: Float = 0
      for k in 0..<logits.columns { sum += exponential(z[k] - greatest) }
      let logSum = logarithm(sum)
      for k in 0..<logits.columns where t[k] != 0 { loss += Double(t[k] * (logSum - (z[k] - greatest))) }
    }
    return loss
  }

  /// The gradient of the batch's mean loss by the logits: (p Σ t - t) / B.
  func backward(_ probabilities: Matrix, targets: Matrix, rows: Int, into gradient: Matrix) {
    let scale = 1 / Float(rows)
    for row in 0..<rows {
      let p = probabilities.floats + row * probabilities.stride
      let t = targets.floats + row * targets.stride
      let dz = gradient.floats + row * gradient.stride
      var mass: Float = 0
      for k in 0..<probabilities.columns { mass += t[k] }
      for k in 0..<probabilities.columns { dz[k] = (p[k] * mass - t[k]) * scale }
    }
  }

  /// How many rows have their greatest probability where their greatest target is (the first, among equals).
  func correct(_ probabilities: Matrix, targets: Matrix, rows: Int) -> (right: Int, all: Int) {
    let right = (0..<rows).count { row in
      let p = probabilities.floats + row * probabilities.stride
      let t = targets.floats + row * targets.stride
      return indexOfMaximum(p, count: probabilities.columns) == indexOfMaximum(t, count: targets.columns)
    }
    return (right, rows)
  }

  private func maximum(_ values: UnsafePointer<Float>, count: Int) -> Float {
    values[indexOfMaximum(values, count: count)]
  }

  private func indexOfMaximum(_ values: UnsafePointer<Float>, count: Int) -> Int {
    var best = 0
    for k in 1..<count where values[k] > values[best] { best = k }
    return best
  }
}
