import Core
import Testing

/// The algorithms and the kernels' transforms, against the matrices of Lavin and Gray 2015.
@Suite struct WinogradTests {
  /// Aᵀ [(G g) ⊙ (Bᵀ d)] is the correlation of d with g.
  @Test(arguments: WinogradAlgorithm.all)
  func matricesMakeACorrelation(algorithm: WinogradAlgorithm) {
    let d = (0..<algorithm.inputs).map { Double(($0 * 37 + 11) % 17) - 8 }
    let g = [2.0, -3, 5]
    let products = zip(algorithm.weightTransform * g, algorithm.inputTransform * d).map { $0 * $1 }
    let y = algorithm.outputTransform * products
    #expect(y.count == algorithm.outputs)
    for (index, value) in y.enumerated() {
      let expected = zip(g, d[index...]).map { $0 * $1 }.reduce(0, +)
      #expect(abs(value - expected) < 1e-10)
    }
  }

  /// F(2, 3) as the paper gives it (equation 6), but for the signs of its rows: their matrices negate some.
  @Test func smallestAlgorithmIsThePapers() {
    let algorithm = WinogradAlgorithm.with(outputs: 2)
    #expect(algorithm.inputTransform == [[-1, 0, 1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]])
    #expect(algorithm.weightTransform == [[-1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
    #expect(algorithm.outputTransform == [[1, 1, 1, 0], [0, 1, -1, 1]])
  }

  /// V = Bᵀ d B for every unit matrix d, which shows every product of two coefficients; all are exact in Float.
  @Test(arguments: WinogradAlgorithm.all, InstructionSet.supported)
  func inputTransformIsTheMatrix(algorithm: WinogradAlgorithm, instructionSet: InstructionSet) {
    let kernels = ConvolutionKernels(instructionSet)
    let n = algorithm.inputs
    let matrix = algorithm.inputTransform
    let output = AlignedMemory(count: n * n * 12 * 16)
    let buffer = AlignedMemory(count: n * n * 16)
    for one in 0..<n * n {
      var input = [Float](repeating: 0, count: n * n * 16)
      for lane in 0..<16 { input[one * 16 + lane] = Float(lane + 1) }
      kernels.transformInput(
        algorithm.outputs, input, [0], 1, n * 16, 0, 1, output.floats, 0, buffer.floats)
      for position in 0..<n * n {
        let expected = Float(matrix[position / n][one / n] * matrix[position % n][one % n])
        #expect(output.floats[position * 192] == expected)
        #expect(output.floats[position * 192 + 15] == 16 * expected)
      }
    }
  }

  /// Y = Aᵀ M A, likewise, with a bias that keeps the ReLU out of the way.
  @Test(arguments: WinogradAlgorithm.all, InstructionSet.supported)
  func outputTransformIsTheMatrix(algorithm: WinogradAlgorithm, instructionSet: InstructionSet) {
    let kernels = ConvolutionKernels(instructionSet)
    let (n, m) = (algorithm.inputs, algorithm.outputs)
    let matrix = algorithm.outputTransform
    let input = AlignedMemory(count: n * n * 12 * 16)
    let output = AlignedMemory(count: m * m * 16)
    let buffer = AlignedMemory(count: (n + m) * m * 16)
    let bias = [Float](repeating: 2048, count: 16)
    for one in 0..<n * n {
      input.floats.update(repeating: 0, count: input.count)
      for lane in 0..<16 { input.floats[one * 192 + lane] = 1 }
      kernels.transformOutput(
        m, input.floats, 0, 1, bias, output.floats, [(0, m, m)], 1, m * 16, 16, 0, false, buffer.floats)
      for y in 0..<m * m {
        let expected = Float(matrix[y / m][one / n] * matrix[y % m][one % n] + 2048)
        #expect(abs(output.floats[y * 16] - expected) <= 2.5e-4)
      }
    }
  }
}

private func * (matrix: [[Double]], vector: [Double]) -> [Double] {
  matrix.map { row in zip(row, vector).map { $0 * $1 }.reduce(0, +) }
}
