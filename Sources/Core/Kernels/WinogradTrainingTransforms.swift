// The one-dimensional transforms of F(m, 3) that training needs beside those of WinogradTransforms.swift: that of the
// weights, G, and the transposed ones of outputs and weights, A and Gᵀ, which take gradients the other way.
//
// With Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A and M the product in brackets, the gradient by M is A dY Aᵀ, that by U = G g Gᵀ
// is V ⊙ dM, summed over tiles, and that by g is Gᵀ dU G.
//
// Rows ±p of G are (1, ±p, p²) s(±p), where s(pᵢ) = 1 / ∏ⱼ (pᵢ − pⱼ), j ≠ i. Both share the even part 1, p² and the odd
// part p; so do rows ±p of A, (1, ±p, p², …).

import KernelInterface

protocol WinogradTrainingTransform: WinogradTransform {
  /// G g: 3 weights, `inputStride` floats apart, to n values, `outputStride` floats apart.
  static func transformWeights(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int)

  /// A dy: m gradients, `inputStride` floats apart, to n values, `outputStride` floats apart.
  static func transformGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int)

  /// Gᵀ du: n gradients, `inputStride` floats apart, to 3 values, `outputStride` floats apart.
  static func transformWeightGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int)

  /// |s| of a row of G; 1 of the last, that of infinity.
  static func scale(row: Int) -> Float
}

extension F2: WinogradTrainingTransform {
  @inline(__always) private static var one: Pair { Pair(1, scale: 1 / 2) }

  @inline(__always)
  static func scale(row: Int) -> Float {
    switch row {
    case 1, 2: one.plus
    default: 1
    }
  }

  @inline(__always)
  static func transformWeights(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let g = Weights(input, inputStride)
    let v = StridedOutput(output, outputStride)
    v[0] = -g.constant
    (v[1], v[2]) = one.values(g)
    v[3] = g.square
  }

  @inline(__always)
  static func transformGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let y = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    v[0] = y[0]
    v[1] = y[0] + y[1]
    v[2] = y[0] - y[1]
    v[3] = y[1]
  }

  @inline(__always)
  static func transformWeightGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let u = Strided(input, inputStride)
    var g = Weights(constant: -u[0], linear: Lanes(), square: u[3])
    one.add(u[1], u[2], to: &g)
    g.write(to: output, outputStride)
  }
}

extension F3: WinogradTrainingTransform {
  @inline(__always) private static var pRows: Pair { oddPair(p, 1 / (2 * p * (p * p - q * q))) }
  @inline(__always) private static var qRows: Pair { oddPair(q, 1 / (2 * q * (q * q - p * p))) }

  @inline(__always)
  static func scale(row: Int) -> Float {
    switch row {
    case 0, 1: -pRows.plus
    case 2, 3: qRows.plus
    default: 1
    }
  }

  @inline(__always)
  static func transformWeights(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let g = Weights(input, inputStride)
    let v = StridedOutput(output, outputStride)
    (v[0], v[1]) = pRows.values(g)
    (v[2], v[3]) = qRows.values(g)
    v[4] = g.square
  }

  @inline(__always)
  static func transformGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let y = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    let (y0, y1, y2) = (y[0], y[1], y[2])
    (v[0], v[1]) = pRows.values(y0, y1, y2)
    (v[2], v[3]) = qRows.values(y0, y1, y2)
    v[4] = y2
  }

  @inline(__always)
  static func transformWeightGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let u = Strided(input, inputStride)
    var g = Weights(constant: Lanes(), linear: Lanes(), square: u[4])
    pRows.add(u[0], u[1], to: &g)
    qRows.add(u[2], u[3], to: &g)
    g.write(to: output, outputStride)
  }
}

extension F4: WinogradTrainingTransform {
  @inline(__always) private static var p: Pair { Pair(0.75, scale: 1 / (2 * 0.5625 * (0.5625 - 2.25))) }
  @inline(__always) private static var q: Pair { Pair(1.5, scale: 1 / (2 * 2.25 * (2.25 - 0.5625))) }
  @inline(__always) private static var zero: Float { 1 / (0.5625 * 2.25) }

