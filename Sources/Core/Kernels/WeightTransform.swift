import KernelInterface

/// Transforms weights, U = G g Gᵀ, for one panel and some of the channels that are summed over.
///
/// Weights change with every step, and transformed ones are up to nine times as many: so they are transformed where
/// they are multiplied, and never leave the caches.
@inline(never)
func transformWeights(_ call: WeightTransformCall) {
  switch call.size {
  case 2: transform(F2.self, call)
  case 3: transform(F3.self, call)
  case 4: transform(F4.self, call)
  case 5: transform(F5.self, call)
  case 6: transform(F6.self, call)
  case 7: transform(F7.self, call)
  default: preconditionFailure("there is no F(\(call.size)×\(call.size), 3×3)")
  }
}

/// The floats of a 3×3 kernel of sixteen channels.
private var kernelStride: Int { @inline(__always) get { 9 * 16 } }

@inline(__always)
private func transform<F: WinogradTrainingTransform>(_: F.Type, _ call: WeightTransformCall) {
  let n = F.inputs
  let positionStride = call.positionStride
  let columns = call.buffer
  let turned = columns + 3 * n * 16

  /// Columns first, then rows.
  @inline(__always)
  func transform(_ kernel: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>) {
    for column in 0..<3 {
      inLanes { F.transformWeights(kernel + column * 16 + $0, 3 * 16, columns + column * 16 + $0, 3 * 16) }
    }
    for row in 0..<n {
      inLanes {
        F.transformWeights(
          columns + row * 3 * 16 + $0, 16, output + row * n * positionStride + $0, positionStride)
      }
    }
  }

  for block in 0..<Panel.width / 16 {
    let first = call.panel * (Panel.width / 16) + block
    let output = call.output + block * 16
    if call.isTurned {
      let blockStride = call.inputChannels * kernelStride
      for channel in stride(from: 0, to: call.channels.count, by: 16) {
        let outputBlock = (call.channels.lowerBound + channel) / 16
        let kernels = call.weights + outputBlock * blockStride + first * 16 * kernelStride
        turn(kernels, to: turned)
        for lane in 0..<16 {
          prefetchKernel(kernels + blockStride + lane * kernelStride)
          transform(turned + lane * kernelStride, to: output + (channel + lane) * Panel.width)
        }
      }
    } else {
      let kernels = call.weights + (first * call.inputChannels + call.channels.lowerBound) * kernelStride
      for channel in 0..<call.channels.count {
        prefetchKernel(kernels + (channel + 8) * kernelStride)
        transform(kernels + channel * kernelStride, to: output + channel * Panel.width)
      }
    }
  }
}

/// Asks for a 3×3 kernel of sixteen channels.
@inline(__always)
private func prefetchKernel(_ kernel: UnsafePointer<Float>) {
  for tap in 0..<9 { prefetch(kernel + tap * 16) }
}

/// Turns kernels by 180° and swaps their channels: 16 × [3 × 3][16] to 16 × [3 × 3][16].
///
/// - Parameter turned: room for the result, and behind it for 2 × 256 floats.
@inline(__always)
private func turn(_ kernels: UnsafePointer<Float>, to turned: UnsafeMutablePointer<Float>) {
  let rows = turned + 16 * kernelStride
  let others = rows + 256
  for tap in 0..<9 {
    interleave(kernels + tap * 16, stride: kernelStride, to: rows, stride: 16)
    interleave(rows, stride: 16, to: others, stride: 16)
    interleave(others, stride: 16, to: rows, stride: 16)
    interleave(rows, stride: 16, to: turned + (8 - tap) * 16, stride: kernelStride)
  }
}

/// Rows i and i + 8 become rows 2i and 2i + 1: their first halves, lane by lane in turns, and their second halves. Each
/// time, the eight bits of an element's row and column rotate by one; four times transpose a 16×16 matrix.
@inline(__always)
private func interleave(
  _ input: UnsafePointer<Float>, stride inputStride: Int, to output: UnsafeMutablePointer<Float>,
  stride outputStride: Int
) {
  for row in 0..<8 {
    let (a, b) = (read(input + row * inputStride), read(input + (row + 8) * inputStride))
    var (first, second) = (Vector(), Vector())
    (first.evenHalf, first.oddHalf) = (a.lowHalf, b.lowHalf)
    (second.evenHalf, second.oddHalf) = (a.highHalf, b.highHalf)
    write(first, to: output + 2 * row * outputStride)
    write(second, to: output + (2 * row + 1) * outputStride)
  }
}
