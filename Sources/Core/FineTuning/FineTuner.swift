import KernelInterface

/// Trains the last convolutions of a backbone together with a head, from cached features of the pooling before them.
///
/// ```swift
/// let cut = Backbone.vgg16.layer(named: "block4_pool")!
/// let tuner = try FineTuner(
///   weights: weights, cut: cut, features: FeatureShape(height: 14, width: 14, channels: 512), head: head,
///   pool: WorkerPool(threads: 2))
/// for rows in batches {
///   _ = try tuner.trainStep(features(of: rows), targets: targets, rows: rows, learningRate: 1e-4)
/// }
/// let probabilities = tuner.probabilities(of: validation, count: 500)
/// let (tuned, trained) = (tuner.weights, tuner.head)
/// ```
///
/// Where the head pools its features, the layers behind the cut are the convolutions to the backbone's last; where it
/// does not, the last pooling, too, unless the head takes what the last convolution puts out as it is.
///
/// The seed decides the result to the last bit, on any number of threads.
public final class FineTuner {
  /// What goes in, for each image: the cut's output.
  public let features: FeatureShape
  /// The most images of a step.
  public let batchSize: Int
  public let seed: UInt64
  public let adam: Adam
  /// Training steps done.
  public private(set) var step: UInt64 = 0

  /// The convolutions that are trained.
  public let rows: ArraySlice<Backbone.Convolution>
  private let cut: Backbone.Layer
  private let frozen: BackboneWeights
  private let parameters: [ConvolutionParameters]
  private let tail: ConvolutionTail
  private let network: HeadNetwork
  private let kernels: KernelTable
  let pool: WorkerPool
  /// What the tail puts out, B×D, and the gradient by it.
  private let flattened: AlignedMemory<Float>
  private let gradient: AlignedMemory<Float>

  /// - Parameters:
  ///   - weights: of the whole backbone: where training starts.
  ///   - cut: the pooling that the features come from.
  ///   - features: the shape of an image's.
  ///   - head: where its training starts.
  ///   - batchSize: the most images of a step.
  ///   - seed: of dropout.
  ///   - adam: the optimizer's constants; its penalty is for the head's dense layers only.
  ///   - pool: the threads to train on; no influence on the result.
  ///   - instructionSet: the build of the kernels to use.
  /// - Throws: ``FineTuningError`` where there is no convolution behind the cut and where features, backbone and head
  ///   don't fit each other, and where the batch size is not 1 to 65536.
  public init(
    weights: BackboneWeights, cut: Backbone.Layer, features: FeatureShape, head: Head, batchSize: Int = 32,
    seed: UInt64 = 1, adam: Adam = Adam(), pool: WorkerPool, instructionSet: InstructionSet = .current
  ) throws(FineTuningError) {
    precondition(cut.backbone == weights.backbone, "\(cut) of \(cut.backbone.name) for \(weights.backbone.name)")
    guard (1...65_536).contains(batchSize) else { throw FineTuningError.batchSize(batchSize) }
    let pools = try Self.pools(behind: cut, features: features, head: head.architecture)
    rows = cut.convolutionsBehind
    frozen = weights
    self.cut = cut
    self.pool = pool
    parameters = rows.indices.map { index in
      ConvolutionParameters(
        weights.convolutions[index], inputChannels: weights.backbone.convolutions[index].inputChannels,
        outputChannels: weights.backbone.convolutions[index].outputChannels)
    }
    self.features = features
    self.batchSize = batchSize
    self.seed = seed
    self.adam = adam
    kernels = KernelTable(for: instructionSet)
    tail = ConvolutionTail(
      zip(rows, parameters).map { ($0, $1) }, pools: pools, input: features, images: batchSize, pool: pool,
      kernels: kernels)
    network = HeadNetwork(head: head, batchSize: batchSize, training: true, pool: pool, instructionSet: instructionSet)
    flattened = AlignedMemory(count: batchSize * tail.output.count)
    gradient = AlignedMemory(count: batchSize * tail.output.count)
  }

