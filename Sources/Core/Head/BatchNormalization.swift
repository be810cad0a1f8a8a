import KernelInterface

/// Batch normalization (Ioffe and Szegedy 2015), as `keras.layers.BatchNormalization`: epsilon 1e-3, momentum 0.99, and
/// moving statistics that follow the batch's mean and its biased variance.
final class BatchNormalization: HeadLayer {
  static let epsilon: Float = 1e-3
  static let momentum: Float = 0.99

  let gamma: Parameter
  let beta: Parameter
  let movingMean: Matrix
  let movingVariance: Matrix
  let output: Matrix
  private let input: Matrix
  /// x̂, and 1 / √(variance + ε), of the last training batch.
  private let normalized: Matrix
  private let inverseDeviation: Matrix

  init(input: Matrix, training: Bool) {
    let (rows, columns) = (input.rows, input.columns)
    self.input = input
    gamma = Parameter(rows: 1, columns: columns, training: training)
    beta = Parameter(rows: 1, columns: columns, training: training)
    movingMean = Matrix(rows: 1, columns: columns)
    movingVariance = Matrix(rows: 1, columns: columns)
    output = Matrix(rows: rows, columns: columns)
    normalized = Matrix(rows: rows, columns: columns)
    inverseDeviation = Matrix(rows: 1, columns: columns)
  }

  var parameters: [Parameter] { [gamma, beta] }

  var variables: [Matrix] { [gamma.value, beta.value, movingMean, movingVariance] }

  /// x̂ = (x - mean) / √(variance + ε), y = γ x̂ + β, with the statistics of the batch (and the moving ones moved
  /// towards them) while training, with the moving ones otherwise.
  func forward(pass: HeadPass, panel: Range<Int>) {
    for column in panel {
      let mean: Vector
      let variance: Vector
      if pass.isTraining {
        (mean, variance) = statistics(rows: pass.rows, column: column)
        follow(movingMean, mean, column: column)
        follow(movingVariance, variance, column: column)
      } else {
        mean = movingMean.vectors[column]
        variance = movingVariance.vectors[column]
      }
      let inverse = 1 / (variance + Self.epsilon).squareRoot()
      inverseDeviation.vectors[column] = inverse
      for row in 0..<pass.rows {
        let i = row * output.width + column
        normalized.vectors[i] = (input.vectors[i] - mean) * inverse
        output.vectors[i] = gamma.value.vectors[column] * normalized.vectors[i] + beta.value.vectors[column]
      }
    }
  }

  /// Mean and biased variance of one vector of columns.
  private func statistics(rows: Int, column: Int) -> (mean: Vector, variance: Vector) {
    var sum = Vector.zero
    for row in 0..<rows { sum += input.vectors[row * input.width + column] }
    let mean = sum / Float(rows)
    var squares = Vector.zero
    for row in 0..<rows {
      let deviation = input.vectors[row * input.width + column] - mean
      squares += deviation * deviation
    }
    return (mean, squares / Float(rows))
  }

  private func follow(_ moving: Matrix, _ value: Vector, column: Int) {
    moving.vectors[column] = moving.vectors[column] * Self.momentum + value * (1 - Self.momentum)
  }

  /// dβ = Σ dy, dγ = Σ dy x̂, dx = γ / √(variance + ε) · (dy - dβ / n - x̂ dγ / n).
  func backward(_ gradient: Matrix, pass: HeadPass, panel: Range<Int>) {
    let count = Float(pass.rows)
    for column in panel {
      var sum = Vector.zero
      var weighted = Vector.zero
      for row in 0..<pass.rows {
        let i = row * gradient.width + column
        sum += gradient.vectors[i]
        weighted += gradient.vectors[i] * normalized.vectors[i]
      }
      beta.gradient.vectors[column] = sum
      gamma.gradient.vectors[column] = weighted
      let scale = gamma.value.vectors[column] * inverseDeviation.vectors[column]
      for row in 0..<pass.rows {
        let i = row * gradient.width + column
        gradient.vectors[i] = scale * (gradient.vectors[i] - sum / count - normalized.vectors[i] * (weighted / count))
      }
    }
  }
}