  @inline(__always)
  static func scale(row: Int) -> Float {
    switch row {
    case 0: zero
    case 1, 2: -p.plus
    case 3, 4: q.plus
    default: 1
    }
  }

  @inline(__always)
  static func transformWeights(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let g = Weights(input, inputStride)
    let v = StridedOutput(output, outputStride)
    v[0] = Lanes(repeating: zero) * g.constant
    (v[1], v[2]) = p.values(g)
    (v[3], v[4]) = q.values(g)
    v[5] = g.square
  }

  @inline(__always)
  static func transformGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let y = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    let (y0, y1, y2, y3) = (y[0], y[1], y[2], y[3])
    v[0] = y0
    (v[1], v[2]) = p.values(even: add(p.square, y2, y0), odd: add(p.square, y3, y1))
    (v[3], v[4]) = q.values(even: add(q.square, y2, y0), odd: add(q.square, y3, y1))
    v[5] = y3
  }

  @inline(__always)
  static func transformWeightGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let u = Strided(input, inputStride)
    var g = Weights(constant: Lanes(repeating: zero) * u[0], linear: Lanes(), square: u[5])
    p.add(u[1], u[2], to: &g)
    q.add(u[3], u[4], to: &g)
    g.write(to: output, outputStride)
  }
}

extension F5: WinogradTrainingTransform {
  @inline(__always) private static var pRows: Pair { oddPair(p, 1 / (2 * p * (p * p - q * q) * (p * p - r * r))) }
  @inline(__always) private static var qRows: Pair { oddPair(q, 1 / (2 * q * (q * q - p * p) * (q * q - r * r))) }
  @inline(__always) private static var rRows: Pair { oddPair(r, 1 / (2 * r * (r * r - p * p) * (r * r - q * q))) }

  @inline(__always)
  static func scale(row: Int) -> Float {
    switch row {
    case 0, 1: pRows.plus
    case 2, 3: -qRows.plus
    case 4, 5: rRows.plus
    default: 1
    }
  }

  @inline(__always)
  static func transformWeights(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let g = Weights(input, inputStride)
    let v = StridedOutput(output, outputStride)
    (v[0], v[1]) = pRows.values(g)
    (v[2], v[3]) = qRows.values(g)
    (v[4], v[5]) = rRows.values(g)
    v[6] = g.square
  }

  @inline(__always)
  static func transformGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let y = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    let (y0, y1, y2, y3, y4) = (y[0], y[1], y[2], y[3], y[4])
    (v[0], v[1]) = pRows.values(y0, y1, y2, y3, y4)
    (v[2], v[3]) = qRows.values(y0, y1, y2, y3, y4)
    (v[4], v[5]) = rRows.values(y0, y1, y2, y3, y4)
    v[6] = y4
  }

  @inline(__always)
  static func transformWeightGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let u = Strided(input, inputStride)
    var g = Weights(constant: Lanes(), linear: Lanes(), square: u[6])
    pRows.add(u[0], u[1], to: &g)
    qRows.add(u[2], u[3], to: &g)
    rRows.add(u[4], u[5], to: &g)
    g.write(to: output, outputStride)
  }
}

extension F6: WinogradTrainingTransform {
  @inline(__always) private static var one: Pair { Pair(1, scale: 1 / -4.5) }
  @inline(__always) private static var two: Pair { Pair(2, scale: 1 / 90) }
  @inline(__always) private static var half: Pair { Pair(0.5, scale: 1 / 1.40625) }

  @inline(__always)
  static func scale(row: Int) -> Float {
    switch row {
    case 1, 2: -one.plus
    case 3, 4: two.plus
    case 5, 6: half.plus
    default: 1
    }
  }

  @inline(__always)
  static func transformWeights(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let g = Weights(input, inputStride)
    let v = StridedOutput(output, outputStride)
    v[0] = -g.constant
    (v[1], v[2]) = one.values(g)
    (v[3], v[4]) = two.values(g)
    (v[5], v[6]) = half.values(g)
    v[7] = g.square
  }

