// The one-dimensional transforms of the Winograd algorithm F(m, 3) (Lavin and Gray 2015, "Fast algorithms for
// convolutional neural networks"): m outputs of a correlation with 3 weights by n = m + 2 multiplications.
//
// They are Toom and Cook's: outputs and weights are polynomials that are evaluated at n − 1 points and at infinity. With
// points pᵢ the matrices of the paper are
//
//     row i of Bᵀ:     the coefficients of ∏ⱼ (x − pⱼ), j ≠ i;   last row: those of ∏ⱼ (x − pⱼ), all j
//     column i of Aᵀ:  1, pᵢ, pᵢ², …, pᵢᵐ⁻¹;                    last column: 0, …, 0, 1
//     row i of G:      (1, pᵢ, pᵢ²) / ∏ⱼ (pᵢ − pⱼ), j ≠ i;      last row: 0, 0, 1
//
// The points are zero, pairs ±p, and, where m is odd, one single point r, in that order. Pairs make it cheap: with q
// and s the other pairs, row ±p of Bᵀ is x (x ± p) (x² − q²) (x² − s²), so both rows share their even and odd part:
//
//     even = Σ eₖ dₖ₊₁,   odd = Σ eₖ dₖ,   v(±p) = even ± p · odd,   where  x (x² − q²) (x² − s²) = Σ eₖ xᵏ
//
// A single point r multiplies every other row by (x − r): they take the differences uₖ = dₖ₊₁ − r dₖ in place of d.
//
// `Core` derives the same three matrices from the points (WinogradAlgorithm), transforms the weights with G, and its tests
// compare these transforms with Bᵀ and Aᵀ.

import KernelInterface

/// F(m, 3) with fixed points, on ``Lanes`` of neighbouring channels.
protocol WinogradTransform {
  /// m, the outputs of a tile along one axis.
  static var outputs: Int { get }

  /// Bᵀ d: n inputs, `inputStride` floats apart, to n values, `outputStride` floats apart.
  static func transformInput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int)

  /// Aᵀ M: n products, `inputStride` floats apart, to m outputs, `outputStride` floats apart.
  static func transformOutput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int)
}

extension WinogradTransform {
  /// n, the inputs of a tile along one axis.
  static var inputs: Int {
    @inline(__always) get { outputs + 2 }
  }
}

/// `scale * a + b`.
@inline(__always)
func add(_ scale: Float, _ a: Lanes, _ b: Lanes) -> Lanes {
  multiplyAdd(Lanes(repeating: scale), a, b)
}

/// F(2, 3) with the points 0, ±1, ∞.
enum F2: WinogradTransform {
  static var outputs: Int { 2 }

  @inline(__always)
  static func transformInput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let d = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    v[0] = d[2] - d[0]
    v[1] = d[2] + d[1]
    v[2] = d[2] - d[1]
    v[3] = d[3] - d[1]
  }

  @inline(__always)
  static func transformOutput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let m = Strided(input, inputStride)
    let y = StridedOutput(output, outputStride)
    y[0] = m[0] + (m[1] + m[2])
    y[1] = (m[1] - m[2]) + m[3]
  }
}

/// F(3, 3) with the points 0, ±1, 2, ∞.
enum F3: WinogradTransform {
  static var outputs: Int { 3 }
  @inline(__always) private static var r: Float { 2 }

  @inline(__always)
  static func transformInput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let d = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    let u0 = add(-r, d[0], d[1])
    let u1 = add(-r, d[1], d[2])
    let u2 = add(-r, d[2], d[3])
    let u3 = add(-r, d[3], d[4])
    v[0] = u2 - u0
    v[1] = u2 + u1
    v[2] = u2 - u1
    v[3] = d[3] - d[1]
    v[4] = u3 - u1
  }

  @inline(__always)
  static func transformOutput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let m = Strided(input, inputStride)
    let y = StridedOutput(output, outputStride)
    let sum = m[1] + m[2]
    let difference = m[1] - m[2]
    let single = m[3]
    y[0] = (m[0] + sum) + single
    y[1] = add(r, single, difference)
    y[2] = add(r * r, single, sum) + m[4]
  }
}

/// F(4, 3) with the points 0, ±3/4, ±3/2, ∞, which err half as much as the customary ±1, ±2.
enum F4: WinogradTransform {
  static var outputs: Int { 4 }
  @inline(__always) private static var p: Float { 0.75 }
  @inline(__always) private static var q: Float { 1.5 }

