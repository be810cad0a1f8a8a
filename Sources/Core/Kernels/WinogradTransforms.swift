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
// The points are pairs ±p, and, where m is even, zero. Pairs make it cheap: with q and r the other pairs, row ±p of Bᵀ is
// (x ± p) (x² − q²) (x² − r²), times x where zero is a point, so both rows share their even and odd part:
//
//     v(±p) = even ± p · odd,   even = Σ eₖ d₂ₖ₊₁,   odd = Σ eₖ d₂ₖ,   where  (x² − q²) (x² − r²) = Σ eₖ x²ᵏ
//
// and one input further where zero is a point.
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

/// F(3, 3) with the points ±1/2, ±3/2, ∞.
enum F3: WinogradTransform {
  static var outputs: Int { 3 }
  @inline(__always) static var p: Float { 0.5 }
  @inline(__always) static var q: Float { 1.5 }

  @inline(__always)
  static func transformInput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let d = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    let (d0, d1, d2, d3) = (d[0], d[1], d[2], d[3])
    (v[0], v[1]) = plusMinus(p, even: polynomial(q * q, d1, d3), odd: polynomial(q * q, d0, d2))
    (v[2], v[3]) = plusMinus(q, even: polynomial(p * p, d1, d3), odd: polynomial(p * p, d0, d2))
    v[4] = polynomial(p * p, q * q, d0, d2, d[4])
  }

  @inline(__always)
  static func transformOutput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let m = Strided(input, inputStride)
    let y = StridedOutput(output, outputStride)
    let (sumP, differenceP) = (m[0] + m[1], m[0] - m[1])
    let (sumQ, differenceQ) = (m[2] + m[3], m[2] - m[3])
    y[0] = sumP + sumQ
    y[1] = add(q, differenceQ, Lanes(repeating: p) * differenceP)
    y[2] = add(q * q, sumQ, Lanes(repeating: p * p) * sumP) + m[4]
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
    v[0] = polynomial(p * p, q * q, d[0], d2, d4)
    (v[1], v[2]) = plusMinus(p, even: polynomial(q * q, d2, d4), odd: polynomial(q * q, d1, d3))
    (v[3], v[4]) = plusMinus(q, even: polynomial(p * p, d2, d4), odd: polynomial(p * p, d1, d3))
    v[5] = polynomial(p * p, q * q, d1, d3, d[5])
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

/// F(5, 3) with the points ±1/4, ±7/8, ±7/4, ∞.
enum F5: WinogradTransform {
  static var outputs: Int { 5 }
  @inline(__always) static var p: Float { 0.25 }
  @inline(__always) static var q: Float { 0.875 }
  @inline(__always) static var r: Float { 1.75 }

  @inline(__always)
  static func transformInput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let d = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    let (d0, d2, d4) = (d[0], d[2], d[4])
    let (d1, d3, d5) = (d[1], d[3], d[5])
    let (p2, q2, r2) = (p * p, q * q, r * r)
    (v[0], v[1]) = plusMinus(p, even: polynomial(q2, r2, d1, d3, d5), odd: polynomial(q2, r2, d0, d2, d4))
    (v[2], v[3]) = plusMinus(q, even: polynomial(p2, r2, d1, d3, d5), odd: polynomial(p2, r2, d0, d2, d4))
    (v[4], v[5]) = plusMinus(r, even: polynomial(p2, q2, d1, d3, d5), odd: polynomial(p2, q2, d0, d2, d4))
    v[6] = polynomial(p2, q2, r2, d0, d2, d4, d[6])
  }

  @inline(__always)
  static func transformOutput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let m = Strided(input, inputStride)
    let y = StridedOutput(output, outputStride)
    let (sumP, differenceP) = (m[0] + m[1], m[0] - m[1])
    let (sumQ, differenceQ) = (m[2] + m[3], m[2] - m[3])
    let (sumR, differenceR) = (m[4] + m[5], m[4] - m[5])
    let (p2, q2, r2) = (p * p, q * q, r * r)
    y[0] = sumP + (sumQ + sumR)
    y[1] = add(r, differenceR, add(q, differenceQ, Lanes(repeating: p) * differenceP))
    y[2] = add(r2, sumR, add(q2, sumQ, Lanes(repeating: p2) * sumP))
    y[3] = add(r2 * r, differenceR, add(q2 * q, differenceQ, Lanes(repeating: p2 * p) * differenceP))
    y[4] = add(r2 * r2, sumR, add(q2 * q2, sumQ, Lanes(repeating: p2 * p2) * sumP)) + m[6]
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

/// F(7, 3) with the points ±1/4, ±11/16, ±9/8, ±9/4, ∞. All products of their squares are exact in Float.
enum F7: WinogradTransform {
  static var outputs: Int { 7 }
  @inline(__always) static var p: Float { 0.25 }
  @inline(__always) static var q: Float { 0.6875 }
  @inline(__always) static var r: Float { 1.125 }
  @inline(__always) static var s: Float { 2.25 }

