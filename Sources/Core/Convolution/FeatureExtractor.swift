/// VGG16's convolutional part, cut after some layer: from preprocessed images to that layer's activations.
///
/// The features of an image are the same to the last bit whatever the number of threads, the batch it is in and its place
/// there. (They differ in the last bits between instruction sets.) An extractor serves one caller at a time.
public final class FeatureExtractor {
  /// The shape of an image's features.
  public let featureShape: FeatureShape
  /// The most images that go through the network together.
  public let maximumBatch: Int

  private let imageCount: Int
  private let pool: WorkerPool
  private let first: FirstConvolution
  private let stages: [Stage]
  private let scratch: [AlignedMemory]
  /// `activations[i]` is what `steps[i]` reads.
  private let activations: [Activations]

  package typealias Observer = (_ layer: String) -> Void

  /// The smallest height and width: what gives block5_pool one pixel.
  public static let minimumSize = 32

  /// Some successive layers that take the same number of images at once.
  private struct Stage {
    let images: Int
    /// Whether the stage begins with the first convolution.
    var isFirst = false
    var steps: [(index: Int, plan: ConvolutionPlan.Step, convolution: WinogradConvolution)] = []
  }

  /// Transforms the weights and sets all memory aside that the extraction needs.
  ///
  /// - Parameters:
  ///   - weights: VGG16's parameters. They are copied; the extractor does not keep them.
  ///   - cut: the last layer to compute.
  ///   - height, width: the size of every image, at least ``minimumSize``.
  ///   - maximumBatch: how many images to compute together, at least 1.
  ///   - pool: the threads to compute on.
  ///   - instructionSet: the build of the kernels to use.
  public init(
    weights: VGG16Weights, cut: VGG16.Layer = .block5Conv3, height: Int, width: Int, maximumBatch: Int,
    pool: WorkerPool, instructionSet: InstructionSet = .current
  ) {
    precondition(min(height, width) >= Self.minimumSize, "VGG16 needs images of at least 32×32, not \(height)×\(width)")
    precondition(maximumBatch >= 1)
    let kernels = ConvolutionKernels(instructionSet)
    let plan = ConvolutionPlan(cut: cut, height: height, width: width, maximumBatch: maximumBatch)
    self.maximumBatch = maximumBatch
    self.pool = pool
    featureShape = cut.outputShape(height: height, width: width)
    imageCount = height * width * 3

    let firstRow = VGG16.convolutions[0]
    first = FirstConvolution(
      kernel: weights.convolutions[0].kernel, bias: weights.convolutions[0].bias,
      outputChannels: firstRow.outputChannels, kernels: kernels)

    var stages = [Stage(images: plan.steps.first?.images ?? maximumBatch, isFirst: true)]
    var scratchCount = first.scratchCount(width: width)
    var activations: [Activations] = []
    for (index, step) in plan.steps.enumerated() {
      let parameters = weights.convolutions[index + 1]
      let convolution = WinogradConvolution(
        kernel: parameters.kernel, bias: parameters.bias, inputChannels: step.inputChannels,
        outputChannels: step.outputChannels, tile: step.tile, kernels: kernels, pool: pool)
      let isNewStage = step.images != stages.last!.images
      if isNewStage { stages.append(Stage(images: step.images)) }
      stages[stages.count - 1].steps.append((index, step, convolution))
      activations.append(
        Activations(
          images: isNewStage ? maximumBatch : step.images, height: step.height, width: step.width,
          channels: step.inputChannels, readInTilesOf: step.tile))
      scratchCount = max(scratchCount, convolution.scratchCount(tilesInTask: step.tilesInTask))
    }
    self.stages = stages
    self.activations = activations
    scratch = (0..<pool.threadCount).map { _ in AlignedMemory(count: scratchCount) }
  }

  /// Computes the features of some images.
  ///
  /// - Parameters:
  ///   - images: `count` × height × width × 3, preprocessed, in the channel order of the weights.
  ///   - count: any number of images; ``maximumBatch`` at a time are computed.
  ///   - features: memory for `count` times ``featureShape``, channels last.
  public func extract(
    _ images: UnsafePointer<Float>, count: Int, into features: UnsafeMutablePointer<Float>
  ) {
    extract(images, count: count, into: features, observer: nil)
  }

  /// The same, for benchmarks: `observer` is called after each run of a layer, with the layer's name.
  package func extract(
    _ images: UnsafePointer<Float>, count: Int, into features: UnsafeMutablePointer<Float>, observer: Observer?
  ) {
    let output = FeatureMap.channelsLast(
      features, height: featureShape.height, width: featureShape.width, channels: featureShape.channels)
    for start in stride(from: 0, to: count, by: maximumBatch) {
      let batch = min(maximumBatch, count - start)
      for stage in stages {
        for offset in stride(from: 0, to: batch, by: stage.images) {
          run(
            stage, offset: offset, images: min(stage.images, batch - offset), input: images + start * imageCount,
            output: output.advanced(byImages: start), observer: observer)
        }
      }
    }
  }

  /// Runs a stage for the images from `offset` on of a batch.
  ///
  /// The maps between stages hold the whole batch, those within a stage only the images that it takes at once.
  private func run(
    _ stage: Stage, offset: Int, images: Int, input: UnsafePointer<Float>, output: FeatureMap, observer: Observer?
  ) {
    func target(ofStep index: Int, isLastOfStage: Bool) -> FeatureMap {
      let map = index + 1 < activations.count ? activations[index + 1].map : output
      return isLastOfStage ? map.advanced(byImages: offset) : map
    }
    if stage.isFirst {
      first.run(
        images: images, input: input + offset * imageCount,
        output: target(ofStep: -1, isLastOfStage: stage.steps.isEmpty), pool: pool, scratch: scratch)
      observer?(VGG16.convolutions[0].name)
    }
    for (index, step, convolution) in stage.steps {
      let isFirstOfLaterStage = !stage.isFirst && index == stage.steps[0].index
      let source = activations[index].map
      convolution.run(
        images: images, input: isFirstOfLaterStage ? source.advanced(byImages: offset) : source,
        output: target(ofStep: index, isLastOfStage: index == stage.steps.last!.index), pools: step.pools,
        tilesInTask: step.tilesInTask, pool: pool, scratch: scratch)
      observer?(step.name)
    }
  }

}
