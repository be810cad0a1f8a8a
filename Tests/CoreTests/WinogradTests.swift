import Core
import KernelInterface
import Testing

/// The algorithms and the kernels' transforms, against the matrices of Lavin and Gray 2015.
@Suite struct WinogradTests {
  /// Aᵀ [(G g) ⊙ (Bᵀ d)] is the correlation of d with g.
  @Test(arguments: WinogradAlgorithm.all)
  func matricesMakeACorrelation(algorithm: WinogradAlgorithm) {
    let d: [Double] = (0..<algorithm.inputs).map { Double(($0 * 37 + 11) % 17 - 8) }
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

  /// V = Bᵀ d B for every unit matrix d, which shows every product of two coefficients. All are exact in Float but those of
  /// F(5) and F(7), which are products of up to three that are.
  @Test(arguments: WinogradAlgorithm.all, InstructionSet.supported)
  func inputTransformIsTheMatrix(algorithm: WinogradAlgorithm, instructionSet: InstructionSet) {
    let kernels = KernelTable(for: instructionSet)
    let n = algorithm.inputs
    let matrix = algorithm.inputTransform
    let output = AlignedMemory<Float>(count: n * n * 12 * 16)
    let buffer = AlignedMemory<Float>(count: n * n * 16)
    let input = AlignedMemory<Float>(count: n * n * 16)
    let corner = AlignedMemory<Int>(count: 1)
    for one in 0..<n * n {
      input.start.update(repeating: 0, count: input.count)
      for lane in 0..<16 { input.start[one * 16 + lane] = Float(lane + 1) }
      kernels.transformInput(
        InputTransformCall(
          size: algorithm.outputs, input: input.start, corners: corner.start, tiles: 1, rowStride: n * 16,
          inputBlockStride: 0, blocks: 1, output: output.start, outputBlockStride: 0, buffer: buffer.start))
      for position in 0..<n * n {
        let expected = Float(matrix[position / n][one / n] * matrix[position % n][one % n])
        let rounding = [5, 7].contains(algorithm.outputs) ? 0x1p-22 * abs(expected) : 0
        #expect(abs(output.start[position * 192] - expected) <= rounding)
        #expect(output.start[position * 192 + 15] == 16 * output.start[position * 192])
      }
    }
    withExtendedLifetime((input, corner, buffer)) {}
  }

  /// Y = Aᵀ M A, likewise, with a bias that keeps the ReLU out of the way.
  @Test(arguments: WinogradAlgorithm.all, InstructionSet.supported)
  func outputTransformIsTheMatrix(algorithm: WinogradAlgorithm, instructionSet: InstructionSet) {
    let kernels = KernelTable(for: instructionSet)
    let (n, m) = (algorithm.inputs, algorithm.outputs)
    let matrix = algorithm.outputTransform
    let input = AlignedMemory<Float>(count: n * n * 12 * 16)
    let output = AlignedMemory<Float>(count: m * m * 16)
    let buffer = AlignedMemory<Float>(count: (n + m) * m * 16)
    let bias = AlignedMemory<Float>(count: 16)
    let constant: Double = m == 7 ? 32768 : 2048
    bias.start.update(repeating: Float(constant), count: 16)
    let place = AlignedMemory<TileOutputs>(count: 1)
    place.start.pointee = TileOutputs(offset: 0, rows: m, columns: m)
    for one in 0..<n * n {
      input.start.update(repeating: 0, count: input.count)
      for lane in 0..<16 { input.start[one * 192 + lane] = 1 }
      kernels.transformOutput(
        OutputTransformCall(
          size: m, input: input.start, inputBlockStride: 0, blocks: 1, bias: bias.start, output: output.start,
          places: place.start, tiles: 1, rowStride: m * 16, pixelStride: 16,
          outputBlockStride: 0, pools: false, buffer: buffer.start))
      for y in 0..<m * m {
        let expected = Float(matrix[y / m][one / n] * matrix[y % m][one % n] + constant)
        #expect(abs(output.start[y * 16] - expected) <= 2.5e-4 / 2048 * Float(constant))
      }
    }
    withExtendedLifetime((input, buffer, bias, place)) {}
  }
}

private func * (matrix: [[Double]], vector: [Double]) -> [Double] {
  matrix.map { row in zip(row, vector).map { $0 * $1 }.reduce(0, +) }
}
