import Foundation
import Support

/// One direction of a chart: which values it spans, and where they lie in the drawing.
package struct Axis {
  /// Round values, ascending: labelled.
  package let ticks: [Double]
  private let low: Double
  private let high: Double
  /// Coordinates of the lowest and the highest value.
  private let start: Double
  private let end: Double
  private let isLogarithmic: Bool

  private init(ticks: [Double], low: Double, high: Double, from start: Double, to end: Double, isLogarithmic: Bool) {
    self.ticks = ticks
    self.low = low
    self.high = high
    self.start = start
    self.end = end
    self.isLogarithmic = isLogarithmic
  }

  /// - Parameter ticks: ascending, at least two; the first and the last are the ends of the axis.
  package init(ticks: [Double], from start: Double, to end: Double, isLogarithmic: Bool = false) {
    self.init(ticks: ticks, low: ticks[0], high: ticks.last!, from: start, to: end, isLogarithmic: isLogarithmic)
  }

  /// An axis that ends at round values around all of the given ones.
  package init(around values: [Double], tickCount: Int = 5, from start: Double, to end: Double) {
    let finite = values.filter(\.isFinite)
    let (least, greatest) = (finite.min() ?? 0, finite.max() ?? 1)
    let span = greatest > least ? greatest - least : max(abs(greatest), 1e-3)
    let step = Self.roundStep(span / Double(tickCount - 1))
    let first = (least / step + 1e-9).rounded(.down)
    let last = max((greatest / step - 1e-9).rounded(.up), first + 1)
    self.init(ticks: stride(from: first, through: last, by: 1).map { $0 * step }, from: start, to: end)
  }

  /// The same along a logarithm, for positive values that differ by orders of magnitude: 0.05, 0.1, 0.2, 0.5, ….
  package init(logarithmicAround values: [Double], from start: Double, to end: Double) {
    let positive = values.filter { $0.isFinite && $0 > 0 }
    guard let least = positive.min(), let greatest = positive.max(), greatest > least else {
      self.init(around: values, from: start, to: end)
      return
    }
    // Finer steps where few labels do.
    for step in [[1.0, 2, 5], [1, 3], [1]] {
      let ticks = Self.ticks(around: least, greatest, step, decades: 1)
      guard ticks.count > Self.mostLabels else {
        self.init(ticks: ticks, from: start, to: end, isLogarithmic: true)
        return
      }
    }
    let widths = 2...
    let ticks = widths.lazy.map { Self.ticks(around: least, greatest, [1], decades: $0) }
      .first { $0.count <= Self.mostLabels }!
    self.init(ticks: ticks, from: start, to: end, isLogarithmic: true)
  }

  /// More of them are a wall.
  private static let mostLabels = 6

  /// - Parameters:
  ///   - step: the values in a decade, from 1 to below 10.
  ///   - decades: every how many decades there are any.
  private static func ticks(around least: Double, _ greatest: Double, _ step: [Double], decades: Int) -> [Double] {
    let low = Int((log10(least) / Double(decades)).rounded(.down))
    let high = Int((log10(greatest) / Double(decades)).rounded(.up))
    let round = (low...high).flatMap { decade in step.map { $0 * pow(10, Double(decade * decades)) } }
    let first = round.lastIndex { $0 <= least * (1 + 1e-9) } ?? 0
    let last = round.firstIndex { $0 >= greatest * (1 - 1e-9) } ?? round.count - 1
    return Array(round[first...min(max(last, first + 1), round.count - 1)])
  }

  /// An axis from 1 to `count`, for epochs.
  package init(countingTo count: Int, from start: Double, to end: Double) {
    let last = max(count, 2)
    let step = max(1, Int(Self.roundStep(Double(last) / 6)))
    let ticks = stride(from: step, through: last, by: step).map(Double.init)
    self.init(ticks: ticks, low: 1, high: Double(last), from: start, to: end, isLogarithmic: false)
  }

  /// Where a value lies; values beyond the ends lie at the ends.
  package func position(_ value: Double) -> Double {
    let share =
      isLogarithmic
      ? log(max(value, low) / low) / log(high / low)
      : (value - low) / (high - low)
    return start + min(max(share, 0), 1) * (end - start)
  }

  /// As many decimals as tell the ticks apart.
  package func label(_ tick: Double) -> String {
    let step = isLogarithmic ? tick : ticks.count > 1 ? ticks[1] - ticks[0] : 1
    return fixed(tick, max(0, Int((-log10(step) - 1e-9).rounded(.up))))
  }

  /// The least of 1, 2, 5, 10, 20, … (and 0.5, 0.2, …) that is not below `step`.
  private static func roundStep(_ step: Double) -> Double {
    let power = pow(10, log10(step).rounded(.down))
    return [1, 2, 5].map { $0 * power }.first { $0 >= step * (1 - 1e-9) } ?? 10 * power
  }
}
