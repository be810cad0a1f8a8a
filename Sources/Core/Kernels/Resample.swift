// The two passes of a separable resize of 8-bit images in fixed point: ``Resizer`` in Core makes the weights.

/// The fractional bits of a weight. With 8 bits for the value, that leaves two in an Int32 for the sign and for sums
/// beyond 255: negative lobes of a filter overshoot. Pillow's PRECISION_BITS.
public let resampleFractionBits = 22

/// The vector of one pass: a 64-byte register of Int32, and the bytes it is made from.
private typealias Sums = SIMD16<Int32>

/// One half, in fixed point: added before the shift it makes truncation round to nearest.
private let half = Int32(1) << Int32(resampleFractionBits - 1)

/// The first pass: every row of `source` (rows × sourceWidth × channels) becomes one of `width` pixels in `output`
/// (rows × width × channels).
///
/// Output pixel x is the sum of `weights[offsets[x] ..< offsets[x + 1]]` with the pixels from `starts[x]` on.
@inline(never)
public func resampleHorizontally(
  _ source: UnsafePointer<UInt8>, rows: Int, sourceWidth: Int, channels: Int,
  into output: UnsafeMutablePointer<UInt8>, width: Int,
  starts: UnsafePointer<Int32>, offsets: UnsafePointer<Int32>, weights: UnsafePointer<Int32>
) {
  for row in 0..<rows {
    let input = source + row * sourceWidth * channels
    let result = output + row * width * channels
    for x in 0..<width {
      let first = Int(offsets[x])
      let taps = Int(offsets[x + 1]) - first
      let pixels = input + Int(starts[x]) * channels
      if channels == 3 {
        var sum = SIMD4<Int32>(repeating: half)
        for tap in 0..<taps {
          let pixel = SIMD4<UInt8>(pixels[3 * tap], pixels[3 * tap + 1], pixels[3 * tap + 2], 0)
          sum = sum &+ SIMD4<Int32>(truncatingIfNeeded: pixel) &* weights[first + tap]
        }
        let value = clipped(sum)
        result[3 * x] = value.x
        result[3 * x + 1] = value.y
        result[3 * x + 2] = value.z
      } else {
        var sum = half
        for tap in 0..<taps {
          sum = sum &+ Int32(pixels[tap]) &* weights[first + tap]
        }
        result[x] = clipped(sum)
      }
    }
  }
}

/// The second pass: output row y (of `rowBytes` values, whatever their channel) is the sum of
/// `weights[offsets[y] ..< offsets[y + 1]]` with the rows from `starts[y]` on.
@inline(never)
public func resampleVertically(
  _ source: UnsafePointer<UInt8>, rowBytes: Int,
  into output: UnsafeMutablePointer<UInt8>, height: Int,
  starts: UnsafePointer<Int32>, offsets: UnsafePointer<Int32>, weights: UnsafePointer<Int32>
) {
  let lanes = Sums.scalarCount
  for y in 0..<height {
    let first = Int(offsets[y])
    let taps = Int(offsets[y + 1]) - first
    let input = source + Int(starts[y]) * rowBytes
    let result = output + y * rowBytes
    var x = 0
    while x + lanes <= rowBytes {
      var sum = Sums(repeating: half)
      for tap in 0..<taps {
        let values = UnsafeRawPointer(input + tap * rowBytes + x).loadUnaligned(as: SIMD16<UInt8>.self)
        sum = sum &+ Sums(truncatingIfNeeded: values) &* weights[first + tap]
      }
      UnsafeMutableRawPointer(result + x).storeBytes(of: clipped(sum), as: SIMD16<UInt8>.self)
      x += lanes
    }
    while x < rowBytes {
      var sum = half
      for tap in 0..<taps {
        sum = sum &+ Int32(input[tap * rowBytes + x]) &* weights[first + tap]
      }
      result[x] = clipped(sum)
      x += 1
    }
  }
}

/// A fixed-point sum as a value of 0–255.
@inline(__always)
private func clipped(_ sum: Int32) -> UInt8 {
  UInt8(truncatingIfNeeded: min(max(sum &>> Int32(resampleFractionBits), 0), 255))
}

@inline(__always)
private func clipped(_ sum: SIMD4<Int32>) -> SIMD4<UInt8> {
  let shifted = sum &>> SIMD4(repeating: Int32(resampleFractionBits))
  return SIMD4<UInt8>(truncatingIfNeeded: shifted.clamped(lowerBound: .zero, upperBound: SIMD4(repeating: 255)))
}

@inline(__always)
private func clipped(_ sum: SIMD16<Int32>) -> SIMD16<UInt8> {
  let shifted = sum &>> SIMD16(repeating: Int32(resampleFractionBits))
  return SIMD16<UInt8>(truncatingIfNeeded: shifted.clamped(lowerBound: .zero, upperBound: SIMD16(repeating: 255)))
}
