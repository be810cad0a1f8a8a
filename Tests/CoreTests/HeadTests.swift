import Core
import Testing

/// A head trained by Keras 3: see Fixtures/make_head.py.
private struct KerasRun {
  /// Whether a row has any number of classes.
  let isMultiLabel: Bool
  let features: [Float]
  let labels: [Int]
  let batch: Int
  let rate: Double
  let initial: [[Float]]
  let gradients: [[Double]]
  let losses: [Double]
  let after5: [[Double]]
  let probabilities: [Double]
  let names: [String]

  let shape = FeatureShape(height: 5, width: 4, channels: 3)

  init(isMultiLabel: Bool) {
    self.isMultiLabel = isMultiLabel
    let recorded = Recording(isMultiLabel ? "tag_head.json" : "head.json")
    features = recorded["features"].floats
    labels = recorded["labels"].numbers.map { Int($0) }
    batch = Int(recorded["batch"].number)
    rate = recorded["rate"].number
    initial = recorded["initial"].elements.map { $0.floats }
    gradients = recorded["gradients"].elements.map { $0.numbers }
    losses = recorded["losses"].numbers
    after5 = recorded["after5"].elements.map { $0.numbers }
    probabilities = recorded["probabilities"].numbers
    names = recorded["names"].elements.map { $0.string }
  }

  var architecture: HeadArchitecture {
    get throws {
      try .dense(input: shape, units: [20, 37], dropout: [0, 0, 0], classes: 3, isMultiLabel: isMultiLabel)
    }
  }

  var targets: HeadTargets {
    guard isMultiLabel else { return try! HeadTargets(labels: labels, classes: 3) }
    return try! HeadTargets(tags: TagMatrix(values: labels.map { UInt8($0) }, classes: 3))
  }

  func rows(step: Int) -> [Int] {
    let first = step * batch % (isMultiLabel ? labels.count / 3 : labels.count)
    return Array(first..<first + batch)
  }
}

@Suite struct HeadAgainstKerasTests {
  private func trainer(
    _ keras: KerasRun, _ pool: WorkerPool, _ instructionSet: InstructionSet
  ) throws -> (HeadTrainer, FeatureMatrix) {
    let architecture = try keras.architecture
    var features = FeatureMatrix(columnCount: architecture.pooled.count)
    try features.append(features: keras.features, shape: keras.shape, pooling: true, on: pool)
    let head = try Head(architecture: architecture, values: keras.initial)
    return (try HeadTrainer(head: head, batchSize: keras.batch, pool: pool, instructionSet: instructionSet), features)
  }

  @Test func variablesHaveKerasNamesAndOrder() throws {
    let keras = KerasRun(isMultiLabel: false)
    let architecture = try keras.architecture
    let names = architecture.variables.map { "sequential/\(architecture.layerNames[$0.layer])/\($0.name)" }
    #expect(names == keras.names)
  }

  @Test(arguments: InstructionSet.supported, [false, true])
  func gradientsAreKeras(_ instructionSet: InstructionSet, isMultiLabel: Bool) throws {
    let keras = KerasRun(isMultiLabel: isMultiLabel)
    let (trainer, features) = try trainer(keras, WorkerPool(threads: 2), instructionSet)
    _ = try trainer.trainStep(features, targets: keras.targets, rows: keras.rows(step: 0), learningRate: keras.rate)
    for (moment, expected) in zip(trainer.firstMoments, keras.gradients) {
      #expect(relativeError(moment.map { $0 * 10 }, expected) < 1e-5)
    }
  }

  @Test(arguments: InstructionSet.supported, [false, true])
  func lossesAndVariablesFollowKeras(_ instructionSet: InstructionSet, isMultiLabel: Bool) throws {
    let keras = KerasRun(isMultiLabel: isMultiLabel)
    let pool = WorkerPool(threads: 2)
    let (trainer, features) = try trainer(keras, pool, instructionSet)
    for (step, expected) in keras.losses.enumerated() {
      let metrics = try trainer.trainStep(
        features, targets: keras.targets, rows: keras.rows(step: step), learningRate: keras.rate)
      #expect(abs(metrics.loss - expected) < 1e-4 * max(expected, 1e-1), "step \(step)")
      if step == 0 { #expect(abs(metrics.loss - expected) < 1e-5 * expected) }
      if step == 4 { expectVariables(of: trainer.head, keras, within: 1e-5) }
    }
    let probabilities = trainer.head.probabilities(of: features, on: pool, instructionSet: instructionSet)
    #expect(relativeError(probabilities, keras.probabilities) < 1e-4)
  }

  private func expectVariables(of head: Head, _ keras: KerasRun, within tolerance: Double) {
    for (index, name) in keras.names.enumerated() {
      let error = relativeError(head.values[index], keras.after5[index])
      #expect(error < tolerance, "\(name): \(error)")
    }
  }
}