  @inline(__always)
  static func transformGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let y = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    let (y0, y1, y2, y3, y4, y5) = (y[0], y[1], y[2], y[3], y[4], y[5])
    v[0] = y0
    (v[1], v[2]) = one.values(even: y0 + (y2 + y4), odd: y1 + (y3 + y5))
    (v[3], v[4]) = two.values(even: add(4, add(4, y4, y2), y0), odd: add(4, add(4, y5, y3), y1))
    (v[5], v[6]) = half.values(even: add(0.25, add(0.25, y4, y2), y0), odd: add(0.25, add(0.25, y5, y3), y1))
    v[7] = y5
  }

  @inline(__always)
  static func transformWeightGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let u = Strided(input, inputStride)
    var g = Weights(constant: -u[0], linear: Lanes(), square: u[7])
    one.add(u[1], u[2], to: &g)
    two.add(u[3], u[4], to: &g)
    half.add(u[5], u[6], to: &g)
    g.write(to: output, outputStride)
  }
}

extension F7: WinogradTrainingTransform {
  @inline(__always) private static var pRows: Pair {
    oddPair(p, 1 / (2 * p * (p * p - q * q) * (p * p - r * r) * (p * p - s * s)))
  }
  @inline(__always) private static var qRows: Pair {
    oddPair(q, 1 / (2 * q * (q * q - p * p) * (q * q - r * r) * (q * q - s * s)))
  }
  @inline(__always) private static var rRows: Pair {
    oddPair(r, 1 / (2 * r * (r * r - p * p) * (r * r - q * q) * (r * r - s * s)))
  }
  @inline(__always) private static var sRows: Pair {
    oddPair(s, 1 / (2 * s * (s * s - p * p) * (s * s - q * q) * (s * s - r * r)))
  }

  @inline(__always)
  static func scale(row: Int) -> Float {
    switch row {
    case 0, 1: -pRows.plus
    case 2, 3: qRows.plus
    case 4, 5: -rRows.plus
    case 6, 7: sRows.plus
    default: 1
    }
  }

  @inline(__always)
  static func transformWeights(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let g = Weights(input, inputStride)
    let v = StridedOutput(output, outputStride)
    (v[0], v[1]) = pRows.values(g)
    (v[2], v[3]) = qRows.values(g)
    (v[4], v[5]) = rRows.values(g)
    (v[6], v[7]) = sRows.values(g)
    v[8] = g.square
  }

  @inline(__always)
  static func transformGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let y = Strided(input, inputStride)
    let v = StridedOutput(output, outputStride)
    let (y0, y1, y2, y3, y4, y5, y6) = (y[0], y[1], y[2], y[3], y[4], y[5], y[6])
    (v[0], v[1]) = pRows.values(y0, y1, y2, y3, y4, y5, y6)
    (v[2], v[3]) = qRows.values(y0, y1, y2, y3, y4, y5, y6)
    (v[4], v[5]) = rRows.values(y0, y1, y2, y3, y4, y5, y6)
    (v[6], v[7]) = sRows.values(y0, y1, y2, y3, y4, y5, y6)
    v[8] = y6
  }

  @inline(__always)
  static func transformWeightGradient(
    _ input: UnsafePointer<Float>, _ inputStride: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int
  ) {
    let u = Strided(input, inputStride)
    var g = Weights(constant: Lanes(), linear: Lanes(), square: u[8])
    pRows.add(u[0], u[1], to: &g)
    qRows.add(u[2], u[3], to: &g)
    rRows.add(u[4], u[5], to: &g)
    sRows.add(u[6], u[7], to: &g)
    g.write(to: output, outputStride)
  }
}

/// A pair's rows of G where zero is no point: s(−p) = −s(p).
@inline(__always)
private func oddPair(_ p: Float, _ scale: Float) -> Pair { Pair(p, scale: scale, minus: -scale) }
