import Core
import Testing

/// Two small networks' last blocks trained by PyTorch and by Keras: see Fixtures/make_fine_tuning.py and
/// make_fine_tuning_keras.py, whose numbers these are.
private struct FrameworkRun {
  let losses: [Double]
  /// Each seventh element.
  let gradients: [[Float]]

  /// - Parameter file: of a framework.
  init(_ network: SmallNetwork, file: String) {
    let recorded = Recording(file)[network.name]
    losses = recorded["losses"].numbers
    gradients = recorded["gradients"].elements.map { Fixture.floats(Fixture.bytes(base64: $0.string)) }
  }
}

/// A small network whose last block or blocks are trained.
struct SmallNetwork: Sendable, CustomTestStringConvertible {
  let name: String
  let backbone: Backbone
  let features: FeatureShape
  let batch: Int
  let images: Int
  var dropout: Float = 0
  /// Whether batch normalization follows each hidden layer.
  var normalizes = false

  static let oneBlock = SmallNetwork(
    name: "one block", backbone: Backbone(name: "one", blocks: [(1, 32), (2, 32)]),
    features: FeatureShape(height: 7, width: 5, channels: 32), batch: 9, images: 27)
  static let twoBlocks = SmallNetwork(
    name: "two blocks", backbone: Backbone(name: "two", blocks: [(1, 32), (1, 64), (2, 32)]),
    features: FeatureShape(height: 9, width: 6, channels: 32), batch: 9, images: 27)
  static let all = [oneBlock, twoBlocks]

  var testDescription: String { name }

  var cut: Backbone.Layer { backbone.layer(named: "block1_pool")! }

  /// The last convolution's output.
  var output: FeatureShape {
    let poolings = backbone.convolutions.dropFirst().dropLast().count { $0.pooling != nil }
    return FeatureShape(
      height: features.height >> poolings, width: features.width >> poolings,
      channels: backbone.convolutions.last!.outputChannels)
  }

  var values: [Float] { numbers(images * features.count, stream: 1000, scale: 1).map { max($0, 0) } }

  var targets: HeadTargets {
    var random = Philox(seed: 5, stream: 1001)
    return try! HeadTargets(labels: (0..<images).map { _ in Int(random.nextWord() % 3) }, classes: 3)
  }

  var weights: BackboneWeights {
    BackboneWeights(
      backbone,
      convolutions: backbone.convolutions.enumerated().map { index, row in
        // The first is in front of the cut.
        let stream = UInt64(2000 + 2 * (index - 1))
        return BackboneWeights.Convolution(
          kernel: numbers(
            9 * row.inputChannels * row.outputChannels, stream: stream,
            scale: Float((6 / Double(9 * row.inputChannels)).squareRoot())),
          bias: numbers(row.outputChannels, stream: stream + 1, scale: 0.1))
      })
  }

  var head: Head {
    let hidden = [20, 17].flatMap { units -> [HeadArchitecture.Layer] in
      [.dropout(rate: dropout), .dense(units: units, activation: .relu)] + (normalizes ? [.batchNormalization] : [])
    }
    let architecture = try! HeadArchitecture(
      input: output,
      layers: [.maxPooling, .flatten] + hidden + [.dropout(rate: dropout), .dense(units: 3, activation: .softmax)])
    var stream: UInt64 = 3000
    return try! Head(
      architecture: architecture,
      values: architecture.variables.map { variable in
        switch variable.name {
        case "kernel":
          let scale = (6 / Double(variable.shape[0] + variable.shape[1])).squareRoot()
          return numbers(variable.count, stream: stream, scale: Float(scale))
        case "bias":
          defer { stream += 2 }
          return numbers(variable.count, stream: stream + 1, scale: 0.1)
        case "gamma", "moving_variance": return [Float](repeating: 1, count: variable.count)
        default: return [Float](repeating: 0, count: variable.count)
        }
      })
  }

  func tuner(_ pool: WorkerPool, _ instructionSet: InstructionSet = .current) throws -> FineTuner {
    try FineTuner(
      weights: weights, cut: cut, features: features, head: head, batchSize: batch, seed: 3, pool: pool,
      instructionSet: instructionSet)
  }

  /// The numbers of a step's images.
  func rows(step: Int) -> [Int] {
    let first = step * batch % images
    return Array(first..<first + batch)
  }

