// The two passes of a separable resize of 8-bit images in fixed point: ``Resizer`` in Core makes the weights.

import KernelInterface

/// The vector of one pass: a 64-byte register of Int32, and the bytes it is made from.
private typealias Sums = SIMD16<Int32>

/// One half, in fixed point: added before the shift it makes truncation round to nearest.
private let half = Int32(1) << Int32(resampleFractionBits - 1)

/// The first pass: every row of the source becomes one of `width` pixels in the output.
///
/// - Precondition: there are 1 or 3 channels.
@inline(never)
func resampleHorizontally(_ call: HorizontalResamplingCall) {
  let (source, rows, output, width) = (call.source, call.rows, call.output, call.width)
  let rowBytes = call.sourceWidth * call.channels
  if call.channels == 1 {
    for row in 0..<rows {
      resampleGreyRow(source + row * rowBytes, into: output + row * width, width: width, call.taps)
    }
    return
  }
  // Pixels are loaded four bytes at a time, the fourth unused. Behind the last row there is none: it is copied.
  let lastRow = UnsafeMutablePointer<UInt8>.allocate(capacity: rowBytes + 1)
  defer { lastRow.deallocate() }
  lastRow.initialize(repeating: 0, count: rowBytes + 1)
  lastRow.update(from: source + (rows - 1) * rowBytes, count: rowBytes)
  func rowPointers(_ row: Int) -> RowPointers {
    // A group of four that would go beyond the last row does that one again.
    let row = min(row, rows - 1)
    return (row == rows - 1 ? UnsafePointer(lastRow) : source + row * rowBytes, output + row * 3 * width)
  }
  for row in stride(from: 0, to: rows, by: 4) {
    resampleFourRows(
      rowPointers(row), rowPointers(row + 1), rowPointers(row + 2), rowPointers(row + 3), width: width,
      call.taps)
  }
}

private typealias RowPointers = (input: UnsafePointer<UInt8>, output: UnsafeMutablePointer<UInt8>)

/// Four rows of red, green and blue at once, for the sake of one loop over the weights.
@inline(__always)
private func resampleFourRows(
  _ row0: RowPointers, _ row1: RowPointers, _ row2: RowPointers, _ row3: RowPointers, width: Int, _ taps: ResamplingTaps
) {
  let (starts, offsets, weights) = (taps.starts, taps.offsets, taps.weights)
  for x in 0..<width {
    var position = 3 * Int(starts[x])
    var sum0 = SIMD4<Int32>(repeating: half)
    var sum1 = sum0
    var sum2 = sum0
    var sum3 = sum0
    for tap in Int(offsets[x])..<Int(offsets[x + 1]) {
      let weight = SIMD4<Int32>(repeating: weights[tap])
      sum0 = sum0 &+ loadPixel(row0.input + position) &* weight
      sum1 = sum1 &+ loadPixel(row1.input + position) &* weight
      sum2 = sum2 &+ loadPixel(row2.input + position) &* weight
      sum3 = sum3 &+ loadPixel(row3.input + position) &* weight
      position += 3
    }
    storePixel(sum0, at: row0.output + 3 * x)
    storePixel(sum1, at: row1.output + 3 * x)
    storePixel(sum2, at: row2.output + 3 * x)
    storePixel(sum3, at: row3.output + 3 * x)
  }
}

/// Red, green, blue, and the byte that follows.
@inline(__always)
private func loadPixel(_ pixel: UnsafePointer<UInt8>) -> SIMD4<Int32> {
  SIMD4<Int32>(truncatingIfNeeded: UnsafeRawPointer(pixel).loadUnaligned(as: SIMD4<UInt8>.self))
}

@inline(__always)
private func storePixel(_ sum: SIMD4<Int32>, at pixel: UnsafeMutablePointer<UInt8>) {
  let value = unsafeBitCast(SIMD4<UInt8>(truncatingIfNeeded: clipped(sum)), to: UInt32.self)
  UnsafeMutableRawPointer(pixel).storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
  pixel[2] = UInt8(truncatingIfNeeded: value &>> 16)
}

@inline(__always)
private func resampleGreyRow(
  _ input: UnsafePointer<UInt8>, into output: UnsafeMutablePointer<UInt8>, width: Int, _ taps: ResamplingTaps
) {
  let (starts, offsets, weights) = (taps.starts, taps.offsets, taps.weights)
  for x in 0..<width {
    let first = Int(offsets[x])
    let end = Int(offsets[x + 1])
    let pixels = input + Int(starts[x])
    var sum = half
    for tap in first..<end {
      sum = sum &+ Int32(pixels[tap - first]) &* weights[tap]
    }
    output[x] = clipped(sum)
  }
}

/// The second pass: every column of the source becomes one of `height` values in the output.
@inline(never)
func resampleVertically(_ call: VerticalResamplingCall) {
  let (source, rowBytes, output) = (call.source, call.rowBytes, call.output)
  let (starts, offsets, weights) = (call.taps.starts, call.taps.offsets, call.taps.weights)
  let lanes = Sums.scalarCount
  for y in 0..<call.height {
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
      UnsafeMutableRawPointer(result + x).storeBytes(
        of: SIMD16<UInt8>(truncatingIfNeeded: clipped(sum)), as: SIMD16<UInt8>.self)
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

/// Fixed-point sums as values of 0–255 in their low bytes.
///
/// The standard library's `clamped` is a call, so this is done with sign masks: a negative value becomes 0, and one
/// beyond 255 all ones.
@inline(__always)
private func clipped<Values: SIMD>(_ sums: Values) -> Values where Values.Scalar == Int32 {
  let sign = Values(repeating: 31)
  let value = sums &>> Values(repeating: Int32(resampleFractionBits))
  let positive = value & ~(value &>> sign)
  return positive | ((Values(repeating: 255) &- positive) &>> sign)
}
