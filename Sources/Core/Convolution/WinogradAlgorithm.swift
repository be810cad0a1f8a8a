/// The Winograd algorithm F(m, 3) as three matrices, derived in double precision from its points.
///
/// Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A gives m×m outputs of a correlation of n×n inputs d, n = m + 2, with a 3×3 kernel g
/// (Lavin and Gray 2015, "Fast algorithms for convolutional neural networks", equation 8). How the matrices follow from
/// the points is told in Kernels/WinogradTransforms.swift, which has Bᵀ and Aᵀ as straight code.
package struct WinogradAlgorithm: Sendable {
  /// m, the outputs of a tile along one axis.
  package let outputs: Int
  /// The finite ones of the n points; the last is infinity.
  package let points: [Double]

  /// n, the inputs of a tile along one axis.
  package var inputs: Int { outputs + 2 }

  /// How many products over input channels are summed in registers, first to last, before such sums are added up in order. The
  /// largest tile errs most: with sums of 64 by 7e-6 at most in a layer with random weights, with sums of 128 by 9.5e-6.
  package var channelsInSum: Int { outputs == 7 ? 64 : 128 }

  /// How many multiplications of a product take as long as it takes to transform one value: of V from inputs, or of M to
  /// outputs. Measured in networks at 224×224 on a Zen 3; more than `bench kernels` has it, where all is in the cache.
  package var transformCost: Double { outputs == 7 ? 20 : 8 }

  /// The algorithms that there are kernels for.
  package static let all: [WinogradAlgorithm] = [
    WinogradAlgorithm(outputs: 2, points: [0, 1, -1]),
    WinogradAlgorithm(outputs: 3, points: [0.5, -0.5, 1.5, -1.5]),
    WinogradAlgorithm(outputs: 4, points: [0, 0.75, -0.75, 1.5, -1.5]),
    WinogradAlgorithm(outputs: 5, points: [0.25, -0.25, 0.875, -0.875, 1.75, -1.75]),
    WinogradAlgorithm(outputs: 6, points: [0, 1, -1, 2, -2, 0.5, -0.5]),
    WinogradAlgorithm(outputs: 7, points: [0.25, -0.25, 0.6875, -0.6875, 1.125, -1.125, 2.25, -2.25]),
  ]

  /// F(m×m, 3×3).
  package static func with(outputs: Int) -> WinogradAlgorithm {
    guard let algorithm = all.first(where: { $0.outputs == outputs }) else {
      preconditionFailure("there is no F(\(outputs)×\(outputs), 3×3)")
    }
    return algorithm
  }

  /// n × 3.
  package var weightTransform: [[Double]] {
    points.map { p in
      let scale = points.filter { $0 != p }.map { p - $0 }.reduce(1, *)
      return [1 / scale, p / scale, p * p / scale]
    } + [[0, 0, 1]]
  }

  /// Bᵀ, n × n.
  package var inputTransform: [[Double]] {
    let finite = points.map { p in coefficients(roots: points.filter { $0 != p }) + [0] }
    return finite + [coefficients(roots: points)]
  }

  /// Aᵀ, m × n.
  package var outputTransform: [[Double]] {
    (0..<outputs).map { power in
      points.map { p in (0..<power).reduce(1) { product, _ in product * p } } + [power == outputs - 1 ? 1 : 0]
    }
  }

  /// The coefficients of ∏ (x − root), lowest power first.
  private func coefficients(roots: [Double]) -> [Double] {
    roots.reduce([1]) { polynomial, root in
      let shifted = [0] + polynomial
      let scaled = polynomial.map { $0 * root } + [0]
      return zip(shifted, scaled).map(-)
    }
  }

  /// Transforms the kernels of a layer, U = G g Gᵀ, and lays them out for the micro-kernels.
  ///
  /// - Parameters:
  ///   - kernel: 3×3×Cin×Cout.
  ///   - panelWidth: a multiple of 16.
  ///   - output: U, [n × n][Cout / panel][Cin][panel].
  package func transformWeights(
    _ kernel: [Float], inputChannels: Int, outputChannels: Int, panelWidth: Int,
    into output: UnsafeMutablePointer<Float>, pool: WorkerPool
  ) {
    let g = weightTransform
    let n = inputs
    // For each position, the factors of the 3×3 weights: a row of G ⊗ G.
    let factors = (0..<n * n).flatMap { position in
      (0..<9).map { tap in g[position / n][tap / 3] * g[position % n][tap % 3] }
    }
    kernel.withUnsafeBufferPointer { kernel in
      factors.withUnsafeBufferPointer { factors in
        nonisolated(unsafe) let (kernel, factors, output) = (kernel, factors, output)
        pool.forEach(inputChannels) { input, _ in
          for channel in stride(from: 0, to: outputChannels, by: 16) {
            let (panel, lane) = channel.quotientAndRemainder(dividingBy: panelWidth)
            let place = (panel * inputChannels + input) * panelWidth + lane
            for position in 0..<n * n {
              var sum = SIMD16<Double>()
              for tap in 0..<9 {
                let weights = kernel.baseAddress! + (tap * inputChannels + input) * outputChannels + channel
                let g = UnsafeRawPointer(weights).loadUnaligned(as: SIMD16<Float>.self)
                sum += factors[position * 9 + tap] * SIMD16<Double>(g)
              }
              let target = output + position * inputChannels * outputChannels + place
              UnsafeMutableRawPointer(target).storeBytes(of: SIMD16<Float>(sum), as: SIMD16<Float>.self)
            }
          }
        }
      }
    }
  }
}
