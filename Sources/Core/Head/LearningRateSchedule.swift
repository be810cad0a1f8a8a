/// The learning rate of every epoch.
///
/// Written as phases, `epochs@rate`, separated by commas: `1@1e-3,2@1e-2,8@1e-4`. A phase `cosine:20@1e-2` goes from
/// its rate down to zero along half a cosine (Loshchilov and Hutter 2016).
public struct LearningRateSchedule: Codable, Sendable, Hashable, LosslessStringConvertible {
  public struct Phase: Codable, Sendable, Hashable {
    public enum Shape: String, Codable, Sendable {
      case constant, cosine
    }

    public var epochs: Int
    public var rate: Double
    public var shape: Shape

    public init(epochs: Int, rate: Double, shape: Shape = .constant) {
      self.epochs = epochs
      self.rate = rate
      self.shape = shape
    }

    /// - Parameter epoch: from 0, within the phase.
    func rate(at epoch: Int) -> Double {
      switch shape {
      case .constant: rate
      case .cosine: rate * (1 + cosine(.pi * Double(epoch) / Double(epochs))) / 2
      }
    }
  }

  public let phases: [Phase]

  public init(phases: [Phase]) {
    self.phases = phases
  }

  /// - Throws: ``HeadError``, naming the piece that is wrong.
  public init(parsing text: String) throws(HeadError) {
    phases = try text.split(separator: ",", omittingEmptySubsequences: false).map { (piece) throws(HeadError) in
      guard let phase = Phase(String(piece)) else {
        throw HeadError.schedulePhase(piece: String(piece), schedule: text)
      }
      return phase
    }
  }

  /// Nil where ``init(parsing:)`` throws.
  public init?(_ description: String) {
    try? self.init(parsing: description)
  }

  /// One rate an epoch.
  public var rates: [Double] {
    phases.flatMap { phase in (0..<phase.epochs).map(phase.rate(at:)) }
  }

  public var description: String { phases.map { $0.description }.joined(separator: ",") }
}

extension LearningRateSchedule.Phase: CustomStringConvertible {
  /// Nil unless 1 to 100,000 epochs and a rate above 0 and up to 10.
  fileprivate init?(_ text: String) {
    var rest = text[...]
    shape = .constant
    if rest.hasPrefix("cosine:") {
      shape = .cosine
      rest.removeFirst("cosine:".count)
    }
    let parts = rest.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, let epochs = Int(parts[0]), let rate = Double(parts[1]),
      epochs >= 1, epochs <= 100_000, rate > 0, rate <= 10
    else { return nil }
    self.epochs = epochs
    self.rate = rate
  }

  public var description: String {
    (shape == .cosine ? "cosine:" : "") + "\(epochs)@\(rate)"
  }
}
