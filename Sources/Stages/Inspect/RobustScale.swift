import Foundation

/// Where most of some values lie, whatever the others are.
struct RobustScale {
  let median: Double
  /// The median of the distances from the median.
  private let deviation: Double
  /// The mean of the distances, for values of which most are equal.
  private let meanDeviation: Double

  /// - Parameter values: at least one.
  init(_ values: [Double]) {
    func median(_ values: [Double]) -> Double {
      let sorted = values.sorted()
      return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
    let middle = median(values)
    let distances = values.map { abs($0 - middle) }
    (self.median, deviation) = (middle, median(distances))
    meanDeviation = distances.reduce(0, +) / Double(values.count)
  }

  /// From here on a value is an outlier, on either side.
  static let limit = 3.5

  /// The modified z-score (Iglewicz and Hoaglin 1993, "How to detect and handle outliers"): 0.6745 (x − median) / MAD; where
  /// most values are equal, (x − median) / (1.253314 mean distance).
  func score(_ value: Double) -> Double {
    if deviation > 0 { return 0.6745 * (value - median) / deviation }
    return meanDeviation > 0 ? (value - median) / (1.253314 * meanDeviation) : 0
  }
}