  /// Whether a pooling follows the last convolution, the head's or the backbone's.
  private static func pools(
    behind cut: Backbone.Layer, features: FeatureShape, head: HeadArchitecture
  ) throws(FineTuningError) -> Bool {
    guard cut.isPooling else { throw FineTuningError.cutIsNoPooling(layer: cut.name) }
    let table = cut.backbone.convolutions
    guard !cut.convolutionsBehind.isEmpty else { throw FineTuningError.nothingBehind(cut: cut.name) }
    guard features.channels == table[cut.lastConvolution].outputChannels else {
      throw FineTuningError.channels(
        features: features, cut: cut.name, channels: table[cut.lastConvolution].outputChannels)
    }
    let shape = cut.tailShape(of: features)
    guard shape.count > 0 else { throw FineTuningError.tooSmallToPool(features: features, cut: cut.name) }
    if head.input == shape { return head.pools }
    guard !head.pools, table[table.count - 1].pooling != nil, head.input == MaxPooling.outputShape(of: shape) else {
      throw FineTuningError.headTakes(head.input, tail: shape)
    }
    return true
  }

  // MARK: - What has been trained

  /// The head as it is now.
  public var head: Head { network.head }

  /// The whole backbone's weights, with the tuned convolutions as they are now.
  public var weights: BackboneWeights {
    BackboneTail(cut: cut, convolutions: parameters.map { $0.weights }).replacing(in: frozen)
  }

  // MARK: - Training

  /// One step on a batch.
  ///
  /// - Parameters:
  ///   - features: of each image of the batch, H×W×C, one after the other.
  ///   - targets: of all rows; ``HeadTargets``.
  ///   - rows: which of the targets are the batch's.
  ///   - learningRate: Adam's.
  /// - Returns: loss and accuracy of the batch before the step, dropout included.
  /// - Throws: ``HeadError`` where the targets don't fit the head, the batch is empty or too large, and where the loss
  ///   is not a number; no weight is updated then.
  public func trainStep(
    _ features: UnsafePointer<Float>, targets: HeadTargets, rows: [Int], learningRate: Double
  ) throws(HeadError) -> HeadMetrics {
    try check(targets, rows: rows)
    let images = rows.count
    let pass = HeadPass(rows: images, step: step + 1, seed: seed)
    tail.forward(features, images: images, into: flattened.start)
    network.load(flattened.start, pass: pass)
    network.set(targets, rows: rows[...])
    network.forward(pass: pass)
    let total = BatchTotal(of: network, rows: images)
    guard total.loss.isFinite else { throw HeadError.lossIsNoNumber(step: step + 1) }
    step += 1
    let adam = adam.step(step, learningRate: learningRate, kernels: kernels)
    gradient.start.update(repeating: 0, count: images * tail.output.count)
    network.backward(pass: pass, adam: adam, featureGradient: gradient.start)
    tail.backward(gradient.start, images: images, adam: adam)
    return total.metrics
  }

  private func check(_ targets: HeadTargets, rows: [Int]) throws(HeadError) {
    guard targets.classes == network.architecture.classes else {
      throw HeadError.targetClasses(targets.classes, head: network.architecture.classes)
    }
    guard rows.count >= 1 && rows.count <= batchSize && rows.allSatisfy((0..<targets.count).contains) else {
      throw HeadError.stepRows(rows.count, batchSize: batchSize, rows: targets.count)
    }
  }

  // MARK: - Evaluation

  /// What the head's first dense layer takes for each image, N×D, row by row: with the convolutions as they are now.
  ///
  /// The same bytes on any number of threads, and for an image whichever images are beside it.
  ///
  /// - Parameters:
  ///   - features: of each image, H×W×C.
  ///   - count: of images; any number.
  public func flattenedFeatures(of features: UnsafePointer<Float>, count: Int) -> [Float] {
    let width = tail.output.count
    return [Float](unsafeUninitializedCapacity: count * width) { buffer, initialized in
      for start in stride(from: 0, to: count, by: batchSize) {
        tail.forward(
          features + start * self.features.count, images: min(batchSize, count - start),
          into: buffer.baseAddress! + start * width)
      }
      initialized = count * width
    }
  }