  @inline(__always)
  static func transformInput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let d = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    let (d1, d2, d3, d4) = (d[1], d[2], d[3], d[4])
    v[0] = add(p * p * q * q, d[0], add(-(p * p + q * q), d2, d4))
    (v[1], v[2]) = plusMinus(p, even: add(-q * q, d2, d4), odd: add(-q * q, d1, d3))
    (v[3], v[4]) = plusMinus(q, even: add(-p * p, d2, d4), odd: add(-p * p, d1, d3))
    v[5] = add(p * p * q * q, d1, add(-(p * p + q * q), d3, d[5]))
  }

  @inline(__always)
  static func transformOutput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let m = Strided(input, inputStride)
    let y = StridedOutput(output, outputStride)
    let (sumP, differenceP) = (m[1] + m[2], m[1] - m[2])
    let (sumQ, differenceQ) = (m[3] + m[4], m[3] - m[4])
    y[0] = (m[0] + sumP) + sumQ
    y[1] = add(q, differenceQ, Lanes(repeating: p) * differenceP)
    y[2] = add(q * q, sumQ, Lanes(repeating: p * p) * sumP)
    y[3] = add(q * q * q, differenceQ, add(p * p * p, differenceP, m[5]))
  }
}

/// F(5, 3) with the points 0, ±1, ±2, 1/2, ∞.
enum F5: WinogradTransform {
  static var outputs: Int { 5 }
  @inline(__always) private static var r: Float { 0.5 }

  @inline(__always)
  static func transformInput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let d = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    let (d1, d2, d3, d4, d5) = (d[1], d[2], d[3], d[4], d[5])
    let u0 = add(-r, d[0], d1)
    let u1 = add(-r, d1, d2)
    let u2 = add(-r, d2, d3)
    let u3 = add(-r, d3, d4)
    let u4 = add(-r, d4, d5)
    let u5 = add(-r, d5, d[6])
    v[0] = add(4, u0, add(-5, u2, u4))
    (v[1], v[2]) = plusMinus(1, even: add(-4, u2, u4), odd: add(-4, u1, u3))
    (v[3], v[4]) = plusMinus(2, even: u4 - u2, odd: u3 - u1)
    v[5] = add(4, d1, add(-5, d3, d5))
    v[6] = add(4, u1, add(-5, u3, u5))
  }

  @inline(__always)
  static func transformOutput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let m = Strided(input, inputStride)
    let y = StridedOutput(output, outputStride)
    let (sum1, difference1) = (m[1] + m[2], m[1] - m[2])
    let (sum2, difference2) = (m[3] + m[4], m[3] - m[4])
    let single = m[5]
    y[0] = (m[0] + sum1) + (sum2 + single)
    y[1] = add(r, single, add(2, difference2, difference1))
    y[2] = add(r * r, single, add(4, sum2, sum1))
    y[3] = add(r * r * r, single, add(8, difference2, difference1))
    y[4] = add(r * r * r * r, single, add(16, sum2, sum1)) + m[6]
  }
}

/// F(6, 3) with the points 0, ±1, ±2, ±1/2, ∞.
enum F6: WinogradTransform {
  static var outputs: Int { 6 }

  @inline(__always)
  static func transformInput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let d = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    let (d1, d2, d3, d4, d5, d6) = (d[1], d[2], d[3], d[4], d[5], d[6])
    v[0] = add(5.25, d2 - d4, d6 - d[0])
    (v[1], v[2]) = plusMinus(1, even: add(-4.25, d4, d2 + d6), odd: add(-4.25, d3, d1 + d5))
    (v[3], v[4]) = plusMinus(
      2, even: add(0.25, d2, add(-1.25, d4, d6)), odd: add(0.25, d1, add(-1.25, d3, d5)))
    (v[5], v[6]) = plusMinus(0.5, even: add(4, d2, add(-5, d4, d6)), odd: add(4, d1, add(-5, d3, d5)))
    v[7] = add(5.25, d3 - d5, d[7] - d1)
  }

  @inline(__always)
  static func transformOutput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let m = Strided(input, inputStride)
    let y = StridedOutput(output, outputStride)
    let (m1, m2, m3, m4, m5, m6) = (m[1], m[2], m[3], m[4], m[5], m[6])
    let (sum1, difference1) = (m1 + m2, m1 - m2)
    let (sum2, difference2) = (m3 + m4, m3 - m4)
    let (sumHalf, differenceHalf) = (m5 + m6, m5 - m6)
    y[0] = (m[0] + sum1) + (sum2 + sumHalf)
    y[1] = add(0.5, differenceHalf, add(2, difference2, difference1))
    y[2] = add(0.25, sumHalf, add(4, sum2, sum1))
    y[3] = add(0.125, differenceHalf, add(8, difference2, difference1))
    y[4] = add(0.0625, sumHalf, add(16, sum2, sum1))
    y[5] = add(0.03125, differenceHalf, add(32, difference2, difference1)) + m[7]
  }
}

