import Core
import Foundation
import Testing

/// Core's own functions against the system's.
@Suite struct MathematicsTests {
  /// How many units in the last place `a` is away from `b`.
  private func distance(_ a: Double, _ b: Double) -> Double { a == b ? 0 : abs(a - b) / b.ulp }

  @Test func exponentials() {
    var random = Philox(seed: 1)
    for _ in 0..<20_000 {
      let x = random.uniform(from: -103, to: 88)
      let expected = exp(Double(x))
      #expect(distance(Core.exponential(Double(x)), expected) <= 2)
      #expect(Core.exponential(x) == Float(expected))
    }
    #expect(Core.exponential(Float(0)) == 1 && Core.exponential(-Float.infinity) == 0)
    #expect(Core.exponential(Float(89)) == .infinity && Core.exponential(Float(-120)) == 0)
    #expect(Core.exponential(710.0) == .infinity && Core.exponential(Double.nan).isNaN)
  }

  @Test func logarithms() {
    var random = Philox(seed: 2)
    for index in 0..<20_000 {
      let x = Double(random.uniform(from: 0.01, to: 2)) * (index % 2 == 0 ? 1 : exp(Double(index % 600 - 300)))
      #expect(distance(Core.logarithm(x), log(x)) <= 1, "\(x)")
    }
    #expect(Core.logarithm(1.0) == 0 && Core.logarithm(0.0) == -.infinity && Core.logarithm(-1.0).isNaN)
    #expect(Core.logarithm(Float(0.5)) == log(Float(0.5)) && Core.logarithm(Double.infinity) == .infinity)
  }

  @Test func sinesAndCosines() {
    var random = Philox(seed: 3)
    for index in 0..<20_000 {
      let x = Double(random.uniform(from: -1, to: 1)) * [0.1, 1, 7, 1000][index % 4]
      #expect(distance(Core.sine(x), sin(x)) <= 1, "\(x)")
      #expect(distance(Core.cosine(x), cos(x)) <= 1, "\(x)")
    }
    #expect(Core.sine(0) == 0 && Core.cosine(0) == 1 && Core.sine(.infinity).isNaN)
    #expect(abs(Core.sine(2e9) - sin(2e9)) < 1e-6)
  }

  @Test func powers() {
    for exponent in [0, 1, 2, 3, 17, 1000, 20_000] as [UInt64] {
      #expect(
        abs(Core.power(0.999, exponent) - pow(0.999, Double(exponent))) < 1e-15 + 1e-12 * pow(0.999, Double(exponent)))
    }
  }
}
