/// The constants of one of Adam's steps. β1, β2, ε and the learning rate are as Kingma and Ba 2014 have them.
public struct AdamConstants: Sendable, BitwiseCopyable {
  /// learning rate · √(1 - β2ᵗ) / (1 - β1ᵗ) in step t.
  public let rate: Float
  /// 1 - β1.
  public let decay1: Float
  /// 1 - β2.
  public let decay2: Float
  /// ε, outside the bias corrections.
  public let epsilon: Float
  /// 2 λ where λ Σ w² is added to the loss.
  public var penalty: Float

  @inlinable
  public init(rate: Float, decay1: Float, decay2: Float, epsilon: Float, penalty: Float) {
    self.rate = rate
    self.decay1 = decay1
    self.decay2 = decay2
    self.epsilon = epsilon
    self.penalty = penalty
  }
}

/// One step of Adam over weights whose gradient is known.
public struct AdamStepCall {
  /// In vectors, of each of the following.
  public let count: Int
  /// Updated, as are the moments.
  public let weights: UnsafeMutablePointer<Vector>
  public let moment1: UnsafeMutablePointer<Vector>
  public let moment2: UnsafeMutablePointer<Vector>
  public let gradient: UnsafePointer<Vector>
  public let constants: AdamConstants

  @inlinable
  public init(
    count: Int, weights: UnsafeMutablePointer<Vector>, moment1: UnsafeMutablePointer<Vector>,
    moment2: UnsafeMutablePointer<Vector>, gradient: UnsafePointer<Vector>, constants: AdamConstants
  ) {
    self.count = count
    self.weights = weights
    self.moment1 = moment1
    self.moment2 = moment2
    self.gradient = gradient
    self.constants = constants
  }
}
