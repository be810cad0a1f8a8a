import Core
import Testing

/// Any number of classes a row: what is learned, answered and measured.
@Suite struct TagTests {
  /// Classes that are there independently of each other.
  private static func tags(rows: Int, classes: Int, seed: UInt64 = 7) -> TagMatrix {
    var random = Philox(seed: seed)
    return TagMatrix(values: (0..<rows * classes).map { _ in random.uniform() < 0.4 ? 1 : 0 }, classes: classes)
  }

  static let heads: [HeadArchitecture] = [
    try! HeadArchitecture(input: input, layers: [.flatten, .dense(units: 3, activation: .sigmoid)]),
    try! .dense(
      input: input, units: [35, 18], dropout: [0.3, 0.2, 0.5], classes: 3, pooling: false, isMultiLabel: true),
  ]

  private static let input = FeatureShape(height: 1, width: 3, channels: 13)

  /// Against central differences of the plain head's loss, with the very same dropout.
  @Test(arguments: heads)
  func gradientsAreCentralDifferences(_ architecture: HeadArchitecture) throws {
    let pool = WorkerPool(threads: 2)
    let (rows, tags) = (MadeUpRows(count: 13, columns: 39, classes: 3), Self.tags(rows: 13, classes: 3))
    let head = Head(architecture: architecture, seed: 5)
    let trainer = try HeadTrainer(head: head, batchSize: 13, seed: 11, pool: pool)
    let metrics = try trainer.trainStep(
      try rows.features(on: pool), targets: try HeadTargets(tags: tags), rows: Array(0..<13), learningRate: 1e-3)
    var plain = PlainHead(head)
    let dense = rows.dense.map { $0.map { Double($0) } }
    let loss = plain.loss(dense, tags: tags, step: 1, seed: 11)
    #expect(abs(metrics.loss - loss) < 1e-5 * loss)
    let trainable = architecture.variables.indices.filter { architecture.variables[$0].isTrainable }
    for (index, moment) in zip(trainable, trainer.firstMoments) {
      let differences = head.values[index].indices.map { element in
        let value = plain.values[index][element]
        plain.values[index][element] = value + 1e-6
        let above = plain.loss(dense, tags: tags, step: 1, seed: 11)
        plain.values[index][element] = value - 1e-6
        let below = plain.loss(dense, tags: tags, step: 1, seed: 11)
        plain.values[index][element] = value
        return (above - below) / 2e-6
      }
      #expect(relativeError(moment.map { $0 * 10 }, differences) < 2e-5)
    }
  }

  @Test func aRowHasAsManyRightAnswersAsClasses() throws {
    let pool = WorkerPool(threads: 1)
    var features = FeatureMatrix(columnCount: 1)
    try features.append(dense: [1, 0], on: pool)
    let architecture = try HeadArchitecture(
      input: FeatureShape(height: 1, width: 1, channels: 1), layers: [.flatten, .dense(units: 2, activation: .sigmoid)])
    // Probabilities of the rows: 0.88 0.12, 0.73 0.27.
    let head = try Head(architecture: architecture, values: [[1, -1], [1, -1]])
    let trainer = try HeadTrainer(head: head, pool: pool)
    let targets = try HeadTargets(tags: TagMatrix(values: [1, 0, 1, 1], classes: 2))
    #expect(try trainer.evaluate(features, targets: targets).accuracy == 0.75)
    let probabilities = head.probabilities(of: features, on: pool)
    #expect(relativeError(probabilities, [0.880797, 0.119203, 0.731059, 0.268941]) < 1e-6)
    // Sums that a float's exponential can't follow.
    let sure = try Head(architecture: architecture, values: [[0, 0], [200, -200]])
    #expect(sure.probabilities(of: features, on: pool) == [1, 0, 1, 0])
    #expect(try HeadTrainer(head: sure, pool: pool).evaluate(features, targets: targets).loss == 50)
  }

  @Test func smoothingIsKeras() throws {
    let tags = TagMatrix(values: [1, 0], classes: 2)
    #expect(try HeadTargets(tags: tags, smoothing: 0.5).values == [0.75, 0.25])
    #expect(throws: HeadError.labelSmoothing(1)) { try HeadTargets(tags: tags, smoothing: 1) }
  }

