import Core
import Testing

@Suite struct WilsonIntervalTests {
  /// As statsmodels' proportion_confint(k, n, method="wilson") gives them.
  @Test(arguments: [
    (30, 30, 0.8864866068, 1), (0, 10, 0, 0.2775327999), (195, 200, 0.9428216596, 0.9892752803),
    (1, 2, 0.0945312057, 0.9054687943),
  ])
  func equalsStatsmodels(right: Int, all: Int, lower: Double, upper: Double) {
    let interval = WilsonInterval(right: right, of: all)
    #expect(abs(interval.lower - lower) < 1e-9 && abs(interval.upper - upper) < 1e-9, "\(interval)")
  }
}
