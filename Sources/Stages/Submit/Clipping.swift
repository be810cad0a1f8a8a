import Core
import FeatureStore
import Foundation

/// Keeps a prediction from being too sure: one wrong answer at p = 0 costs a log-loss more than many right ones earn.
///
/// p becomes min(max(p, (1 - maximum) / (K - 1)), maximum), as in the fast.ai course's `do_clip`.
public struct Clipping: Sendable, Equatable {
  /// What the course did with the sum of a row, which clipping moves away from 1.
  public enum Formula: String, Codable, Sendable, CaseIterable {
    /// Nothing, as in the State Farm notebook.
    case plain
    /// Divided the row by it, as in utils.py.
    case renormalized
  }

  /// How the maximum is chosen.
  public enum Choice: Sendable, Equatable {
    case off
    /// By the log-loss on the validation split.
    case auto
    case maximum(Double)
  }

  package let maximum: Double
  let formula: Formula

  package init(maximum: Double, formula: Formula) {
    (self.maximum, self.formula) = (maximum, formula)
  }

  /// Rows of K probabilities, clipped.
  func apply(to probabilities: [Float], classes: Int) -> [Float] {
    let greatest = Float(maximum)
    let least = Float((1 - maximum) / Double(classes - 1))
    var clipped = probabilities.map { min(max($0, least), greatest) }
    guard formula == .renormalized else { return clipped }
    for start in stride(from: 0, to: clipped.count, by: classes) {
      let sum = clipped[start..<start + classes].reduce(0, +)
      for index in start..<start + classes { clipped[index] /= sum }
    }
    return clipped
  }

  /// The log-loss of predictions after clipping.
  package func logLoss(of predictions: Predictions) -> Double {
    let classes = predictions.classes
    let clipped = apply(to: predictions.probabilities, classes: classes)
    return Predictions(probabilities: clipped, labels: predictions.labels).metrics.logLoss
  }

  /// The greatest maximum that so many images can speak for: where all of N are right, the rate of errors is still expected
  /// to be 1/(N+2) (Laplace's rule of succession).
  static func bound(images: Int) -> Double { 1 - 1 / Double(images + 2) }

  /// The clipping with the lowest log-loss on these predictions, among maxima that are 1 - 10⁻ˣ with x from 0.05 to 6, up to
  /// what their number can tell.
  package static func best(for predictions: Predictions, formula: Formula) -> Clipping {
    let bound = bound(images: predictions.labels.count)
    let powers: [Double] = (1...120).map { 1 - exponential(-Double($0) / 20 * 2.302585092994046) }
    let candidates = (powers.filter { $0 < bound } + [bound]).map { Clipping(maximum: $0, formula: formula) }
      .filter { $0.maximum > 1 / Double(predictions.classes) }
    let losses = candidates.map { $0.logLoss(of: predictions) }
    return zip(candidates, losses).min { $0.1 < $1.1 }!.0
  }
}

/// `off`, `auto` or the maximum.
extension Clipping.Choice: LosslessStringConvertible {
  public var description: String {
    switch self {
    case .off: "off"
    case .auto: "auto"
    case .maximum(let maximum): "\(maximum)"
    }
  }

  public init?(_ description: String) {
    switch description {
    case "off": self = .off
    case "auto": self = .auto
    default:
      guard let maximum = Double(description), maximum > 0, maximum <= 1 else { return nil }
      self = .maximum(maximum)
    }
  }
}
