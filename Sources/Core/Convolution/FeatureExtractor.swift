import KernelInterface

/// A network's convolutional part, cut after some layer: from preprocessed images to that layer's activations.
///
/// The features of an image are the same to the last bit whatever the number of threads, the batch it is in and its place
/// there, and on every instruction set. An extractor serves one caller at a time.
public final class FeatureExtractor {
  /// The shape of an image's features.
  public let featureShape: FeatureShape
  /// The most images that go through the network together.
  public let maximumBatch: Int

  /// The floats of an image, or of what else goes in.
  package let imageCount: Int
  private let imageSize: ImageSize
  private let pool: WorkerPool
  private let layers: [Layer]
  /// Successive layers that take the same number of images at once.
  private let stages: [Range<Int>]
  /// For each worker.
  private let scratch: [AlignedMemory<Float>]
  private let strips: [AlignedMemory<Float>]

  /// Takes the name of a layer that has been computed for some images.
  package typealias Observer = (_ layer: String) -> Void

  /// What is computed in one go, from one map to the next.
  private struct Layer {
    enum Computation {
      /// Takes features, channels last, to where a convolution reads them.
      case load(FeatureShape)
      case first(FirstConvolution)
      case pooledFirst(FirstConvolution)
      case fusedFirst(FusedFirstBlock)
      case winograd(WinogradConvolution, ConvolutionPlan.Step)
    }

    let name: String
    let computation: Computation
    /// The number of images that it takes at once.
    let images: Int
    /// What it reads, if not the images themselves: for a stage's first layer the whole batch, for others as many images
    /// as they take at once.
    let input: Activations?
  }

  /// Transforms the weights and sets all memory aside that the extraction needs.
  ///
  /// - Parameters:
  ///   - weights: the network's parameters. They are copied; the extractor does not keep them.
  ///     Every convolution puts out a multiple of 32 channels.
  ///   - cut: the last layer to compute, of the same network; its last convolution where nil.
  ///   - height: of every image, in pixels; at least ``Backbone/minimumSize``.
  ///   - width: of every image, in pixels; at least ``Backbone/minimumSize``.
  ///   - maximumBatch: how many images to compute together, at least 1.
  ///   - pool: the threads to compute on.
  ///   - instructionSet: the build of the kernels to use.
  public init(
    weights: BackboneWeights, cut: Backbone.Layer? = nil, height: Int, width: Int, maximumBatch: Int, pool: WorkerPool,
    instructionSet: InstructionSet = .current
  ) {
    let backbone = weights.backbone
    let cut = cut ?? backbone.lastConvolution
    precondition(cut.backbone == backbone, "\(cut) of \(cut.backbone.name) for the weights of \(backbone.name)")
    precondition(min(height, width) >= backbone.minimumSize, "\(height)×\(width) is too small for \(backbone.name)")
    precondition(maximumBatch >= 1)
    let kernels = KernelTable(for: instructionSet)
    let plan = ConvolutionPlan(cut: cut, height: height, width: width, maximumBatch: maximumBatch)
    self.maximumBatch = maximumBatch
    self.pool = pool
    featureShape = cut.outputShape(height: height, width: width)
    imageSize = ImageSize(height: height, width: width)
    imageCount = height * width * 3

    let first = FirstConvolution(
      kernel: weights.convolutions[0].kernel, bias: weights.convolutions[0].bias,
      outputChannels: backbone.convolutions[0].outputChannels, kernels: kernels)
    var layers: [Layer] = []
    var scratchCount = 0
    var stripCount = 0
    if plan.poolsFirst || plan.steps.isEmpty {
      layers.append(
        Layer(
          name: backbone.convolutions[0].name, computation: plan.poolsFirst ? .pooledFirst(first) : .first(first),
          images: plan.steps.isEmpty ? maximumBatch : plan.imagesAtOnceAtFirst, input: nil))
      scratchCount = plan.poolsFirst ? first.pooledScratchCount(width: width) : first.scratchCount(width: width)
    }
    Self.append(
      plan.steps, weights.convolutions.dropFirst(), first: first, maximumBatch: maximumBatch, kernels: kernels,
      pool: pool, to: &layers, scratchCount: &scratchCount, stripCount: &stripCount)
    stages = Self.stages(of: layers)
    scratch = (0..<pool.threadCount).map { _ in AlignedMemory(count: scratchCount) }
    strips = (0..<pool.threadCount).map { _ in AlignedMemory(count: stripCount) }
    self.layers = layers
  }

  /// Only the last layers: from the features of a pooling to those of the network's last convolution. They are the same
  /// to the last bit as if the images had gone through the whole network.
  ///
  /// - Parameters:
  ///   - tail: the convolutions behind the pooling. They are copied.
  ///   - features: the shape of an image's, at least one pixel at every layer.
  ///   - maximumBatch: how many images to compute together, at least 1.
  ///   - pool: the threads to compute on.
  ///   - instructionSet: the build of the kernels to use.
  public init(
    tail: BackboneTail, features: FeatureShape, maximumBatch: Int, pool: WorkerPool,
    instructionSet: InstructionSet = .current
  ) {
    precondition(maximumBatch >= 1)
    let output = tail.outputShape(of: features)
    precondition(output.count > 0, "features of \(features) are too small")
    let kernels = KernelTable(for: instructionSet)
    let plan = ConvolutionPlan(
      start: tail.cut, cut: tail.cut.backbone.lastConvolution, height: features.height, width: features.width,
      maximumBatch: maximumBatch)
    var layers = [
      Layer(name: tail.cut.name, computation: .load(features), images: plan.steps[0].imagesAtOnce, input: nil)
    ]
    var (scratchCount, stripCount) = (0, 0)
    Self.append(
      plan.steps, tail.convolutions[...], first: nil, maximumBatch: maximumBatch, kernels: kernels, pool: pool,
      to: &layers, scratchCount: &scratchCount, stripCount: &stripCount)
    self.maximumBatch = maximumBatch
    self.pool = pool
    featureShape = output
    imageSize = ImageSize(height: features.height, width: features.width)
    imageCount = features.count
    stages = Self.stages(of: layers)
    scratch = (0..<pool.threadCount).map { _ in AlignedMemory(count: scratchCount) }
    strips = []
    self.layers = layers
  }