  func train(_ tuner: FineTuner, steps: Range<Int>) throws -> [HeadMetrics] {
    let values = values
    return try steps.map { step in
      let rows = rows(step: step)
      return try values.withUnsafeBufferPointer {
        try tuner.trainStep(
          $0.baseAddress! + rows[0] * features.count, targets: targets, rows: rows, learningRate: 2e-4)
      }
    }
  }
}

/// Numbers from −scale to scale, as Fixtures/make_backbones.py makes them.
private func numbers(_ count: Int, stream: UInt64, scale: Float) -> [Float] {
  var random = Philox(seed: 5, stream: stream)
  return (0..<count).map { _ in (Float(random.nextWord() >> 8) * 0x1p-23 - 1) * scale }
}

@Suite struct FineTunerAgainstPyTorchTests {
  @Test(arguments: SmallNetwork.all, InstructionSet.supported)
  func gradientsAndLossesAreTheFrameworks(_ network: SmallNetwork, _ instructionSet: InstructionSet) throws {
    let frameworks = ["fine-tuning.json", "fine-tuning-keras.json"].map { FrameworkRun(network, file: $0) }
    let tuner = try network.tuner(WorkerPool(threads: 2), instructionSet)
    let first = try network.train(tuner, steps: 0..<1)
    for (index, moment) in tuner.state.firstMoments.enumerated() {
      let kept = stride(from: 0, to: moment.count, by: 7).map { moment[$0] * 10 }
      for framework in frameworks {
        #expect(relativeError(kept, framework.gradients[index]) < 1e-4, "gradient \(index)")
      }
    }
    let losses = (first + (try network.train(tuner, steps: 1..<20))).map(\.loss)
    for framework in frameworks {
      for (step, (loss, expected)) in zip(losses, framework.losses).enumerated() {
        #expect(abs(loss - expected) < 1e-4 * expected, "step \(step)")
      }
    }
  }
}

@Suite struct FineTunerTests {
  private static let network: SmallNetwork = {
    var network = SmallNetwork.twoBlocks
    network.dropout = 0.4
    network.normalizes = true
    return network
  }()

  private func trained(threads: Int, _ instructionSet: InstructionSet = .current) throws -> FineTuner.State {
    let tuner = try Self.network.tuner(WorkerPool(threads: threads), instructionSet)
    _ = try Self.network.train(tuner, steps: 0..<5)
    return tuner.state
  }

