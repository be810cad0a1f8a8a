// What the transforms of training share: a kernel along one axis as a polynomial, and the points that it is evaluated at, each
// with the scale of its row of G (WinogradTrainingTransforms.swift).

/// Three weights as a polynomial's coefficients, or the gradients by them.
struct Weights {
  var constant: Lanes
  var linear: Lanes
  var square: Lanes

  @inline(__always)
  init(constant: Lanes, linear: Lanes, square: Lanes) {
    self.constant = constant
    self.linear = linear
    self.square = square
  }

  @inline(__always)
  init(_ input: UnsafePointer<Float>, _ stride: Int) {
    let g = Strided(input, stride)
    (constant, linear, square) = (g[0], g[1], g[2])
  }

  @inline(__always)
  func write(to output: UnsafeMutablePointer<Float>, _ stride: Int) {
    let output = StridedOutput(output, stride)
    output[0] = constant
    output[1] = linear
    output[2] = square
  }
}

/// The points ±p and their rows' scales.
struct Pair {
  let p: Float
  let plus: Float
  let minus: Float

  @inline(__always)
  init(_ p: Float, scale: Float, minus: Float? = nil) {
    self.p = p
    plus = scale
    self.minus = minus ?? scale
  }

  @inline(__always) var square: Float { p * p }

  /// even ± p odd.
  @inline(__always)
  func values(even: Lanes, odd: Lanes) -> (Lanes, Lanes) {
    if p == 1 { return (even + odd, even - odd) }
    let scaled = Lanes(repeating: p) * odd
    return (even + scaled, even - scaled)
  }

  /// Σ yₖ (±p)ᵏ.
  @inline(__always)
  func values(_ y0: Lanes, _ y1: Lanes, _ y2: Lanes) -> (Lanes, Lanes) {
    values(even: inSquare(y0, y2), odd: y1)
  }

  @inline(__always)
  func values(_ y0: Lanes, _ y1: Lanes, _ y2: Lanes, _ y3: Lanes, _ y4: Lanes) -> (Lanes, Lanes) {
    values(even: inSquare(y0, inSquare(y2, y4)), odd: inSquare(y1, y3))
  }

  @inline(__always)
  func values(
    _ y0: Lanes, _ y1: Lanes, _ y2: Lanes, _ y3: Lanes, _ y4: Lanes, _ y5: Lanes, _ y6: Lanes
  ) -> (Lanes, Lanes) {
    values(even: inSquare(y0, inSquare(y2, inSquare(y4, y6))), odd: inSquare(y1, inSquare(y3, y5)))
  }

  /// a + p² b.
  @inline(__always)
  private func inSquare(_ a: Lanes, _ b: Lanes) -> Lanes {
    multiplyAdd(Lanes(repeating: square), b, a)
  }

  /// s(±p) (g₀ ± p g₁ + p² g₂).
  @inline(__always)
  func values(_ g: Weights) -> (Lanes, Lanes) {
    let (above, below) = values(even: multiplyAdd(Lanes(repeating: p * p), g.square, g.constant), odd: g.linear)
    return (Lanes(repeating: plus) * above, Lanes(repeating: minus) * below)
  }

  /// g += s(p) u (1, p, p²) + s(−p) v (1, −p, p²).
  @inline(__always)
  func add(_ u: Lanes, _ v: Lanes, to g: inout Weights) {
    let (u, v) = (Lanes(repeating: plus) * u, Lanes(repeating: minus) * v)
    let (sum, difference) = (u + v, u - v)
    g.constant += sum
    g.linear = multiplyAdd(Lanes(repeating: p), difference, g.linear)
    g.square = multiplyAdd(Lanes(repeating: p * p), sum, g.square)
  }
}
