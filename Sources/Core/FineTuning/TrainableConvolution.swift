import KernelInterface

/// A 3×3 convolution, stride 1, same padding, with bias and ReLU, that can be trained: forward and backward by F(m×m,
/// 3×3).
///
/// With V = Bᵀ d B of the inputs' tiles, U = G g Gᵀ of the weights and dM = A dY Aᵀ of the gradients' tiles (Lavin and
/// Gray 2015, section 4):
///
///     forward          Y = Aᵀ [Σ V U] A, summed over input channels
///     data gradient    the same, with kernels that are turned by 180° and take output channels to input channels
///     weight gradient  dW = Gᵀ [Σ V dM] G, summed over tiles
///
/// V is kept from the forward pass. U is never stored: it is up to nine times the weights and lives for one step. So each
/// panel of it is made in the cache, where it is multiplied; and likewise dU, which Adam uses up at once.
///
/// The order of all sums depends on the shapes only: results are the same bytes on any number of threads.
package final class TrainableConvolution {
  /// m of F(m×m, 3×3), forward and backward.
  package var tile: Int { algorithm.outputs }
  package let parameters: ConvolutionParameters
  private let algorithm: WinogradAlgorithm
  private let height: Int
  private let width: Int
  private let kernels: KernelTable
  private let workspace: TrainingWorkspace
  /// V of the last batch that went forward.
  private let values: AlignedMemory<Float>

  /// - Parameters:
  ///   - height, width: of the maps.
  ///   - images: the most of a batch.
  ///   - tile: m, forward and backward; nil for the best.
  ///   - workspace: shared with other layers.
  package init(
    _ parameters: ConvolutionParameters, height: Int, width: Int, images: Int, tile: Int? = nil,
    workspace: TrainingWorkspace, kernels: KernelTable
  ) {
    self.parameters = parameters
    self.kernels = kernels
    self.workspace = workspace
    self.height = height
    self.width = width
    algorithm = tile.map(WinogradAlgorithm.with) ?? Self.bestAlgorithm(height: height, width: width)
    let batch = BatchTiles(algorithm: algorithm, height: height, width: width, images: images)
    values = AlignedMemory(count: parameters.inputChannels / 16 * batch.blockStride)
    workspace.reserve(gradients: parameters.outputChannels / 16 * batch.blockStride)
    let chunk = tiles(images: imagesAtOnce(of: images))
    workspace.reserve(scratch: productsOffset + kernels.panelWidth / 16 * chunk.blockStride)
  }

  /// The algorithm that takes the fewest multiplications for a map, those of tiles that overhang its edges included.
  static func bestAlgorithm(height: Int, width: Int) -> WinogradAlgorithm {
    func multiplications(_ algorithm: WinogradAlgorithm) -> Int {
      let tiles = BatchTiles(algorithm: algorithm, height: height, width: width, images: 1)
      return tiles.count * tiles.positions
    }
    return WinogradAlgorithm.all.min { multiplications($0) < multiplications($1) }!
  }

  private func tiles(images: Int) -> BatchTiles {
    BatchTiles(algorithm: algorithm, height: height, width: width, images: images)
  }

  // MARK: - Passes

  /// y = max(w ∗ x + b, 0).
  ///
  /// - Parameters:
  ///   - input: in blocks of 16 channels, with a border that fits ``tile`` (``Activations``).
  ///   - output: of the same size.
  package func forward(images: Int, input: FeatureMap, output: FeatureMap) {
    let batch = tiles(images: images)
    for chunk in chunks(of: images) {
      convolve(
        chunk, from: input, to: output,
        values: values.start + chunk.lowerBound * tiles(images: 1).count * 16, of: batch, isTurned: false,
        finish: { channel, _ in .biasAndReLU(self.parameters.bias.value.floats + channel) })
    }
  }

  /// dx from dz, the gradient by what the ReLU takes in; with the weights as they are.
  ///
  /// - Parameters:
  ///   - gradient: dz, with a border that fits ``tile``.
  ///   - output: dx, or, where there are activations, dx behind the gradient of the ReLU that put them out.
  ///   - activations: of the strides of `output`.
  ///
  /// - Precondition: the input channels are a multiple of 32.
  package func backwardInput(images: Int, gradient: FeatureMap, output: FeatureMap, activations: FeatureMap?) {
    precondition(parameters.inputChannels % 32 == 0)
    for chunk in chunks(of: images) {
      convolve(
        chunk, from: gradient, to: output, values: workspace.gradients.start,
        of: tiles(images: chunk.count),
        isTurned: true,
        finish: { channel, offset in
          activations.map { .gradientOfReLU($0.origin + offset) } ?? .nothing
        })
    }
  }

  /// dw and db from dz and the last batch that went forward, and Adam's step.
  ///
  /// - Parameters:
  ///   - gradient: dz, with a border that fits ``tile``.
  package func update(images: Int, gradient: FeatureMap, adam: AdamStep) {
    let batch = tiles(images: images)
    transformGradients(gradient, batch: batch, adam: adam)
    let (inputs, panelWidth, depth) = (parameters.inputChannels, kernels.panelWidth, depth)
    let panels = parameters.outputChannels / panelWidth
    workspace.pool.forEach((inputs + depth - 1) / depth * panels) { task, worker in
      // A thread after the other takes the same inputs, so that they stay in the cache.
      let first = task / panels * depth
      updateWeights(
        inputs: first..<min(first + depth, inputs), panel: task % panels, batch: batch, adam: adam,
        scratch: workspace.scratch[worker].start)
    }
  }

  // MARK: - Chunks

  /// A batch's images that go through a convolution together: as many as have tiles enough to be worth a transformation
  /// of the weights, and few enough for their tiles to stay in the cache while each panel of weights is multiplied.
  private func chunks(of images: Int) -> [Range<Int>] {
    let step = imagesAtOnce(of: images)
    return stride(from: 0, to: images, by: step).map { $0..<min($0 + step, images) }
  }

  private func imagesAtOnce(of images: Int) -> Int {
    min(max(1, 144 / tiles(images: 1).count), images)
  }

  // MARK: - Scratch memory

  /// Floats that the transforms use: see the calls.
  private static let transformBuffer = 4096

  /// The channels whose weights are transformed together: as many as leave room in a core's cache.
  private var depth: Int { algorithm.outputs <= 4 ? 128 : 64 }

  /// From one position ξ of a panel's U or dU to the next, in floats.
  private var weightStride: Int { depth * kernels.panelWidth + 16 }

  /// Where in the scratch memory M is, behind U.
  private var productsOffset: Int {
    Self.transformBuffer + algorithm.inputs * algorithm.inputs * weightStride
  }

  // MARK: - Convolution

  /// Convolves a chunk of a batch.
  ///
  /// - Parameters:
  ///   - images: of the batch.
  ///   - values: where V of the chunk's first tile goes.
  ///   - layout: the tiles that V's strides are of: the batch's or the chunk's.
  ///   - isTurned: whether this is the data gradient.
  ///   - finish: from a panel's first channel, and the floats from the output's origin to the panel in the chunk's
  ///     first image.
  private func convolve(
    _ images: Range<Int>, from input: FeatureMap, to output: FeatureMap, values: UnsafeMutablePointer<Float>,
    of layout: BatchTiles, isTurned: Bool, finish: (_ channel: Int, _ offset: Int) -> BatchOutputCall.Finish
  ) {
    let chunk = tiles(images: images.count)
    transformInputs(chunk, from: input.advanced(byImages: images.lowerBound), to: values, of: layout)
    let places = chunk.places(in: output)
    let panelWidth = kernels.panelWidth
    let outputs = isTurned ? parameters.inputChannels : parameters.outputChannels
    workspace.pool.forEach(outputs / panelWidth) { panel, worker in
      let scratch = workspace.scratch[worker].start
      let products = scratch + productsOffset
      multiply(chunk, values: values, of: layout, panel: panel, isTurned: isTurned, scratch: scratch)
      let channel = panel * panelWidth
      let offset = images.lowerBound * output.imageStride + channel / 16 * output.blockStride
      kernels.transformBatchOutput(
        BatchOutputCall(
          size: algorithm.outputs, input: products, inputPositionStride: chunk.positionStride,
          inputBlockStride: chunk.blockStride,
          blocks: panelWidth / 16, finish: finish(channel, offset),
          output: output.origin + offset, places: places.start, tiles: chunk.count, rowStride: output.rowStride,
          outputBlockStride: output.blockStride, buffer: scratch))
    }
  }

  /// V = Bᵀ d B of a chunk, each thread some blocks of channels.
  private func transformInputs(
    _ chunk: BatchTiles, from input: FeatureMap, to values: UnsafeMutablePointer<Float>, of layout: BatchTiles
  ) {
    let corners = chunk.corners(in: input, margin: 1)
    workspace.pool.forEach(input.channels / 16) { block, worker in
      kernels.transformBatchInput(
        InputTransformCall(
          size: algorithm.outputs, input: input.origin + block * input.blockStride, corners: corners.start,
          tiles: chunk.count,
          rowStride: input.rowStride, inputBlockStride: input.blockStride, blocks: 1,
          output: values + block * layout.blockStride, outputBlockStride: layout.blockStride,
          buffer: workspace.scratch[worker].start),
        layout.positionStride)
    }
  }

  /// M = Σ V U for one panel, some channels after the others.
  private func multiply(
    _ chunk: BatchTiles, values: UnsafePointer<Float>, of layout: BatchTiles, panel: Int, isTurned: Bool,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let inputs = isTurned ? parameters.outputChannels : parameters.inputChannels
    let transformed = scratch + Self.transformBuffer
    let products = scratch + productsOffset
    for first in stride(from: 0, to: inputs, by: depth) {
      let channels = first..<min(first + depth, inputs)
      kernels.transformWeights(
        WeightTransformCall(
          size: algorithm.outputs, weights: parameters.kernel.start, inputChannels: parameters.inputChannels,
          panel: panel,
          channels: channels, isTurned: isTurned, output: transformed, positionStride: weightStride, buffer: scratch))
      for position in 0..<layout.positions {
        kernels.multiplyBatch(
          BatchProductCall(
            inputs: values + first / 16 * layout.blockStride + position * layout.positionStride,
            inputBlockStride: layout.blockStride, inputPositionStride: layout.positionStride,
            outputs: products + position * chunk.positionStride, outputBlockStride: chunk.blockStride,
            weights: transformed + position * weightStride, tiles: chunk.count, channels: channels.count,
            adds: first > 0))
      }
    }
  }

  // MARK: - Weight gradient

  /// dM = A dz Aᵀ of a batch, each thread some blocks of channels, and the biases' gradient and step.
  private func transformGradients(_ gradient: FeatureMap, batch: BatchTiles, adam: AdamStep) {
    let corners = batch.corners(in: gradient, margin: 0)
    let bias = parameters.bias
    workspace.pool.forEach(gradient.channels / 16) { block, worker in
      kernels.transformGradient(
        GradientTransformCall(
          size: algorithm.outputs, input: gradient.origin + block * gradient.blockStride, corners: corners.start,
          tiles: batch.count, rowStride: gradient.rowStride,
          output: workspace.gradients.start + block * batch.blockStride, outputPositionStride: batch.positionStride,
          biasGradient: bias.gradient.floats + block * 16, buffer: workspace.scratch[worker].start))
      adam.update(bias, panel: block..<block + 1)
    }
  }

  /// dW = Gᵀ [Σ V dM] G for some input channels and a panel of output channels, and Adam's step.
  private func updateWeights(
    inputs: Range<Int>, panel: Int, batch: BatchTiles, adam: AdamStep, scratch: UnsafeMutablePointer<Float>
  ) {
    let transformed = scratch + Self.transformBuffer
    let panelBlocks = kernels.panelWidth / 16
    let values = values.start + inputs.lowerBound / 16 * batch.blockStride
    let gradients = workspace.gradients.start + panel * panelBlocks * batch.blockStride
    for position in 0..<batch.positions {
      kernels.weightGradient(
        WeightGradientCall(
          inputs: values + position * batch.positionStride, inputBlockStride: batch.blockStride,
          blocks: inputs.count / 16, gradients: gradients + position * batch.positionStride,
          gradientBlockStride: batch.blockStride, tiles: batch.count,
          outputs: transformed + position * weightStride))
    }
    func place(_ kernel: ConvolutionKernel) -> UnsafeMutablePointer<Float> {
      kernel.place(block: panel * panelBlocks, input: inputs.lowerBound)
    }
    var constants = adam.constants
    constants.penalty = 0
    kernels.weightStep(
      WeightStepCall(
        size: algorithm.outputs, gradient: transformed, positionStride: weightStride, channels: inputs.count,
        weights: place(parameters.kernel), moment1: place(parameters.kernelMoment1),
        moment2: place(parameters.kernelMoment2), blockStride: parameters.kernel.blockStride, constants: constants,
        buffer: scratch))
  }
}