  @inline(__always)
  static func transformInput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let d = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    let (d0, d2, d4, d6) = (d[0], d[2], d[4], d[6])
    let (d1, d3, d5, d7) = (d[1], d[3], d[5], d[7])
    let (p2, q2, r2, s2) = (p * p, q * q, r * r, s * s)
    (v[0], v[1]) = plusMinus(
      p, even: polynomial(q2, r2, s2, d1, d3, d5, d7), odd: polynomial(q2, r2, s2, d0, d2, d4, d6))
    (v[2], v[3]) = plusMinus(
      q, even: polynomial(p2, r2, s2, d1, d3, d5, d7), odd: polynomial(p2, r2, s2, d0, d2, d4, d6))
    (v[4], v[5]) = plusMinus(
      r, even: polynomial(p2, q2, s2, d1, d3, d5, d7), odd: polynomial(p2, q2, s2, d0, d2, d4, d6))
    (v[6], v[7]) = plusMinus(
      s, even: polynomial(p2, q2, r2, d1, d3, d5, d7), odd: polynomial(p2, q2, r2, d0, d2, d4, d6))
    v[8] = polynomial(p2, q2, r2, s2, d0, d2, d4, d6, d[8])
  }

  @inline(__always)
  static func transformOutput(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let m = Strided(input, inputStride)
    let y = StridedOutput(output, outputStride)
    let (sumP, differenceP) = (m[0] + m[1], m[0] - m[1])
    let (sumQ, differenceQ) = (m[2] + m[3], m[2] - m[3])
    let (sumR, differenceR) = (m[4] + m[5], m[4] - m[5])
    let (sumS, differenceS) = (m[6] + m[7], m[6] - m[7])
    let (p2, q2, r2, s2) = (p * p, q * q, r * r, s * s)

    /// Σ wⱼ sumⱼ.
    @inline(__always)
    func sum(_ wP: Float, _ wQ: Float, _ wR: Float, _ wS: Float) -> Lanes {
      add(wS, sumS, add(wR, sumR, add(wQ, sumQ, Lanes(repeating: wP) * sumP)))
    }
    /// Σ wⱼ differenceⱼ.
    @inline(__always)
    func difference(_ wP: Float, _ wQ: Float, _ wR: Float, _ wS: Float) -> Lanes {
      add(wS, differenceS, add(wR, differenceR, add(wQ, differenceQ, Lanes(repeating: wP) * differenceP)))
    }
    y[0] = (sumP + sumQ) + (sumR + sumS)
    y[1] = difference(p, q, r, s)
    y[2] = sum(p2, q2, r2, s2)
    y[3] = difference(p2 * p, q2 * q, r2 * r, s2 * s)
    y[4] = sum(p2 * p2, q2 * q2, r2 * r2, s2 * s2)
    y[5] = difference(p2 * p2 * p, q2 * q2 * q, r2 * r2 * r, s2 * s2 * s)
    y[6] = sum(p2 * p2 * p2, q2 * q2 * q2, r2 * r2 * r2, s2 * s2 * s2) + m[8]
  }
}

/// `even + p * odd` and `even - p * odd`.
@inline(__always)
private func plusMinus(_ p: Float, even: Lanes, odd: Lanes) -> (Lanes, Lanes) {
  if p == 1 { return (even + odd, even - odd) }
  let scaled = Lanes(repeating: p) * odd
  return (even + scaled, even - scaled)
}

/// (x − r) with a, b in place of 1, x.
@inline(__always)
private func polynomial(_ r: Float, _ a: Lanes, _ b: Lanes) -> Lanes {
  add(-r, a, b)
}

/// (x − r) (x − s) with a, b, c in place of 1, x, x².
@inline(__always)
private func polynomial(_ r: Float, _ s: Float, _ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
  add(r * s, a, add(-(r + s), b, c))
}

/// (x − r) (x − s) (x − t) with a, b, c, d in place of 1, x, x², x³.
@inline(__always)
private func polynomial(
  _ r: Float, _ s: Float, _ t: Float, _ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes
) -> Lanes {
  add(-(r * s * t), a, add(r * s + t * (r + s), b, add(-(r + s + t), c, d)))
}

/// (x − r) (x − s) (x − t) (x − u) with a, b, c, d, e in place of 1, x, x², x³, x⁴.
@inline(__always)
private func polynomial(
  _ r: Float, _ s: Float, _ t: Float, _ u: Float, _ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes, _ e: Lanes
) -> Lanes {
  let (sums, products) = ((r + s, t + u), (r * s, t * u))
  return add(
    products.0 * products.1, a,
    add(
      -(products.0 * sums.1 + products.1 * sums.0), b,
      add(products.0 + products.1 + sums.0 * sums.1, c, add(-(sums.0 + sums.1), d, e))))
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