  /// Appends the Winograd convolutions to the layers before them.
  ///
  /// - Parameter first: the first convolution, which the second one is fused with where it is not a layer itself.
  private static func append(
    _ steps: [ConvolutionPlan.Step], _ weights: ArraySlice<BackboneWeights.Convolution>, first: FirstConvolution?,
    maximumBatch: Int, kernels: KernelTable, pool: WorkerPool, to layers: inout [Layer], scratchCount: inout Int,
    stripCount: inout Int
  ) {
    for (step, parameters) in zip(steps, weights) {
      let convolution = WinogradConvolution(
        kernel: parameters.kernel, bias: parameters.bias, inputChannels: step.inputChannels,
        outputChannels: step.outputChannels, tile: step.tile, kernels: kernels, pool: pool)
      if layers.isEmpty, let first {
        let fused = FusedFirstBlock(first: first, second: convolution, plan: step)
        layers.append(Layer(name: step.name, computation: .fusedFirst(fused), images: step.imagesAtOnce, input: nil))
        scratchCount = fused.scratchCount
        stripCount = fused.stripCount
      } else {
        let beginsStage = step.imagesAtOnce != layers.last!.images
        let input = Activations(
          images: beginsStage ? maximumBatch : step.imagesAtOnce, height: step.height, width: step.width,
          channels: step.inputChannels, readInTilesOf: step.tile, pooled: step.pools)
        layers.append(
          Layer(name: step.name, computation: .winograd(convolution, step), images: step.imagesAtOnce, input: input))
        scratchCount = max(scratchCount, convolution.scratchCount(tilesInTask: step.tilesInTask))
      }
    }
  }

  /// A stage ends where the next layer takes another number of images at once.
  private static func stages(of layers: [Layer]) -> [Range<Int>] {
    let starts = layers.indices.filter { $0 == 0 || layers[$0].images != layers[$0 - 1].images }
    return zip(starts, starts.dropFirst() + [layers.count]).map { $0..<$1 }
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

  /// The features of some images.
  ///
  /// - Parameter images: N × height × width × 3, preprocessed, in the channel order of the weights.
  /// - Returns: N times ``featureShape``, channels last.
  /// - Precondition: `images` has whole images.
  public func features(of images: [Float]) -> [Float] {
    let count = images.count / imageCount
    precondition(count * imageCount == images.count, "\(images.count) values are no images of \(imageSize)")
    return [Float](unsafeUninitializedCapacity: count * featureShape.count) { buffer, initialized in
      if count > 0 { extract(images, count: count, into: buffer.baseAddress!) }
      initialized = count * featureShape.count
    }
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
        let imagesAtOnce = layers[stage.lowerBound].images
        for offset in stride(from: 0, to: batch, by: imagesAtOnce) {
          run(
            stage, offset: offset, images: min(imagesAtOnce, batch - offset), input: images + start * imageCount,
            output: output.advanced(byImages: start), observer: observer)
        }
      }
    }
  }

  /// Runs a stage for the images from `offset` on of a batch.
  private func run(
    _ stage: Range<Int>, offset: Int, images: Int, input: UnsafePointer<Float>, output: FeatureMap,
    observer: Observer?
  ) {
    for index in stage {
      let layer = layers[index]
      var source = layer.input?.map
      if index == stage.lowerBound { source = source?.advanced(byImages: offset) }
      var target = index + 1 < layers.count ? layers[index + 1].input!.map : output
      if index + 1 == stage.upperBound { target = target.advanced(byImages: offset) }
      switch layer.computation {
      case .load(let shape):
        load(images: images, from: input + offset * imageCount, shape: shape, to: target)
      case .first(let convolution):
        convolution.run(
          images: images, input: input + offset * imageCount, output: target, pool: pool, scratch: scratch)
      case .pooledFirst(let convolution):
        convolution.runPooled(
          images: images, input: input + offset * imageCount, height: imageSize.height, width: imageSize.width,
          output: target, pool: pool, scratch: scratch)
      case .fusedFirst(let block):
        block.run(
          images: images, input: input + offset * imageCount, output: target, pool: pool, scratch: scratch,
          strips: strips)
      case .winograd(let convolution, let step):
        convolution.run(
          images: images, input: source!, output: target, pools: step.pools, tilesInTask: step.tilesInTask,
          pool: pool, scratch: scratch)
      }
      observer?(layer.name)
    }
  }

  private func load(images: Int, from features: UnsafePointer<Float>, shape: FeatureShape, to target: FeatureMap) {
    nonisolated(unsafe) let (source, target) = (
      FeatureMap.channelsLast(
        UnsafeMutablePointer(mutating: features), height: shape.height, width: shape.width, channels: shape.channels),
      target
    )
    pool.forEach(images) { image, _ in source.advanced(byImages: image).copy(to: target.advanced(byImages: image)) }
  }
}
