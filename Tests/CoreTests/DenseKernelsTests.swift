import Core
import KernelInterface
import Testing

/// The head's kernels against plain loops, in every build that this machine runs.
@Suite struct DenseKernelsTests {
  /// Rows of whole vectors, and the same as plain floats.
  private final class Rows {
    let vectors: UnsafeMutablePointer<Vector>
    let count: Int

    init(_ count: Int, random: inout Philox, from low: Float = -1) {
      self.count = count
      vectors = .allocate(capacity: count)
      vectors.initialize(repeating: .zero, count: count)
      for i in 0..<count { for lane in 0..<16 { vectors[i][lane] = random.uniform(from: low, to: 1) } }
    }

    deinit { vectors.deallocate() }

    var floats: [Float] { (0..<16 * count).map { vectors[$0 / 16][$0 % 16] } }
  }

  @Test(arguments: InstructionSet.supported)
  func products(_ instructionSet: InstructionSet) {
    let kernels = KernelTable(for: instructionSet)
    var random = Philox(seed: 1)
    for _ in 0..<60 {
      let (rows, depth, width) = (random.integer(below: 14), random.integer(below: 40), 1 + random.integer(below: 5))
      let (bStride, cStride) = (width + random.integer(below: 2), width + random.integer(below: 2))
      let isTransposed = random.integer(below: 2) == 1
      let a = (0..<max(rows * depth, 1)).map { _ in random.uniform(from: -1, to: 1) }
      let (aRow, aDepth) = isTransposed ? (1, rows) : (depth, 1)
      let b = Rows(max(depth * bStride, 1), random: &random)
      let c = Rows(max(rows * cStride, 1), random: &random)
      let before = c.floats
      a.withUnsafeBufferPointer {
        kernels.denseProduct(
          DenseProductCall(
            rows: rows, depth: depth, width: width, a: $0.baseAddress!, aRowStride: aRow, aDepthStride: aDepth,
            b: b.vectors, bStride: bStride, c: c.vectors, cStride: cStride))
      }
      let (plainB, result) = (b.floats, c.floats)
      for row in 0..<rows {
        for column in 0..<16 * cStride {
          let i = row * 16 * cStride + column
          guard column < 16 * width else {
            #expect(result[i] == before[i], "a column beside the product")
            continue
          }
          let expected = (0..<depth).reduce(0.0) {
            $0 + Double(a[row * aRow + $1 * aDepth]) * Double(plainB[$1 * 16 * bStride + column])
          }
          #expect(abs(Double(result[i]) - expected) < 1e-5)
        }
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func sparseProducts(_ instructionSet: InstructionSet) {
    let kernels = KernelTable(for: instructionSet)
    var random = Philox(seed: 2)
    for width in [1, 2, 3, 4, 7, 8, 9, 16, 21] {
      let (samples, inputs, capacity, blocks) = (5, 30, 24, 3)
      // Entries that are out of order and repeat will do here.
      let columns = (0..<samples * capacity).map { _ in UInt32(random.integer(below: inputs)) }
      let values = columns.map { _ in random.uniform(from: -1, to: 1) }
      let starts = (0..<samples).flatMap { _ -> [Int32] in
        let middle = [random.integer(below: capacity), random.integer(below: capacity)].sorted()
        return [0] + middle.map(Int32.init) + [Int32(capacity)]
      }
      let kernel = Rows(inputs * width, random: &random)
      let outputs = Rows(samples * width, random: &random)
      let before = outputs.floats
      withPointers(starts, columns, values) { starts, columns, values in
        kernels.sparseProduct(
          SparseProductCall(
            samples: samples, starts: starts + 1, startsStride: blocks + 1, columns: columns, values: values,
            capacity: capacity, kernel: kernel.vectors, outputs: outputs.vectors, width: width))
      }
      let (plainKernel, result) = (kernel.floats, outputs.floats)
      for sample in 0..<samples {
        let entries = Int(starts[sample * 4 + 1])..<Int(starts[sample * 4 + 2])
        for column in 0..<16 * width {
          let i = sample * 16 * width + column
          let expected = entries.reduce(Double(before[i])) {
            let entry = sample * capacity + $1
            return $0 + Double(values[entry]) * Double(plainKernel[Int(columns[entry]) * 16 * width + column])
          }
          #expect(abs(Double(result[i]) - expected) < 1e-5)
        }
      }
    }
  }

  private static let constants = AdamConstants(rate: 0.01, decay1: 0.1, decay2: 0.001, epsilon: 1e-7, penalty: 0.05)

  /// Adam's step with these constants, in float64.
  private func adam(_ w: Float, _ m: Float, _ v: Float, _ gradient: Double) -> (w: Double, m: Double, v: Double) {
    let g = gradient + 0.05 * Double(w)
    let moment1 = Double(m) + (g - Double(m)) * 0.1
    let moment2 = Double(v) + (g * g - Double(v)) * 0.001
    return (Double(w) - 0.01 * moment1 / (moment2.squareRoot() + 1e-7), moment1, moment2)
  }

  @Test(arguments: InstructionSet.supported)
  func adamSteps(_ instructionSet: InstructionSet) {
    let kernels = KernelTable(for: instructionSet)
    var random = Philox(seed: 3)
    for count in 0..<10 {
      let (w, m, g) = (Rows(10, random: &random), Rows(10, random: &random), Rows(10, random: &random))
      let v = Rows(10, random: &random, from: 0)
      let before = (w: w.floats, m: m.floats, v: v.floats)
      kernels.adamStep(
        AdamStepCall(
          count: count, weights: w.vectors, moment1: m.vectors, moment2: v.vectors, gradient: g.vectors,
          constants: Self.constants))
      let after = (w: w.floats, m: m.floats, v: v.floats)
      let gradient = g.floats
      for i in 0..<160 {
        let expected = adam(before.w[i], before.m[i], before.v[i], Double(gradient[i]))
        guard i < 16 * count else {
          #expect(after.w[i] == before.w[i] && after.m[i] == before.m[i] && after.v[i] == before.v[i])
          continue
        }
        #expect(abs(Double(after.w[i]) - expected.w) < 1e-6)
        #expect(abs(Double(after.m[i]) - expected.m) < 1e-6)
        #expect(abs(Double(after.v[i]) - expected.v) < 1e-6)
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func sparseGradientSteps(_ instructionSet: InstructionSet) {
    let kernels = KernelTable(for: instructionSet)
    var random = Philox(seed: 4)
    for width in [1, 2, 3, 4, 7, 8, 9, 16, 21] {
      let (rows, batch) = (6, 9)
      let counts = (0..<rows).map { _ in random.integer(below: batch + 1) }
      let starts = counts.reduce(into: [Int32(0)]) { $0.append($0.last! + Int32($1)) }
      let samples = (0..<max(Int(starts[rows]), 1)).map { _ in UInt32(random.integer(below: batch)) }
      let values = samples.map { _ in random.uniform(from: -1, to: 1) }
      let outputGradient = Rows(batch * width, random: &random)
      let (w, m) = (Rows(rows * width, random: &random), Rows(rows * width, random: &random))
      let v = Rows(rows * width, random: &random, from: 0)
      let before = (w: w.floats, m: m.floats, v: v.floats)
      var inputGradient = [Float](repeating: .infinity, count: batch * rows)
      withPointers(starts, samples, values) { starts, samples, values in
        inputGradient.withUnsafeMutableBufferPointer { inputGradient in
          kernels.sparseGradientStep(
            SparseGradientStepCall(
              rows: rows, starts: starts, samples: samples, values: values, outputGradient: outputGradient.vectors,
              width: width, kernel: w.vectors, moment1: m.vectors, moment2: v.vectors, constants: Self.constants,
              inputGradient: .init(start: inputGradient.baseAddress!, stride: rows, scale: 2.5)))
        }
      }
      let after = (w: w.floats, m: m.floats, v: v.floats)
      let plainGradient = outputGradient.floats
      for row in 0..<rows {
        let entries = Set(samples[Int(starts[row])..<Int(starts[row + 1])].map(Int.init))
        for sample in 0..<batch {
          var product = 0.0
          for column in 0..<16 * width {
            product += Double(plainGradient[sample * 16 * width + column]) * Double(before.w[row * 16 * width + column])
          }
          let given = Double(inputGradient[sample * rows + row])
          #expect(entries.contains(sample) ? abs(given - 2.5 * product) < 1e-4 : given == .infinity)
        }
        for column in 0..<16 * width {
          var gradient = 0.0
          for entry in Int(starts[row])..<Int(starts[row + 1]) {
            gradient += Double(values[entry]) * Double(plainGradient[Int(samples[entry]) * 16 * width + column])
          }
          let i = row * 16 * width + column
          let expected = adam(before.w[i], before.m[i], before.v[i], gradient)
          #expect(abs(Double(after.w[i]) - expected.w) < 1e-5)
          #expect(abs(Double(after.m[i]) - expected.m) < 1e-5)
          #expect(abs(Double(after.v[i]) - expected.v) < 1e-5)
        }
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func dropoutDrawsArePhilox(_ instructionSet: InstructionSet) {
    let kernels = KernelTable(for: instructionSet)
    let random = Philox(seed: 0xfedc_ba98_8765_4321, stream: 0x8123_4567_dead_beef)
    for (first, groups) in [(0, 1), (3, 5), (1 << 20, 2)] {
      var words = [UInt32](repeating: 0, count: 32 * groups)
      words.withUnsafeMutableBufferPointer {
        kernels.dropoutDraws(
          DropoutDrawsCall(
            firstGroup: first, groups: groups, row: 0xffff_fff0, seed: random.seed, stream: random.stream,
            words: $0.baseAddress!))
      }
      for (i, word) in words.enumerated() {
        let block = random.block(0xffff_fff0 << 32 | UInt64(8 * (first + i / 32) + i % 8))
        #expect(word == block[i % 32 / 8])
      }
    }
  }
}

/// Calls `body` with where three arrays lie.
private func withPointers<A, B, C>(
  _ a: [A], _ b: [B], _ c: [C], _ body: (UnsafePointer<A>, UnsafePointer<B>, UnsafePointer<C>) -> Void
) {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      c.withUnsafeBufferPointer { c in body(a.baseAddress!, b.baseAddress!, c.baseAddress!) }
    }
  }
}
