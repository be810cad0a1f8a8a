import Core
import Foundation

/// The plain twin of `Head` and `HeadTrainer`: float64, one loop after the other, loss only.
struct PlainHead {
  let architecture: HeadArchitecture
  /// In the order of `HeadArchitecture.variables`.
  var values: [[Double]]

  init(_ head: Head) {
    architecture = head.architecture
    values = head.values.map { $0.map(Double.init) }
  }

  /// The mean loss of a batch of pooled rows with hard labels. A step above 0 trains: dropout by the seed, the batch's
  /// statistics.
  func loss(_ rows: [[Double]], labels: [Int], step: UInt64 = 0, seed: UInt64 = 0) -> Double {
    let losses = zip(probabilities(rows, step: step, seed: seed), labels).map { -log($0[$1]) }
    return losses.reduce(0, +) / Double(losses.count)
  }

  /// The mean binary cross-entropy of a batch of rows that have any number of classes.
  func loss(_ rows: [[Double]], tags: TagMatrix, step: UInt64 = 0, seed: UInt64 = 0) -> Double {
    let losses = probabilities(rows, step: step, seed: seed).enumerated().flatMap { row, probabilities in
      probabilities.enumerated().map { label, p in tags.has(row, label) ? -log(p) : -log(1 - p) }
    }
    return losses.reduce(0, +) / Double(losses.count)
  }

  func probabilities(_ rows: [[Double]], step: UInt64 = 0, seed: UInt64 = 0) -> [[Double]] {
    var activations = rows
    var next = 0
    var isFirstDropout = true
    for (index, layer) in architecture.layers.enumerated() {
      switch layer {
      case .maxPooling, .flatten: break
      case .dropout(let rate):
        if step > 0 {
          let stream = 3 << 56 | step << 8 | UInt64(index)
          dropout(&activations, rate: rate, countsZeros: !isFirstDropout, random: Philox(seed: seed, stream: stream))
        }
        isFirstDropout = false
      case .dense(_, let activation):
        activations = activations.map { dense($0, kernel: values[next], bias: values[next + 1], activation) }
        next += 2
      case .batchNormalization:
        normalize(&activations, variables: Array(values[next..<next + 4]), training: step > 0)
        next += 4
      }
    }
    return activations
  }

  /// Zeros draw only where `countsZeros`; draw i is word i % 32 / 8 of the block i / 32 * 8 + i % 8 of the row.
  private func dropout(_ rows: inout [[Double]], rate: Float, countsZeros: Bool, random: Philox) {
    let scale = Double(1 / (1 - rate))
    for row in rows.indices {
      var draw = 0
      for column in rows[row].indices where countsZeros || rows[row][column] != 0 {
        let block = random.block(UInt64(row) << 32 | UInt64(draw / 32 * 8 + draw % 8))
        let isKept = Double(block[draw % 32 / 8]) >= (Double(rate) * 0x1p32).rounded(.down)
        rows[row][column] *= isKept ? scale : 0
        draw += 1
      }
    }
  }

  private func dense(
    _ x: [Double], kernel: [Double], bias: [Double], _ activation: HeadArchitecture.Activation
  ) -> [Double] {
    let z = bias.indices.map { unit in
      x.indices.reduce(bias[unit]) { $0 + x[$1] * kernel[$1 * bias.count + unit] }
    }
    switch activation {
    case .linear: return z
    case .relu: return z.map { max($0, 0) }
    case .softmax:
      let exponentials = z.map { exp($0 - z.max()!) }
      return exponentials.map { $0 / exponentials.reduce(0, +) }
    case .sigmoid: return z.map { 1 / (1 + exp(-$0)) }
    }
  }

  /// Variables: gamma, beta, moving mean, moving variance.
  private func normalize(_ rows: inout [[Double]], variables: [[Double]], training: Bool) {
    for column in rows[0].indices {
      let values = rows.map { $0[column] }
      var mean = variables[2][column]
      var variance = variables[3][column]
      if training {
        mean = values.reduce(0, +) / Double(values.count)
        variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      }
      for row in rows.indices {
        let normalized = (values[row] - mean) / (variance + 1e-3).squareRoot()
        rows[row][column] = variables[0][column] * normalized + variables[1][column]
      }
    }
  }
}

/// ‖a - b‖ / ‖b‖, where b is not about nothing.
func relativeError(_ a: [Float], _ b: [Double]) -> Double {
  precondition(a.count == b.count)
  let difference = zip(a, b).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
  let norm = b.reduce(0) { $0 + $1 * $1 }
  return (difference / max(norm, 1e-3)).squareRoot()
}
