import Core
import Foundation
import Testing

/// Pooled rows, about half of them zeros, and labels.
struct MadeUpRows {
  let dense: [[Float]]
  let labels: [Int]
  let targets: HeadTargets

  init(count: Int, columns: Int, classes: Int, seed: UInt64 = 1) {
    var random = Philox(seed: seed, stream: 99)
    dense = (0..<count).map { _ in (0..<columns).map { _ in max(random.uniform(from: -1, to: 1), 0) } }
    let labels = (0..<count).map { _ in random.integer(below: classes) }
    self.labels = labels
    targets = try! HeadTargets(labels: labels, classes: classes)
  }

  func features(on pool: WorkerPool) throws -> FeatureMatrix {
    var features = FeatureMatrix(columnCount: dense[0].count)
    try features.append(dense: dense.flatMap { $0 }, on: pool)
    return features
  }
}

/// Every layer's backward pass against central differences of the plain head's loss, with the very same dropout.
@Suite struct HeadGradientTests {
  static let heads: [HeadArchitecture] = [
    architecture([.flatten, .dense(units: 3, activation: .softmax)]),
    architecture([.flatten, .dropout(rate: 0.4), .dense(units: 3, activation: .softmax)]),
    architecture([.flatten, .dense(units: 18, activation: .linear), .dense(units: 3, activation: .softmax)]),
    architecture([.flatten, .dense(units: 18, activation: .relu), .dense(units: 3, activation: .softmax)]),
    architecture([
      .flatten, .dense(units: 18, activation: .linear), .batchNormalization, .dense(units: 3, activation: .softmax),
    ]),
    architecture([
      .flatten, .dense(units: 35, activation: .linear), .dropout(rate: 0.5), .dense(units: 3, activation: .softmax),
    ]),
    try! .dense(input: input, units: [35, 18], dropout: [0.3, 0.2, 0.5], classes: 3, pooling: false),
  ]

  private static let input = FeatureShape(height: 1, width: 3, channels: 13)

  private static func architecture(_ layers: [HeadArchitecture.Layer]) -> HeadArchitecture {
    try! HeadArchitecture(input: input, layers: layers)
  }

  @Test(arguments: heads)
  func gradientsAreCentralDifferences(_ architecture: HeadArchitecture) throws {
    let pool = WorkerPool(threads: 2)
    let rows = MadeUpRows(count: 13, columns: 39, classes: 3)
    let head = perturbed(Head(architecture: architecture, seed: 5))
    let trainer = try HeadTrainer(head: head, batchSize: 13, seed: 11, pool: pool)
    let metrics = try trainer.trainStep(
      try rows.features(on: pool), targets: rows.targets, rows: Array(0..<13), learningRate: 1e-3)

    var plain = PlainHead(head)
    let dense = rows.dense.map { $0.map(Double.init) }
    let loss = plain.loss(dense, labels: rows.labels, step: 1, seed: 11)
    #expect(abs(metrics.loss - loss) < 1e-5 * loss)

    let trainable = architecture.variables.indices.filter { architecture.variables[$0].isTrainable }
    for (index, moment) in zip(trainable, trainer.firstMoments) {
      let differences = head.values[index].indices.map { element in
        let value = plain.values[index][element]
        let step = 1e-6
        plain.values[index][element] = value + step
        let above = plain.loss(dense, labels: rows.labels, step: 1, seed: 11)
        plain.values[index][element] = value - step
        let below = plain.loss(dense, labels: rows.labels, step: 1, seed: 11)
        plain.values[index][element] = value
        return (above - below) / (2 * step)
      }
      let variable = architecture.variables[index]
      let error = relativeError(moment.map { $0 * 10 }, differences)
      #expect(error < 2e-5, "\(architecture.layerNames[variable.layer])/\(variable.name): \(error)")
    }
  }

  /// Gives the variables that start as zeros or ones values of their own.
  private func perturbed(_ head: Head) -> Head {
    var random = Philox(seed: 3)
    let values = head.values.map { $0.map { $0 + random.uniform(from: 0.05, to: 0.2) } }
    return try! Head(architecture: head.architecture, values: values)
  }