  /// See Fixtures/make_tag_metrics.py.
  @Test func measuresAreThoseOfScikitLearn() {
    let recorded = Recording("tag_metrics.json")
    let tags = TagMatrix(values: recorded["tags"].numbers.map { UInt8($0) }, classes: 5)
    let scores = recorded["scores"].floats
    let metrics = TagMetrics(
      probabilities: scores, tags: tags, answers: TagThresholds(values: [0.5, 0.5, 0.5, 0.5, 0.5]).answers(scores))
    func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-6 }
    #expect(isNear(metrics.meanF1, recorded["f1_samples"].number))
    #expect(isNear(metrics.meanF2, recorded["f2_samples"].number))
    #expect(isNear(metrics.macroF1, recorded["f1_macro"].number))
    #expect(isNear(metrics.macroF2, recorded["f2_macro"].number))
    #expect(isNear(metrics.logLoss, recorded["loss"].number))
    for (index, own) in metrics.classes.enumerated() {
      #expect(isNear(own.averagePrecision!, recorded["average_precision"].numbers[index]))
      #expect(isNear(own.precision ?? 0, recorded["precision"].numbers[index]))
      #expect(isNear(own.recall!, recorded["recall"].numbers[index]))
      #expect(isNear(own.f1!, recorded["f1"].numbers[index]))
      #expect(isNear(own.f2!, recorded["f2"].numbers[index]))
    }
    let precisions = recorded["average_precision"].numbers
    #expect(isNear(metrics.meanAveragePrecision!, precisions.reduce(0, +) / 5))
  }

  @Test func whatIsNowhereIsNotMeasured() {
    let metrics = TagMetrics(
      probabilities: [0.1, 0.9, 0.2, 0.3], tags: TagMatrix(values: [0, 1, 0, 0], classes: 2),
      answers: [false, true, false, false])
    #expect(metrics.classes[0].averagePrecision == nil && metrics.classes[0].recall == nil)
    #expect(metrics.classes[0].precision == nil && metrics.classes[0].f1 == nil)
    #expect(metrics.meanAveragePrecision == 1 && metrics.macroF1 == 1)
    // Nothing there and nothing answered is right.
    #expect(metrics.f2 == [1, 1])
  }

  /// Of ten predictions of 0.7 seven should be right.
  @Test func everyTagOfEveryImageIsCalibrated() {
    let p: [Float] = [0.7, 0.1, 0.7, 0.1, 0.7, 0.5]
    let tags = TagMatrix(values: [1, 0, 1, 0, 0, 1], classes: 2)
    let metrics = TagMetrics(probabilities: p, tags: tags, answers: p.map { $0 >= 0.5 })
    #expect(metrics.calibration.reduce(0) { $0 + $1.rowCount } == 6)
    let bin = metrics.calibration[CalibrationBin.index(of: 0.7)]
    #expect(bin.rowCount == 3 && bin.rightCount == 2)
    #expect(abs(metrics.calibrationError - (abs(2.1 - 2) + 0.2 + 0.5) / 6) < 1e-6)
  }

  /// So many of the most frequent tags that the mean F2 is greatest; none where most images have none.
  @Test func nothingIsKnownOfAnImage() {
    let tags = TagMatrix(values: [1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1], classes: 3)
    let prior: [Float] = [0.9, 0.4, 0.2]
    func f2(_ answer: [Bool]) -> Double {
      TagMetrics(
        probabilities: [Float](repeating: 0.5, count: 12), tags: tags, answers: (0..<4).flatMap { _ in answer }
      ).meanF2
    }
    let answer = TagThresholds.blindAnswer(prior: prior, tags: tags)
    let nested = [[false, false, false], [true, false, false], [true, true, false], [true, true, true]]
    #expect(nested.allSatisfy { f2($0) <= f2(answer) } && nested.contains(answer) && answer[0])
    let none = TagMatrix(values: [0, 0, 0, 0, 1, 0], classes: 2)
    #expect(TagThresholds.blindAnswer(prior: [0.3, 0], tags: none) == [false, false])
  }

  /// No single threshold can be moved to another cut to make the mean F2 greater: tried one by one.
  @Test func noThresholdCanBeBettered() {
    var random = Philox(seed: 3)
    let tags = Self.tags(rows: 40, classes: 3)
    let probabilities = tags.values.map { Float($0) * 0.4 + (random.uniform() * 12).rounded() / 20 }
    let best = TagThresholds(bestFor: probabilities, tags: tags)
    func f2(_ thresholds: [Float]) -> Double {
      TagMetrics(
        probabilities: probabilities, tags: tags, answers: TagThresholds(values: thresholds).answers(probabilities)
      ).meanF2
    }
    let reached = f2(best.values)
    #expect(reached > f2([0.5, 0.5, 0.5]))
    for label in 0..<3 {
      for step in 0...100 {
        var other = best.values
        other[label] = Float(step) / 100
        #expect(f2(other) <= reached + 1e-9)
      }
    }
  }

  @Test func thresholdsLieBetweenProbabilities() {
    let tags = TagMatrix(values: [1, 0, 1, 0, 0, 0, 0, 0], classes: 2)
    let thresholds = TagThresholds(bestFor: [0.9, 0.2, 0.6, 0.3, 0.1, 0.1, 0.2, 0.4], tags: tags)
    // The first class is told apart between 0.6 and 0.2; the second one is nowhere, and never answered.
    #expect(thresholds.values[0] == 0.5)
    #expect(thresholds.values[1] == 0.5)
    #expect(thresholds.answers([0.5, 0.49]) == [true, false])
    let low = TagThresholds(bestFor: [0.3, 0.2, 0.2, 0.1], tags: TagMatrix(values: [1, 0, 1, 0], classes: 2))
    #expect(low.values == [0.1, 0.5])
  }

  /// A class may be answered nowhere, though its probability is 1, and everywhere, though it is 0.
  @Test func probabilitiesOfOneAndZeroBindNothing() {
    let tags = TagMatrix(values: [0, 1, 0, 1], classes: 2)
    let thresholds = TagThresholds(bestFor: [1, 0, 1, 0], tags: tags)
    #expect(thresholds.answers([1, 0, 1, 0]) == [false, true, false, true])
  }

  /// A row is answered by thresholds that it had no part in: a single one that is told rightly only by itself is not.
  @Test func whatIsMeasuredDoesNotChooseItsThresholds() {
    // Nine rows without the class at 0.6, and one with it at 0.7.
    let tags = TagMatrix(values: [1] + [UInt8](repeating: 0, count: 9), classes: 1)
    let probabilities: [Float] = [0.7] + [Float](repeating: 0.6, count: 9)
    let own = TagThresholds(bestFor: probabilities, tags: tags).answers(probabilities)
    #expect(own == [true] + [Bool](repeating: false, count: 9))
    let crossFitted = TagThresholds.crossFittedAnswers(probabilities, tags: tags)
    #expect(crossFitted == [Bool](repeating: false, count: 10))
  }
}
