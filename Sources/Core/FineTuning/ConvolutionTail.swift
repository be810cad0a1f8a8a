import KernelInterface

/// The convolutions and poolings of a backbone behind a pooling that it is cut after, ready to be trained.
///
/// Features go in as the cache has them, channels last, and come out pooled, where a pooling follows the last
/// convolution, and flattened: what a head's first dense layer takes.
final class ConvolutionTail {
  /// What goes in, for each image.
  let input: FeatureShape
  /// What comes out.
  let output: FeatureShape
  private let layers: [Layer]
  private let pool: WorkerPool
  private let kernels: KernelTable

  /// A convolution, and the pooling that may follow.
  private struct Layer {
    let convolution: TrainableConvolution
    let pools: Bool
    /// Where the convolution reads.
    let input: Activations
    /// Where it writes: the next one's input, if that is the next.
    let output: Activations
    /// The gradient by what its ReLU takes in.
    let gradient: Activations
    /// The gradient by what its pooling puts out, where a convolution follows.
    let pooledGradient: Activations?
  }

  /// A row of the backbone's table and what is trained of it.
  typealias Row = (row: Backbone.Convolution, parameters: ConvolutionParameters)

  /// - Parameters:
  ///   - rows: the convolutions.
  ///   - pools: whether a pooling follows the last one.
  ///   - input: of an image.
  ///   - images: the most of a batch.
  /// - Precondition: no pooling leaves nothing.
  init(
    _ rows: [Row], pools: Bool, input: FeatureShape, images: Int, pool: WorkerPool, kernels: KernelTable
  ) {
    self.input = input
    self.pool = pool
    self.kernels = kernels
    let workspace = TrainingWorkspace(pool: pool)
    var shape = input
    var layers: [Layer] = []
    // From the first to the last, the sizes; from the last to the first, the memory, for a layer writes where the next
    // reads.
    let steps = rows.indices.map { index in
      let row = rows[index].row
      let step = (
        shape: shape, channels: row.outputChannels, pools: index == rows.count - 1 ? pools : row.pooling != nil,
        convolution: TrainableConvolution(
          rows[index].parameters, height: shape.height, width: shape.width, images: images, workspace: workspace,
          kernels: kernels)
      )
      shape.channels = row.outputChannels
      if step.pools { shape = MaxPooling.outputShape(of: shape) }
      return step
    }
    output = shape
    for step in steps.reversed() {
      func activations(_ channels: Int) -> Activations {
        Activations(
          images: images, height: step.shape.height, width: step.shape.width, channels: channels,
          readInTilesOf: step.convolution.tile)
      }
      let next = layers.first
      // When a layer's gradient is made, that of the second next one is used up.
      let unused = layers.dropFirst().first?.gradient
      let fits = unused.map { $0.map.hasSize(of: step.shape) && $0.map.channels == step.channels } ?? false
      layers.insert(
        Layer(
          convolution: step.convolution, pools: step.pools, input: activations(step.shape.channels),
          output: step.pools ? activations(step.channels) : next?.input ?? activations(step.channels),
          gradient: fits ? unused! : activations(step.channels),
          pooledGradient: step.pools ? next.map { $0.input.likewise(images: images) } : nil),
        at: 0)
    }
    self.layers = layers
  }

  // MARK: - Forward

  /// Takes a batch through all layers.
  ///
  /// - Parameters:
  ///   - features: of each image, H×W×C.
  ///   - flattened: room for ``output`` of each image.
  func forward(_ features: UnsafePointer<Float>, images: Int, into flattened: UnsafeMutablePointer<Float>) {
    load(features, images: images)
    for (index, layer) in layers.enumerated() {
      layer.convolution.forward(images: images, input: layer.input.map, output: layer.output.map)
      if layer.pools, index + 1 < layers.count {
        copy(layer.output.map, pooled: true, to: layers[index + 1].input.map, images: images)
      }
    }
    let last = layers[layers.count - 1]
    copy(last.output.map, pooled: last.pools, to: flattenedMap(flattened), images: images)
  }

  /// The flattened output, or the gradient by it.
  private func flattenedMap(_ start: UnsafeMutablePointer<Float>) -> FeatureMap {
    .channelsLast(start, height: output.height, width: output.width, channels: output.channels)
  }

  /// Sets the first layer's input.
  private func load(_ features: UnsafePointer<Float>, images: Int) {
    let source = FeatureMap.channelsLast(
      UnsafeMutablePointer(mutating: features), height: input.height, width: input.width, channels: input.channels)
    copy(source, pooled: false, to: layers[0].input.map, images: images)
  }

  /// Copies maps, or the maximum of every 2×2 of them, to such of other strides.
  private func copy(_ map: FeatureMap, pooled: Bool, to target: FeatureMap, images: Int) {
    nonisolated(unsafe) let (map, target) = (map, target)
    pool.forEach(images) { image, _ in
      let (map, target) = (map.advanced(byImages: image), target.advanced(byImages: image))
      if pooled { map.maximumPooled(to: target.origin, in: target) } else { map.copy(to: target) }
    }
  }

  // MARK: - Backward

  /// Goes back from the gradient by the output to every convolution and updates it.
  ///
  /// - Parameter flattened: the gradient by what the last forward pass of as many images put out.
  func backward(_ flattened: UnsafeMutablePointer<Float>, images: Int, adam: AdamStep) {
    for index in layers.indices.reversed() {
      let layer = layers[index]
      let isLast = index == layers.count - 1
      if layer.pools || isLast {
        let gradient = isLast ? flattenedMap(flattened) : layer.pooledGradient!.map
        backwardActivation(layer, gradient: gradient, images: images)
      }
      if index > 0 {
        let previous = layers[index - 1]
        layer.convolution.backwardInput(
          images: images, gradient: layer.gradient.map, output: (previous.pooledGradient ?? previous.gradient).map,
          activations: previous.pools ? nil : previous.output.map)
      }
      layer.convolution.update(
        images: images, gradient: layer.gradient.map, adam: adam)
    }
  }

  /// The gradient of a layer's ReLU and of the pooling that follows it, if one does.
  private func backwardActivation(_ layer: Layer, gradient: FeatureMap, images: Int) {
    let (activations, output) = (layer.output.map, layer.gradient.map)
    let blocks = activations.channels / 16
    nonisolated(unsafe) let gradient = gradient
    pool.forEach(images * blocks) { index, _ in
      let (image, block) = index.quotientAndRemainder(dividingBy: blocks)
      func place(in map: FeatureMap) -> UnsafeMutablePointer<Float> {
        map.origin + map.offset(image: image, row: 0, column: 0) + block * map.blockStride
      }
      let call = PoolingGradientCall(
        activations: place(in: activations), height: activations.height, width: activations.width,
        rowStride: activations.rowStride, gradient: place(in: gradient), gradientRowStride: gradient.rowStride,
        gradientPixelStride: gradient.pixelStride, output: place(in: output))
      if layer.pools { kernels.poolingGradient(call) } else { kernels.activationGradient(call) }
    }
  }
}

extension FeatureMap {
  fileprivate func hasSize(of shape: FeatureShape) -> Bool {
    height == shape.height && width == shape.width
  }
}
