/// What training has seen so far, and the head of its best epoch: that with the lowest validation loss, the first among
/// equals.
public struct TrainingHistory: Sendable {
  public struct Epoch: Sendable, Equatable {
    /// From 1.
    public let number: Int
    public let learningRate: Double
    public let training: HeadMetrics
    public let validation: HeadMetrics

    public init(number: Int, learningRate: Double, training: HeadMetrics, validation: HeadMetrics) {
      self.number = number
      self.learningRate = learningRate
      self.training = training
      self.validation = validation
    }
  }

  public private(set) var epochs: [Epoch] = []
  /// Nil before the first epoch.
  public private(set) var best: (epoch: Epoch, head: Head)?

  public init() {}

  /// Adds an epoch; `head` is only asked for where it is the best yet.
  ///
  /// - Returns: whether it is.
  @discardableResult
  public mutating func record(
    learningRate: Double, training: HeadMetrics, validation: HeadMetrics, head: @autoclosure () -> Head
  ) -> Bool {
    let epoch = Epoch(
      number: epochs.count + 1, learningRate: learningRate, training: training, validation: validation)
    epochs.append(epoch)
    if let best, !(validation.loss < best.epoch.validation.loss) { return false }
    best = (epoch, head())
    return true
  }

  /// For early stopping.
  public var epochsSinceBest: Int {
    best.map { epochs.count - $0.epoch.number } ?? 0
  }
}
