import KernelInterface

/// VGG16's first convolution, from three-channel images: 3×3, stride 1, same padding, with bias and ReLU, computed
/// directly.
package struct FirstConvolution {
  package let outputChannels: Int
  private let kernels: KernelTable
  /// [Cout / panel][3 × 3 × 3][panel].
  private let weights: AlignedMemory<Float>
  private let bias: AlignedMemory<Float>

  /// Rows of outputs that a task computes.
  private static let rowsInTask = 8

  /// - Parameter kernel: 3×3×3×Cout, Cout a multiple of 32.
  package init(kernel: [Float], bias: [Float], outputChannels: Int, kernels: KernelTable) {
    precondition(outputChannels % 32 == 0)
    precondition(kernel.count == 27 * outputChannels && bias.count == outputChannels)
    self.outputChannels = outputChannels
    self.kernels = kernels
    weights = AlignedMemory(count: kernel.count)
    for (index, weight) in kernel.enumerated() {
      let (tap, channel) = index.quotientAndRemainder(dividingBy: outputChannels)
      let (panel, lane) = channel.quotientAndRemainder(dividingBy: kernels.panelWidth)
      weights.start[(panel * 27 + tap) * kernels.panelWidth + lane] = weight
    }
    self.bias = AlignedMemory(count: outputChannels)
    self.bias.start.update(from: bias, count: outputChannels)
  }

  /// The scratch memory, in floats, that each worker needs.
  package func scratchCount(width: Int) -> Int {
    scratchCount(rows: Self.rowsInTask, width: width)
  }

  /// The scratch memory, in floats, for `rows` rows.
  func scratchCount(rows: Int, width: Int) -> Int {
    (rows + 2) * (width + 2) * 3
  }

  /// Convolves `images` images.
  ///
  /// - Parameters:
  ///   - input: N×H×W×3.
  ///   - output: N maps of H×W.
  ///   - scratch: memory of ``scratchCount(width:)`` floats for each worker.
  package func run(
    images: Int, input: UnsafePointer<Float>, output: FeatureMap, pool: WorkerPool, scratch: [AlignedMemory<Float>]
  ) {
    let (height, width) = (output.height, output.width)
    let tasksInImage = (height + Self.rowsInTask - 1) / Self.rowsInTask
    nonisolated(unsafe) let (input, output) = (input, output)
    pool.forEach(images * tasksInImage) { task, worker in
      let (image, band) = task.quotientAndRemainder(dividingBy: tasksInImage)
      let first = band * Self.rowsInTask
      convolve(
        rows: first..<min(first + Self.rowsInTask, height), of: input + image * height * width * 3, height: height,
        width: width, to: output.origin + output.offset(image: image, row: first, column: 0), in: output,
        scratch: scratch[worker].start)
    }
  }

  /// Computes some rows of one image's output.
  ///
  /// - Parameters:
  ///   - image: height × width × 3.
  ///   - target: where the first of the rows goes; the strides are those of `map`.
  ///   - scratch: memory for (rows + 2) × (width + 2) × 3 floats.
  func convolve(
    rows: Range<Int>, of image: UnsafePointer<Float>, height: Int, width: Int, to target: UnsafeMutablePointer<Float>,
    in map: FeatureMap, scratch: UnsafeMutablePointer<Float>
  ) {
    copyWithBorder(
      rows.lowerBound - 1..<rows.upperBound + 1, of: image, height: height, width: width, to: scratch)
    kernels.convolveFirst(
      FirstConvolutionCall(
        input: scratch, inputRowStride: (width + 2) * 3, weights: weights.start, bias: bias.start, output: target,
        rowStride: map.rowStride, pixelStride: map.pixelStride, blockStride: map.blockStride,
        outputChannels: outputChannels, rows: rows.count, columns: width))
  }

  /// Copies some rows of an image, with a border of one zero pixel on either side; rows outside of the image are zero.
  private func copyWithBorder(
    _ rows: Range<Int>, of image: UnsafePointer<Float>, height: Int, width: Int,
    to target: UnsafeMutablePointer<Float>
  ) {
    for row in rows {
      let target = target + (row - rows.lowerBound) * (width + 2) * 3
      if row < 0 || row >= height {
        target.update(repeating: 0, count: (width + 2) * 3)
      } else {
        target.update(repeating: 0, count: 3)
        (target + 3).update(from: image + row * width * 3, count: width * 3)
        (target + 3 + width * 3).update(repeating: 0, count: 3)
      }
    }
  }
}
