import KernelInterface

/// Adam's settings (Kingma and Ba 2014), with Keras 3's defaults.
public struct Adam: Sendable, Hashable {
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-7
  /// λ of the penalty λ Σ w² on every dense layer's kernel, as `kernel_regularizer=keras.regularizers.L2(λ)`. The losses
  /// that training reports are without it.
  public var l2 = 0.0

  public init() {}

  /// The constants of a step.
  ///
  /// - Parameter step: 1 for the first.
  package func step(_ step: UInt64, learningRate: Double, kernels: KernelTable) -> AdamStep {
    AdamStep(
      constants: AdamConstants(
        rate: Float(learningRate * (1 - power(beta2, step)).squareRoot() / (1 - power(beta1, step))),
        decay1: Float(1 - beta1), decay2: Float(1 - beta2), epsilon: Float(epsilon), penalty: Float(2 * l2)),
      kernels: kernels)
  }
}

/// One step: see Kernels/Adam.swift.
package struct AdamStep: Sendable {
  /// The penalty is for kernels only.
  let constants: AdamConstants
  let kernels: KernelTable

  /// Updates some columns (in vectors) of a parameter by its gradient.
  func update(_ parameter: Parameter, panel: Range<Int>) {
    var constants = constants
    if !parameter.isKernel { constants.penalty = 0 }
    for row in 0..<parameter.value.rows {
      let start = row * parameter.value.width + panel.lowerBound
      kernels.adamStep(
        AdamStepCall(
          count: panel.count, weights: parameter.value.vectors + start, moment1: parameter.moment1.vectors + start,
          moment2: parameter.moment2.vectors + start, gradient: parameter.gradient.vectors + start,
          constants: constants))
    }
  }
}

/// A trainable variable, and, in training, its gradient and Adam's two moments.
package final class Parameter {
  package let value: Matrix
  package let gradient: Matrix
  package let moment1: Matrix
  package let moment2: Matrix
  /// Whether it is a dense layer's kernel.
  let isKernel: Bool

  /// Zeros.
  ///
  /// - Parameters:
  ///   - training: false leaves out all but the value.
  ///   - gradient: false leaves out the gradient, where it is used up as it comes.
  init(rows: Int, columns: Int, training: Bool, gradient: Bool = true, isKernel: Bool = false) {
    let stateRows = training ? rows : 0
    value = Matrix(rows: rows, columns: columns)
    self.isKernel = isKernel
    self.gradient = Matrix(rows: gradient ? stateRows : 0, columns: columns)
    moment1 = Matrix(rows: stateRows, columns: columns)
    moment2 = Matrix(rows: stateRows, columns: columns)
  }
}