/// F(7, 3) with the points 0, ±1, ±2, ±1/2, 4, ∞. It errs ten times as much as F(6): it is for gradients only.
enum F7: WinogradTransform {
  static var outputs: Int { 7 }
  @inline(__always) private static var r: Float { 4 }

  @inline(__always)
  static func transformInput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let d = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    let (d1, d3, d5, d7) = (d[1], d[3], d[5], d[7])
    let (d2, d4, d6) = (d[2], d[4], d[6])
    let u0 = add(-r, d[0], d1)
    let u1 = add(-r, d1, d2)
    let u2 = add(-r, d2, d3)
    let u3 = add(-r, d3, d4)
    let u4 = add(-r, d4, d5)
    let u5 = add(-r, d5, d6)
    let u6 = add(-r, d6, d7)
    let u7 = add(-r, d7, d[8])
    v[0] = add(5.25, u2 - u4, u6 - u0)
    (v[1], v[2]) = plusMinus(1, even: add(-4.25, u4, u2 + u6), odd: add(-4.25, u3, u1 + u5))
    (v[3], v[4]) = plusMinus(
      2, even: add(0.25, u2, add(-1.25, u4, u6)), odd: add(0.25, u1, add(-1.25, u3, u5)))
    (v[5], v[6]) = plusMinus(0.5, even: add(4, u2, add(-5, u4, u6)), odd: add(4, u1, add(-5, u3, u5)))
    v[7] = add(5.25, d3 - d5, d7 - d1)
    v[8] = add(5.25, u3 - u5, u7 - u1)
  }

  @inline(__always)
  static func transformOutput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let m = Strided(input, inputStride)
    let y = StridedOutput(output, outputStride)
    let (m1, m2, m3, m4, m5, m6) = (m[1], m[2], m[3], m[4], m[5], m[6])
    let (sum1, difference1) = (m1 + m2, m1 - m2)
    let (sum2, difference2) = (m3 + m4, m3 - m4)
    let (sumHalf, differenceHalf) = (m5 + m6, m5 - m6)
    let single = m[7]
    y[0] = (m[0] + sum1) + (sum2 + (sumHalf + single))
    y[1] = add(r, single, add(0.5, differenceHalf, add(2, difference2, difference1)))
    y[2] = add(r * r, single, add(0.25, sumHalf, add(4, sum2, sum1)))
    y[3] = add(r * r * r, single, add(0.125, differenceHalf, add(8, difference2, difference1)))
    y[4] = add(r * r * r * r, single, add(0.0625, sumHalf, add(16, sum2, sum1)))
    y[5] = add(r * r * r * r * r, single, add(0.03125, differenceHalf, add(32, difference2, difference1)))
    y[6] = add(r * r * r * r * r * r, single, add(0.015625, sumHalf, add(64, sum2, sum1))) + m[8]
  }
}

/// `even + p * odd` and `even - p * odd`.
@inline(__always)
private func plusMinus(_ p: Float, even: Lanes, odd: Lanes) -> (Lanes, Lanes) {
  if p == 1 { return (even + odd, even - odd) }
  let scaled = Lanes(repeating: p) * odd
  return (even + scaled, even - scaled)
}

/// Vectors that lie `stride` floats apart.
struct Strided {
  private let base: UnsafePointer<Float>
  private let stride: Int

  @inline(__always)
  init(_ base: UnsafePointer<Float>, _ stride: Int) {
    self.base = base
    self.stride = stride
  }

  subscript(index: Int) -> Lanes {
    @inline(__always) get { UnsafeRawPointer(base + index * stride).loadUnaligned(as: Lanes.self) }
  }
}

/// Places for vectors that lie `stride` floats apart.
struct StridedOutput {
  private let base: UnsafeMutablePointer<Float>
  private let stride: Int

  @inline(__always)
  init(_ base: UnsafeMutablePointer<Float>, _ stride: Int) {
    self.base = base
    self.stride = stride
  }

  subscript(index: Int) -> Lanes {
    @inline(__always) get { UnsafeRawPointer(base + index * stride).loadUnaligned(as: Lanes.self) }
    @inline(__always) nonmutating set {
      UnsafeMutableRawPointer(base + index * stride).storeBytes(of: newValue, as: Lanes.self)
    }
  }
}
