// The gradient of a convolution's weights in the transformed domain (Lavin and Gray 2015, section 4): at each position
// ξ it is a product of matrices, dU = Vᵀ dM, summed over all tiles of a batch.

import KernelInterface

/// Transforms the gradients of a batch's tiles, dM = A dY Aᵀ, for a block of 16 channels, and sums them to the bias'
/// gradient: over a tile first, then over the tiles.
@inline(never)
func transformGradient(_ call: GradientTransformCall) {
  let (rowStride, buffer, positionStride) = (call.rowStride, call.buffer, call.outputPositionStride)
  /// Columns first, then rows.
  @inline(__always)
  func transform<F: WinogradTrainingTransform>(_: F.Type) {
    let n = F.inputs
    let m = F.outputs
    var bias = Vector()
    for tile in 0..<call.tiles {
      let input = call.input + call.corners[tile]
      let output = call.output + tile * 16
      for column in 0..<m {
        inLanes { F.transformGradient(input + column * 16 + $0, rowStride, buffer + column * 16 + $0, m * 16) }
      }
      for row in 0..<n {
        inLanes {
          F.transformGradient(
            buffer + row * m * 16 + $0, 16, output + row * n * positionStride + $0, positionStride)
        }
      }
      var sum = Vector()
      for row in 0..<m {
        for column in 0..<m { sum += read(input + row * rowStride + column * 16) }
      }
      bias += sum
    }
    write(bias, to: call.biasGradient)
  }
  switch call.size {
  case 2: transform(F2.self)
  case 3: transform(F3.self)
  case 4: transform(F4.self)
  case 5: transform(F5.self)
  case 6: transform(F6.self)
  case 7: transform(F7.self)
  default: preconditionFailure("there is no F(\(call.size)×\(call.size), 3×3)")
  }
}

// As many of a block's 16 input channels as the registers hold, with a panel and an input beside them.
#if AVX512
  private typealias GradientRows = EightRows
#elseif AVX2 || arch(arm64)
  private typealias GradientRows = FourRows
#else
  private typealias GradientRows = TwoRows
#endif

/// dU = Vᵀ dM at one position ξ, summed over the tiles, first to last.
@inline(never)
func weightGradient(_ call: WeightGradientCall) {
  for block in 0..<call.blocks {
    for channel in stride(from: 0, to: 16, by: GradientRows.rows) {
      var sums = GradientRows(Panel.zero)
      var inputs = call.inputs + block * call.inputBlockStride + channel
      var gradients = call.gradients
      /// Adds the products of some neighbouring tiles.
      @inline(__always)
      func add(_ tiles: Int) {
        for tile in 0..<tiles {
          let gradients = Panel(at: gradients + tile * 16, blockStride: call.gradientBlockStride)
          sums.add(inputs + tile * 16, stride: 1, times: gradients)
        }
        inputs += tiles * 16
        gradients += tiles * 16
      }
      // Four at a time, in straight code: see `addSixteenChannels`.
      for _ in 0..<call.tiles / 4 { add(4) }
      for _ in 0..<call.tiles % 4 { add(1) }
      sums.store(
        call.outputs + (block * 16 + channel) * Panel.width, stride: Panel.width, blockStride: 16)
    }
  }
}

/// What is no more than this part of the greatest s(pᵢ)² du(i, i) is a rounding error.
private let roundingPart: Float = 0x1p-18

/// Transforms the gradient of transformed weights to that of weights, dW = Gᵀ dU G, and takes Adam's step.
///
/// Where an input and an output channel are never active next to each other in a whole batch, a weight's gradient is
/// zero; of that the transforms leave a rounding error, and Adam, which looks at the sign and little else, would make a
/// step of it. So what is no more than a rounding error of dU counts as zero.
@inline(never)
func weightStep(_ call: WeightStepCall) {
  let adam = Adam(call.constants)
  let (buffer, positionStride) = (call.buffer, call.positionStride)
  /// Columns first, then rows.
  @inline(__always)
  func step<F: WinogradTrainingTransform>(_: F.Type) {
    let n = F.inputs
    let gradient = buffer + 3 * n * 16
    // Weights and moments of some channels further on are prefetched meanwhile.
    let ahead = 4 * 9 * 16
    for block in 0..<Panel.width / 16 {
      for channel in 0..<call.channels {
        let input = call.gradient + channel * Panel.width + block * 16
        for column in 0..<n {
          inLanes {
            F.transformWeightGradient(
              input + column * positionStride + $0, n * positionStride, buffer + column * 16 + $0, n * 16)
          }
        }
        for row in 0..<3 {
          inLanes { F.transformWeightGradient(buffer + row * n * 16 + $0, 16, gradient + row * 3 * 16 + $0, 16) }
        }
        // A few of the n × n are enough to tell how great they are.
        var greatest = Vector()
        for i in 0..<n {
          let du = magnitude(read(input + i * (n + 1) * positionStride))
          greatest = maximum(greatest, Vector(repeating: F.scale(row: i) * F.scale(row: i)) * du)
        }
        let roundingError = Vector(repeating: roundingPart) * greatest
        let offset = block * call.blockStride + channel * 9 * 16
        for tap in stride(from: 0, to: 9 * 16, by: 16) {
          prefetch(call.weights + offset + ahead + tap)
          prefetch(call.moment1 + offset + ahead + tap)
          prefetch(call.moment2 + offset + ahead + tap)
        }
        for tap in stride(from: 0, to: 9 * 16, by: 16) {
          adam.update(
            weight: call.weights + offset + tap, moment1: call.moment1 + offset + tap,
            moment2: call.moment2 + offset + tap, zeroed(read(gradient + tap), below: roundingError))
        }
      }
    }
  }
  switch call.size {
  case 2: step(F2.self)
  case 3: step(F3.self)
  case 4: step(F4.self)
  case 5: step(F5.self)
  case 6: step(F6.self)
  case 7: step(F7.self)
  default: preconditionFailure("there is no F(\(call.size)×\(call.size), 3×3)")
  }
}

/// |x|, lane by lane.
@inline(__always)
private func magnitude(_ x: Vector) -> Vector {
  unsafeBitCast(unsafeBitCast(x, to: SIMD16<UInt32>.self) & 0x7fff_ffff, to: Vector.self)
}

/// Zero where |x| is less than `bound`; x elsewhere, and where it is not a number.
@inline(__always)
private func zeroed(_ x: Vector, below bound: Vector) -> Vector {
  x.replacing(with: 0, where: magnitude(x) .< bound)
}

extension Adam {
  /// Updates sixteen weights in memory.
  @inline(__always)
  fileprivate func update(
    weight: UnsafeMutablePointer<Float>, moment1: UnsafeMutablePointer<Float>,
    moment2: UnsafeMutablePointer<Float>, _ gradient: Vector
  ) {
    var (w, m, v) = (read(weight), read(moment1), read(moment2))
    update(&w, &m, &v, gradient)
    write(w, to: weight)
    write(m, to: moment1)
    write(v, to: moment2)
  }
}

extension Panel {
  /// A panel whose blocks of 16 lie apart.
  @inline(__always)
  fileprivate init(at values: UnsafePointer<Float>, blockStride: Int) {
    low = read(values)
    #if AVX512
      high = read(values + blockStride)
    #endif
  }
}