  @Test func inferenceIsThePlainHeads() throws {
    let pool = WorkerPool(threads: 2)
    let rows = MadeUpRows(count: 150, columns: 39, classes: 3)
    let head = perturbed(Head(architecture: Self.heads.last!, seed: 5))
    let expected = PlainHead(head).probabilities(rows.dense.map { $0.map(Double.init) })
    for instructionSet in InstructionSet.supported {
      let probabilities = head.probabilities(
        of: try rows.features(on: pool), on: pool, instructionSet: instructionSet)
      #expect(relativeError(probabilities, expected.flatMap { $0 }) < 1e-6)
    }
  }
}

@Suite struct HeadTrainerTests {
  /// More columns than a block and than 16 parts have, a last batch of 8 rows.
  private func train(threads: Int, instructionSet: InstructionSet = .current, seed: UInt64 = 1) throws -> Head {
    let pool = WorkerPool(threads: threads)
    let rows = MadeUpRows(count: 40, columns: 1500, classes: 4)
    let input = FeatureShape(height: 1, width: 1, channels: 1500)
    let architecture = try HeadArchitecture.dense(
      input: input, units: [96, 40], dropout: [0.4, 0.4, 0.8], classes: 4, pooling: false)
    let trainer = try HeadTrainer(
      head: Head(architecture: architecture, seed: seed), batchSize: 16, seed: seed, pool: pool,
      instructionSet: instructionSet)
    let features = try rows.features(on: pool)
    for _ in 0..<3 { _ = try trainer.trainEpoch(features, targets: rows.targets, learningRate: 1e-3) }
    #expect(trainer.step == 9)
    return trainer.head
  }

  @Test(arguments: InstructionSet.supported)
  func threadsDoNotChangeAByte(_ instructionSet: InstructionSet) throws {
    let one = try train(threads: 1, instructionSet: instructionSet)
    for threads in [2, 3, 7] {
      #expect(try train(threads: threads, instructionSet: instructionSet) == one)
    }
    #expect(try train(threads: 2, instructionSet: instructionSet, seed: 2) != one)
  }

  @Test func probabilitiesDoNotDependOnThreadsOrNeighbours() throws {
    let rows = MadeUpRows(count: 100, columns: 700, classes: 5)
    let one = WorkerPool(threads: 1)
    let features = try rows.features(on: one)
    let architecture = try HeadArchitecture(
      .fastai, input: FeatureShape(height: 1, width: 1, channels: 700), dropout: 0.8, classes: 5, pooling: false)
    let head = Head(architecture: architecture, seed: 1)
    let all = head.probabilities(of: features, on: one)
    #expect(head.probabilities(of: features, on: WorkerPool(threads: 3)) == all)
    var subset = FeatureMatrix(columnCount: 700)
    try subset.append(dense: rows.dense[99] + rows.dense[3], on: one)
    #expect(head.probabilities(of: subset, on: one) == Array(all[495..<500] + all[15..<20]))
  }

  /// Two classes told apart by which half of the columns is larger.
  @Test func itLearns() throws {
    let pool = WorkerPool(threads: 2)
    var random = Philox(seed: 4)
    let labels = (0..<200).map { $0 % 2 }
    let targets = try HeadTargets(labels: labels, classes: 2)
    let dense = labels.flatMap { label in
      (0..<40).map { column in random.uniform() * ((column < 20) == (label == 0) ? 2 : 1) }
    }
    var features = FeatureMatrix(columnCount: 40)
    try features.append(dense: dense, on: pool)
    let input = FeatureShape(height: 1, width: 1, channels: 40)
    let architecture = try HeadArchitecture(.fastai, input: input, dropout: 0.5, classes: 2, pooling: false)
    let trainer = try HeadTrainer(head: Head(architecture: architecture, seed: 1), pool: pool)
    for _ in 0..<60 { _ = try trainer.trainEpoch(features, targets: targets, learningRate: 1e-2) }
    let metrics = try trainer.evaluate(features, targets: targets)
    #expect(metrics.accuracy > 0.97 && metrics.loss < 0.1)
  }