  @Test(arguments: InstructionSet.supported)
  func threadsDoNotChangeAByte(_ instructionSet: InstructionSet) throws {
    let one = try trained(threads: 1, instructionSet)
    #expect(one.step == 5)
    for threads in [2, 3] { #expect(try trained(threads: threads, instructionSet) == one) }
  }

  @Test func trainingGoesOnFromAState() throws {
    let pool = WorkerPool(threads: 2)
    let tuner = try Self.network.tuner(pool)
    _ = try Self.network.train(tuner, steps: 0..<2)
    let state = tuner.state
    let rest = try Self.network.train(tuner, steps: 2..<5)
    let another = try Self.network.tuner(pool)
    try another.restore(state)
    #expect(another.state == state)
    #expect(try Self.network.train(another, steps: 2..<5) == rest)
    #expect(another.state == tuner.state)
    #expect(try trained(threads: 2) == tuner.state)
    var wrong = state
    wrong.firstMoments[1].removeLast()
    #expect(throws: FineTuningError.self) { try another.restore(wrong) }
    #expect(another.state == tuner.state)
  }

  /// The tuned convolutions' features are those of an extractor with the tuned weights' convolutions, and the head's
  /// probabilities those of the head alone on them.
  @Test(arguments: SmallNetwork.all)
  func evaluationIsThatOfTheTunedWeightsAndTheHead(_ network: SmallNetwork) throws {
    let pool = WorkerPool(threads: 2)
    let tuner = try network.tuner(pool)
    _ = try network.train(tuner, steps: 0..<3)
    let values = network.values
    let flattened = tuner.flattenedFeatures(of: values, count: network.images)
    let expected = (0..<network.images).flatMap { image in
      reference(
        Array(values[image * network.features.count..<(image + 1) * network.features.count]), network, tuner.weights)
    }
    #expect(relativeError(flattened, expected) < 1e-5)

    var rows = FeatureMatrix(columnCount: tuner.head.architecture.pooled.count)
    try rows.append(dense: flattened, on: pool)
    let probabilities = tuner.probabilities(of: values, count: network.images)
    #expect(tuner.head.probabilities(of: rows, on: pool) == probabilities)
    let metrics = try tuner.evaluate(values, targets: network.targets, rows: Array(0..<network.images))
    let trainer = try HeadTrainer(head: tuner.head, batchSize: network.batch, pool: pool)
    #expect(try trainer.evaluate(rows, targets: network.targets) == metrics)
    // Whichever images are beside it.
    let last = Array(values.suffix(network.features.count))
    #expect(tuner.probabilities(of: last, count: 1) == Array(probabilities.suffix(3)))
  }

  /// What the head flattens of one image.
  private func reference(_ features: [Float], _ network: SmallNetwork, _ weights: BackboneWeights) -> [Float] {
    var (map, shape) = (features, network.features)
    for (row, parameters) in zip(network.backbone.convolutions, weights.convolutions).dropFirst() {
      map = ReferenceConvolution.convolve(
        map, height: shape.height, width: shape.width, inputChannels: shape.channels, kernel: parameters.kernel,
        bias: parameters.bias)
      shape.channels = row.outputChannels
      if row.pooling != nil {
        map = ReferenceConvolution.pool(map, height: shape.height, width: shape.width, channels: shape.channels)
        shape = FeatureShape(height: shape.height / 2, width: shape.width / 2, channels: shape.channels)
      }
    }
    return map
  }

  /// The head's part of a step is a step of the head alone on the same features, with the same dropout.
  @Test func theHeadLearnsAsAlone() throws {
    let pool = WorkerPool(threads: 2)
    let network = Self.network
    let tuner = try network.tuner(pool)
    let flattened = tuner.flattenedFeatures(of: network.values, count: network.batch)
    var rows = FeatureMatrix(columnCount: tuner.head.architecture.pooled.count)
    try rows.append(dense: flattened, on: pool)
    let labels = network.rows(step: 0).map { network.targets.values[3 * $0..<3 * $0 + 3].firstIndex(of: 1)! % 3 }
    let trainer = try HeadTrainer(head: tuner.head, batchSize: network.batch, seed: 3, pool: pool)
    let alone = try trainer.trainStep(
      rows, targets: HeadTargets(labels: labels, classes: 3), rows: Array(0..<network.batch), learningRate: 2e-4)
    #expect(try network.train(tuner, steps: 0..<1) == [alone])
    #expect(tuner.head == trainer.head)
  }

  /// Every convolution's gradient by central differences of the whole network's loss, with dropout, along random parts
  /// of the gradient.
  @Test func gradientsAreCentralDifferences() throws {
    let network = Self.network
    let tuner = try network.tuner(WorkerPool(threads: 2))
    let start = tuner.state
    _ = try network.train(tuner, steps: 0..<1)
    let gradients = tuner.state.firstMoments.map { $0.map { $0 * 10 } }
    var random = Philox(seed: 77)
    for variable in 0..<6 {
      let direction = gradients[variable].map { random.uniform() < 0.5 ? $0 : 0 }
      let length = direction.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let step = 1e-3 / length
      func loss(_ sign: Double) throws -> Double {
        var state = start
        for (index, slope) in direction.enumerated() {
          state.values[variable][index] += Float(sign * step * Double(slope))
        }
        try tuner.restore(state)
        return try network.train(tuner, steps: 0..<1)[0].loss
      }
      let difference = try (loss(1) - loss(-1)) / 2e-3
      #expect(abs(difference - length) < 0.02 * length, "variable \(variable): \(difference), \(length)")
    }
  }

  @Test func aHeadMayTakeTheLastPooling() throws {
    let pool = WorkerPool(threads: 1)
    var network = SmallNetwork.oneBlock
    network.normalizes = true
    let pooled = FeatureShape(height: 3, width: 2, channels: 32)
    let architecture = try HeadArchitecture.dense(
      input: pooled, units: [20, 17], dropout: [0, 0, 0], classes: 3, pooling: false)
    let head = try Head(architecture: architecture, values: network.head.values)
    let tuner = try FineTuner(
      weights: network.weights, cut: network.cut, features: network.features, head: head, batchSize: 9, seed: 3,
      pool: pool)
    let other = try network.tuner(pool)
    #expect(try network.train(tuner, steps: 0..<3) == network.train(other, steps: 0..<3))
    #expect(tuner.state == other.state)
  }

  /// No pooling behind the last convolution: maps of one pixel.
  @Test func aHeadMayTakeTheLastConvolution() throws {
    let shape = FeatureShape(height: 1, width: 1, channels: 32)
    let backbone = SmallNetwork.oneBlock.backbone
    let architecture = try HeadArchitecture.dense(
      input: shape, units: [20], dropout: [0.2, 0.2], classes: 3, pooling: false)
    let tuner = try FineTuner(
      weights: SmallNetwork.oneBlock.weights, cut: backbone.layer(named: "block1_pool")!, features: shape,
      head: Head(architecture: architecture, seed: 1), batchSize: 9, pool: WorkerPool(threads: 2))
    let values = numbers(9 * 32, stream: 8, scale: 1)
    let targets = try HeadTargets(labels: (0..<9).map { $0 % 3 }, classes: 3)
    let losses = try (0..<40).map { _ in
      try tuner.trainStep(values, targets: targets, rows: Array(0..<9), learningRate: 3e-3).loss
    }
    #expect(losses.last! < losses[0] / 2)
  }

  @Test func wrongInputIsNamed() throws {
    let pool = WorkerPool(threads: 1)
    let network = SmallNetwork.twoBlocks
    func message(
      cut: String = "block1_pool", features: FeatureShape? = nil, head: HeadArchitecture? = nil, batchSize: Int = 8
    ) -> String? {
      do {
        _ = try FineTuner(
          weights: network.weights, cut: network.backbone.layer(named: cut)!, features: features ?? network.features,
          head: head.map { Head(architecture: $0, seed: 1) } ?? network.head, batchSize: batchSize, pool: pool)
      } catch {
        return "\(error)"
      }
      return nil
    }
    #expect(message() == nil)
    #expect(
      message(cut: "block3_conv1")
        == "layers behind block3_conv1 can't be fine-tuned: features of a pooling are needed, such as block4_pool")
    #expect(message(cut: "block3_pool") == "there is no convolution behind block3_pool to fine-tune")
    #expect(
      message(features: FeatureShape(height: 9, width: 6, channels: 64))
        == "features of 9×6×64; block1_pool puts out 32 channels")
    #expect(
      message(features: FeatureShape(height: 1, width: 6, channels: 32))
        == "features of 1×6×32 of block1_pool are too small for the poolings that follow; extract larger images")
    #expect(
      message(head: SmallNetwork.oneBlock.head.architecture)
        == "the head takes features of 7×5×32; the last convolution puts out 4×3×32")
    #expect(message(batchSize: 0) == "a batch size of 0: expected 1 to 65536")
    let tuner = try network.tuner(pool)
    #expect(throws: HeadError.stepRows(0, batchSize: 9, rows: 27)) {
      try tuner.trainStep(network.values, targets: network.targets, rows: [], learningRate: 1e-3)
    }
  }

  /// Block 5 on 14×14×512: weights and moments of three convolutions are 85 MB, V and dM of a batch 29 MB.
  @Test func memoryIsAboutWhatIsSetAside() throws {
    let features = FeatureShape(height: 14, width: 14, channels: 512)
    let head = try HeadArchitecture(.fastai, input: features, dropout: 0.5, classes: 10)
    func memory(batchSize: Int, threads: Int) -> Double {
      FineTuner.memory(
        cut: Backbone.vgg16.layer(named: "block4_pool")!, features: features, head: head, batchSize: batchSize,
        threads: threads)
    }
    #expect((300e6...600e6).contains(memory(batchSize: 32, threads: 2)))
    #expect(memory(batchSize: 64, threads: 2) > memory(batchSize: 32, threads: 2) + 100e6)
    #expect(memory(batchSize: 32, threads: 8) > memory(batchSize: 32, threads: 2) + 6e6)
  }

  @Test func divergenceIsNoticed() throws {
    let network = SmallNetwork.oneBlock
    let tuner = try network.tuner(WorkerPool(threads: 1))
    var state = tuner.state
    state.values[0][5] = .nan
    try tuner.restore(state)
    #expect(throws: HeadError.lossIsNoNumber(step: 1)) { try network.train(tuner, steps: 0..<1) }
    #expect(tuner.state.firstMoments.allSatisfy { $0.allSatisfy { $0 == 0 } })
  }
}
