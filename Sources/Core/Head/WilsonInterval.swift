/// Where a share lies that was measured on some images, with 95 % confidence (Wilson, "Probable inference, the law of
/// succession, and statistical inference", 1927). It never leaves 0…1, and tells something of 30 right ones of 30, too.
public struct WilsonInterval: Sendable, Equatable {
  public let lower: Double
  public let upper: Double

  /// `(k + z²/2 ± z √(k (n − k) / n + z²/4)) / (n + z²)` with z = 1.96.
  ///
  /// - Parameters:
  ///   - right: k.
  ///   - all: n, at least 1.
  public init(right: Int, of all: Int) {
    precondition(all >= 1 && (0...all).contains(right), "\(right) of \(all)")
    let z = 1.959963984540054
    let (k, n) = (Double(right), Double(all))
    let half = z * (k * (n - k) / n + z * z / 4).squareRoot()
    lower = right == 0 ? 0 : (k + z * z / 2 - half) / (n + z * z)
    upper = right == all ? 1 : (k + z * z / 2 + half) / (n + z * z)
  }
}