  /// The probability of each class for each image, N×K, row by row.
  ///
  /// The same bytes on any number of threads, and for an image whichever images are beside it.
  ///
  /// - Parameters: as of ``flattenedFeatures(of:count:)``.
  public func probabilities(of features: UnsafePointer<Float>, count: Int) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(count * network.architecture.classes)
    forEachBatch(of: features, count: count) { rows in
      result += network.probabilities.values[..<(rows.count * network.architecture.classes)]
    }
    return result
  }

  /// Loss and accuracy without dropout, with the moving statistics.
  ///
  /// - Parameters:
  ///   - features: of each image, H×W×C.
  ///   - targets: of all rows.
  ///   - rows: which of the targets are the images'.
  /// - Throws: ``HeadError`` where the targets don't fit the head, and where the loss is not a number.
  public func evaluate(
    _ features: UnsafePointer<Float>, targets: HeadTargets, rows: [Int]
  ) throws(HeadError) -> HeadMetrics {
    guard targets.classes == network.architecture.classes else {
      throw HeadError.targetClasses(targets.classes, head: network.architecture.classes)
    }
    guard !rows.isEmpty && rows.allSatisfy((0..<targets.count).contains) else {
      throw HeadError.targetCount(targets.count, rows: rows.count)
    }
    var total = BatchTotal()
    forEachBatch(of: features, count: rows.count) { batch in
      network.set(targets, rows: rows[batch])
      total += BatchTotal(of: network, rows: batch.count)
    }
    guard total.loss.isFinite else { throw HeadError.evaluatedLossIsNoNumber(step: step) }
    return total.metrics
  }

  /// Runs all images in order, forward only, and calls `body` with each batch's rows once it is through.
  private func forEachBatch(of features: UnsafePointer<Float>, count: Int, _ body: (Range<Int>) -> Void) {
    for start in stride(from: 0, to: count, by: batchSize) {
      let rows = start..<min(start + batchSize, count)
      let pass = HeadPass(rows: rows.count, step: 0, seed: 0)
      tail.forward(features + start * self.features.count, images: rows.count, into: flattened.start)
      network.load(flattened.start, pass: pass)
      network.forward(pass: pass)
      body(rows)
    }
  }
}

// MARK: - State

extension FineTuner {
  /// All that training goes on from: with it, a new ``FineTuner`` of the same seed takes the same steps to the same
  /// bytes.
  public struct State: Sendable, Equatable {
    /// Training steps done.
    public var step: UInt64
    /// Kernel (3×3×Cin×Cout) and bias of each convolution, then the head's variables in the order of
    /// ``HeadArchitecture/variables``.
    public var values: [[Float]]
    /// Adam's, of kernel and bias of each convolution, then of the head's trainable variables.
    public var firstMoments: [[Float]]
    public var secondMoments: [[Float]]

    public init(step: UInt64, values: [[Float]], firstMoments: [[Float]], secondMoments: [[Float]]) {
      self.step = step
      self.values = values
      self.firstMoments = firstMoments
      self.secondMoments = secondMoments
    }
  }

  public var state: State {
    State(
      step: step,
      values: parameters.flatMap { [$0.kernel.values, $0.bias.value.values] } + network.head.values,
      firstMoments: parameters.flatMap { [$0.kernelMoment1.values, $0.bias.moment1.values] }
        + network.parameters.map { $0.moment1.values },
      secondMoments: parameters.flatMap { [$0.kernelMoment2.values, $0.bias.moment2.values] }
        + network.parameters.map { $0.moment2.values })
  }

  /// Goes back, or on, to a state.
  ///
  /// - Throws: ``FineTuningError`` where it is of other layers; nothing is changed then.
  public func restore(_ state: State) throws(FineTuningError) {
    let now = self.state
    for (name, given, expected) in [
      ("values", state.values, now.values), ("first moments", state.firstMoments, now.firstMoments),
      ("second moments", state.secondMoments, now.secondMoments),
    ] where given.map({ $0.count }) != expected.map({ $0.count }) {
      throw FineTuningError.state("\(name) of \(given.map { $0.count }), not \(expected.map { $0.count })")
    }
    step = state.step
    for (index, layer) in parameters.enumerated() {
      (layer.kernel.values, layer.bias.value.values) = (state.values[2 * index], state.values[2 * index + 1])
      (layer.kernelMoment1.values, layer.bias.moment1.values) = (
        state.firstMoments[2 * index], state.firstMoments[2 * index + 1]
      )
      (layer.kernelMoment2.values, layer.bias.moment2.values) = (
        state.secondMoments[2 * index], state.secondMoments[2 * index + 1]
      )
    }
    let behind = 2 * parameters.count
    network.setValues(state.values[behind...])
    for (index, parameter) in network.parameters.enumerated() {
      parameter.moment1.values = state.firstMoments[behind + index]
      parameter.moment2.values = state.secondMoments[behind + index]
    }
  }
}