  @Test func dropoutKeepsWhatItShould() throws {
    let pool = WorkerPool(threads: 1)
    let columns = 20_000
    var features = FeatureMatrix(columnCount: columns)
    try features.append(dense: [Float](repeating: 1, count: columns), on: pool)
    // One linear unit of ones: what comes out is the sum of what was kept, scaled.
    let architecture = try HeadArchitecture(
      input: FeatureShape(height: 1, width: 1, channels: columns),
      layers: [.flatten, .dropout(rate: 0.8), .dense(units: 2, activation: .softmax)])
    let kernel = (0..<columns).flatMap { _ -> [Float] in [1 / 4000, 0] }
    let head = try Head(architecture: architecture, values: [kernel, [0, 0]])
    let trainer = try HeadTrainer(head: head, batchSize: 1, pool: pool)
    let metrics = try trainer.trainStep(
      features, targets: HeadTargets(labels: [1], classes: 2), rows: [0], learningRate: 1e-9)
    // loss = log(1 + e^z) with z = (kept / 4000) * 5; 4000 of 20,000 are kept, give or take 57.
    let expected = 5.0067
    #expect(abs(metrics.loss - expected) < 0.36)
  }

  @Test func wrongInputIsNamed() throws {
    let pool = WorkerPool(threads: 1)
    let rows = MadeUpRows(count: 4, columns: 10, classes: 3)
    let features = try rows.features(on: pool)
    let architecture = try HeadArchitecture(
      .fastai, input: FeatureShape(height: 1, width: 1, channels: 10), dropout: 0.8, classes: 3, pooling: false)
    let head = Head(architecture: architecture, seed: 1)
    func message(_ body: () throws -> Void) -> String? {
      do { try body() } catch { return "\(error)" }
      return nil
    }
    let trainer = try HeadTrainer(head: head, pool: pool)
    #expect(
      message { _ = try trainer.evaluate(features, targets: HeadTargets(labels: [0, 1, 2], classes: 3)) }
        == "3 targets for 4 rows of features")
    #expect(
      message { _ = try trainer.evaluate(features, targets: HeadTargets(labels: [0, 1, 2, 3], classes: 4)) }
        == "targets of 4 classes; the head has 3")
    #expect(
      message { _ = try trainer.evaluate(FeatureMatrix(columnCount: 11), targets: rows.targets) }
        == "features of 11 values a row; the head takes 1×1×10")
    #expect(
      message { _ = try HeadTrainer(head: head, batchSize: 0, pool: pool) } == "a batch size of 0: expected 1 to 65536")
    #expect(
      message { _ = try Head(architecture: architecture, values: Array(head.values.dropLast())) }
        == "a head of 14 variables was given 13")
    var values = head.values
    values[1].removeLast()
    #expect(
      message { _ = try Head(architecture: architecture, values: values) }
        == "dense/bias has 127 values; its shape is [128]")
    var bad = FeatureMatrix(columnCount: 2)
    #expect(
      message { try bad.append(dense: [1, 2, 3, .nan], on: pool) }
        == "the features of row 1 hold a value that is not a finite number; extract them again")
    #expect(bad.rows.isEmpty)
  }

  @Test func divergenceIsNoticed() throws {
    let pool = WorkerPool(threads: 1)
    let rows = MadeUpRows(count: 4, columns: 10, classes: 3)
    let features = try rows.features(on: pool)
    let architecture = try HeadArchitecture(
      .fastai, input: FeatureShape(height: 1, width: 1, channels: 10), dropout: 0.5, classes: 3, pooling: false)
    let trainer = try HeadTrainer(head: Head(architecture: architecture, seed: 1), pool: pool)
    _ = try trainer.trainEpoch(features, targets: rows.targets, learningRate: 1e38)
    #expect {
      try trainer.evaluate(features, targets: rows.targets)
    } throws: {
      "\($0)" == "the loss after step 1 is not a number; lower the learning rate (--schedule)"
    }
    #expect {
      try trainer.trainEpoch(features, targets: rows.targets, learningRate: 1e-3)
    } throws: {
      "\($0)" == "the loss of step 2 is not a number; lower the learning rate (--schedule)"
    }
  }

  @Test func rowsOfZerosAreRowsToo() throws {
    let pool = WorkerPool(threads: 2)
    var features = FeatureMatrix(columnCount: 50)
    try features.append(dense: [Float](repeating: 0, count: 150), on: pool)
    let architecture = try HeadArchitecture(
      .fastai, input: FeatureShape(height: 1, width: 1, channels: 50), dropout: 0.5, classes: 3, pooling: false)
    let trainer = try HeadTrainer(head: Head(architecture: architecture, seed: 1), pool: pool)
    let metrics = try trainer.trainEpoch(
      features, targets: HeadTargets(labels: [0, 1, 2], classes: 3), learningRate: 1e-3)
    #expect(metrics.loss.isFinite)
    let probabilities = Head(architecture: architecture, seed: 1).probabilities(of: features, on: pool)
    #expect(probabilities.allSatisfy { abs($0 - 1 / 3) < 1e-6 })
  }
}

