// The functions of <math.h> that decide a byte of what is written, in additions and multiplications that round alike on
// every processor: system libraries differ in the last bit, and some of them with the processor.
//
// The polynomials are fdlibm's (Sun Microsystems 1993: e_log.c, k_sin.c, k_cos.c, e_rem_pio2.c), whose errors are below one
// unit in the last place.

/// eˣ, by its Taylor series on half an octave, in double precision; rounded once.
package func exponential(_ x: Float) -> Float {
  Float(exponential(Double(x)))
}

/// eˣ, within two units in the last place; 0 below the normal numbers.
package func exponential(_ x: Double) -> Double {
  guard x == x, x < 709.78 else { return x == x ? .infinity : x }
  guard x > -708.39 else { return 0 }
  // x = k · log 2 + r
  let k = (x * 0x1.7154_7652_b82fep0).rounded()
  let r = (x - k * logOf2.high) - k * logOf2.low
  var sum = 1.0
  for n in stride(from: 13.0, to: 0, by: -1) { sum = 1 + sum * r / n }
  return sum * Double(sign: .plus, exponent: Int(k), significand: 1)
}

/// Of base e.
package func logarithm(_ x: Float) -> Float {
  Float(logarithm(Double(x)))
}

/// Of base e. Not for numbers below the normal ones.
package func logarithm(_ x: Double) -> Double {
  guard x > 0, x < .infinity else { return x == 0 ? -.infinity : x > 0 ? x : .nan }
  // x = 2ᵏ (1 + f) with 1 + f from √½ to √2
  let isAbove = x.significand > 2.0.squareRoot()
  let k = Double(Int(x.exponent) + (isAbove ? 1 : 0))
  let f = (isAbove ? x.significand / 2 : x.significand) - 1
  let s = f / (2 + f)
  let (z, w) = (s * s, s * s * (s * s))
  let even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
  let odd =
    z
    * (6.666666666666735130e-01
      + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)))
  let half = 0.5 * f * f
  return k * logOf2.high - ((half - (s * (half + (even + odd)) + k * logOf2.low)) - f)
}

/// By squaring: for the powers that Adam corrects its moments by.
package func power(_ base: Double, _ exponent: UInt64) -> Double {
  var (result, square, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}

/// - Parameter angle: in radians; exact to the last place up to a million.
package func sine(_ angle: Double) -> Double {
  let (quadrant, rest) = reduced(angle)
  let value = quadrant & 1 == 0 ? sineNearZero(rest) : cosineNearZero(rest)
  return quadrant & 2 == 0 ? value : -value
}

/// - Parameter angle: in radians; exact to the last place up to a million.
package func cosine(_ angle: Double) -> Double {
  let (quadrant, rest) = reduced(angle)
  let value = quadrant & 1 == 0 ? cosineNearZero(rest) : sineNearZero(rest)
  return (quadrant + 1) & 2 == 0 ? value : -value
}

/// A number as the sum of two, the first of which has zeros at its end: products with small whole numbers are exact.
private typealias TwoParts = (high: Double, low: Double)

private let logOf2: TwoParts = (6.93147180369123816490e-01, 1.90821492927058770002e-10)
private let halfOfPi: TwoParts = (1.57079632673412561417e+00, 6.07710050650619224932e-11)

/// Which quarter of the circle an angle is in, and how far from that quarter's middle: at most π/4.
private func reduced(_ angle: Double) -> (quadrant: Int, rest: TwoParts) {
  let inside = abs(angle) < 1e6 ? angle : angle.remainder(dividingBy: 2 * .pi)
  guard inside == inside else { return (0, (angle, 0)) }
  let quadrant = (inside * 2 / .pi).rounded()
  let (rest, correction) = (inside - quadrant * halfOfPi.high, quadrant * halfOfPi.low)
  let high = rest - correction
  return (Int(quadrant), (high, (rest - high) - correction))
}

private func sineNearZero(_ x: TwoParts) -> Double {
  let z = x.high * x.high
  let r =
    8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 + z * 2.75573137070700676789e-06) + z * (z * z)
    * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)
  let v = z * x.high
  return x.high - ((z * (0.5 * x.low - v * r) - x.low) - v * -1.66666666666666324348e-01)
}

private func cosineNearZero(_ x: TwoParts) -> Double {
  let z = x.high * x.high
  let (first, second) = (
    z * (4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * 2.48015872894767294178e-05)),
    -2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)
  )
  let r = first + z * z * (z * z) * second
  let half = 0.5 * z
  let w = 1 - half
  return w + (((1 - w) - half) + (z * r - x.high * x.low))
}