@Suite struct HeadTargetsTests {
  /// Smoothed, weighted and soft targets: loss and gradient of a single dense layer, in float64.
  @Test func theLossTakesAnyDistribution() throws {
    let pool = WorkerPool(threads: 1)
    let rows = MadeUpRows(count: 6, columns: 9, classes: 3)
    let features = try rows.features(on: pool)
    let architecture = try HeadArchitecture(
      input: FeatureShape(height: 1, width: 1, channels: 9), layers: [.flatten, .dense(units: 3, activation: .softmax)])
    let head = Head(architecture: architecture, seed: 1)
    let probabilities = PlainHead(head).probabilities(rows.dense.map { $0.map(Double.init) })
    let weights: [Float] = [0.5, 2, 1]
    var random = Philox(seed: 5)
    let soft = (0..<18).map { _ in random.uniform() }
    for targets in [
      try HeadTargets(labels: rows.labels, classes: 3, smoothing: 0.1, classWeights: weights),
      try HeadTargets(distributions: soft, classes: 3),
    ] {
      let trainer = try HeadTrainer(head: head, pool: pool)
      let metrics = try trainer.trainStep(features, targets: targets, rows: Array(0..<6), learningRate: 1e-3)
      var loss = 0.0
      var biasGradient = [0.0, 0.0, 0.0]
      for row in 0..<6 {
        let t = targets.values[3 * row..<3 * row + 3].map(Double.init)
        for k in 0..<3 {
          loss -= t[k] * log(probabilities[row][k]) / 6
          biasGradient[k] += (probabilities[row][k] * t.reduce(0, +) - t[k]) / 6
        }
      }
      #expect(abs(metrics.loss - loss) < 1e-6 * loss)
      #expect(relativeError(trainer.firstMoments[1].map { $0 * 10 }, biasGradient) < 1e-5)
    }
  }

  @Test func smoothingAndWeightsAreKeras() throws {
    let targets = try HeadTargets(labels: [1, 0], classes: 2, smoothing: 0.5, classWeights: [1, 4])
    #expect(targets.values == [1, 3, 0.75, 0.25])
    #expect(try HeadTargets(labels: [1, 0], classes: 2).values == [0, 1, 1, 0])
    let weights: [Float] = [4 / 9, 4 / 3, 0]
    #expect(HeadTargets.balancedWeights(of: [0, 0, 0, 1], classes: 3) == weights)
  }

  @Test func wrongTargetsAreNamed() {
    let wrong: [(() throws -> HeadTargets, String)] = [
      (
        { try HeadTargets(labels: [0, 1, 3], classes: 3) },
        "row 2 has the label 3; the head has 3 classes, from 0"
      ),
      (
        { try HeadTargets(labels: [0, -1], classes: 3) },
        "row 1 has the label -1; the head has 3 classes, from 0"
      ),
      (
        { try HeadTargets(labels: [0], classes: 3, smoothing: 1) },
        "a label smoothing of 1.0: expected 0 or more and less than 1"
      ),
      (
        { try HeadTargets(labels: [0], classes: 2, classWeights: [1]) },
        "class weights [1.0]: expected 2 numbers of at least 0"
      ),
      (
        { try HeadTargets(distributions: [0.5, 0.5, .nan, 1], classes: 2) },
        "row 1 has the target nan: expected a number of at least 0"
      ),
    ]
    for (body, message) in wrong {
      #expect { try body() } throws: { "\($0)" == message }
    }
  }
}
