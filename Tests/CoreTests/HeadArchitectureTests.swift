import Core
import Testing

@Suite struct HeadArchitectureTests {
  private let input = FeatureShape(height: 6, width: 6, channels: 512)

  @Test func headsReadAsInTheirSources() throws {
    let fastai = try HeadArchitecture(.fastai, input: input, dropout: 0.8, classes: 10)
    #expect(
      fastai.description
        == "max_pooling2d · flatten · dropout 0.4 · dense 128 relu · batch_normalization · dropout 0.4 · "
        + "dense 128 relu · batch_normalization · dropout 0.8 · dense 10 softmax")
    let augmented = try HeadArchitecture(.fastaiAugmented, input: input, dropout: 0.8, classes: 10)
    #expect(
      augmented.description == "max_pooling2d · flatten · dropout 0.8 · dense 256 relu · batch_normalization · "
        + "dropout 0.8 · dense 256 relu · batch_normalization · dropout 0.8 · dense 10 softmax")
    #expect(try HeadArchitecture(.fastai, input: input, dropout: 0.8, classes: 10) == fastai)
    #expect(try HeadArchitecture(.fastaiAugmented, input: input, dropout: 0.8, classes: 10) == augmented)
    #expect(try HeadArchitecture(.keras, input: input, dropout: 0.8, classes: 10) == augmented)
    #expect(fastai.pooled == FeatureShape(height: 3, width: 3, channels: 512))
    #expect(fastai.classes == 10)
  }

  @Test func variablesHaveShapes() throws {
    let head = try HeadArchitecture(.fastai, input: input, dropout: 0.8, classes: 10)
    let shapes = head.variables.map(\.shape)
    #expect(
      shapes == [
        [4608, 128], [128], [128], [128], [128], [128], [128, 128], [128], [128], [128], [128], [128], [128, 10], [10],
      ])
    let counts: [Int] = head.variables.filter(\.isTrainable).map(\.count)
    #expect(counts.reduce(0, +) == 608_266)
  }

  @Test func initializationIsGlorotUniform() throws {
    let head = Head(architecture: try HeadArchitecture(.fastai, input: input, dropout: 0.8, classes: 10), seed: 1)
    let limit = (6 / Float(4608 + 128)).squareRoot()
    let kernel = head.values[0]
    #expect(kernel.allSatisfy { abs($0) <= limit })
    #expect(kernel.max()! > 0.999 * limit && kernel.min()! < -0.999 * limit)
    #expect(abs(kernel.reduce(0, +) / Float(kernel.count)) < 0.01 * limit)
    #expect(head.values[6] != Array(kernel[..<head.values[6].count]))
    #expect(head.values[1].allSatisfy { $0 == 0 } && head.values[2].allSatisfy { $0 == 1 })
    #expect(head.values[4].allSatisfy { $0 == 0 } && head.values[5].allSatisfy { $0 == 1 })
  }

  @Test func whatIsNoHeadIsRefused() {
    let dense = HeadArchitecture.Layer.dense(units: 3, activation: .softmax)
    let wrong: [([HeadArchitecture.Layer], String)] = [
      ([dense], "a head starts with flatten, or max_pooling2d and flatten"),
      ([.flatten], "flatten is followed by one dropout at most and a dense layer"),
      ([.flatten, .batchNormalization, dense], "flatten is followed by one dropout at most and a dense layer"),
      (
        [.flatten, .dropout(rate: 0), .dropout(rate: 0), dense],
        "flatten is followed by one dropout at most and a dense layer"
      ),
      (
        [.flatten, .dense(units: 3, activation: .relu)],
        "a head ends with a dense layer with softmax or sigmoid over at least 2 classes"
      ),
      (
        [.flatten, .dense(units: 1, activation: .softmax)],
        "a head ends with a dense layer with softmax or sigmoid over at least 2 classes"
      ),
      ([.flatten, dense, dense], "softmax and sigmoid are for the last layer only"),
      (
        [.flatten, .dense(units: 4, activation: .sigmoid), dense], "softmax and sigmoid are for the last layer only"
      ),
      ([.flatten, .dropout(rate: 1), dense], "a dropout of 1.0: expected 0 or more and less than 1"),
      ([.flatten, .dropout(rate: .nan), dense], "a dropout of nan: expected 0 or more and less than 1"),
      ([.flatten, .dense(units: 0, activation: .relu), dense], "a dense layer of 0 units: expected 1 to 65536"),
      (
        [.flatten, .dense(units: 4, activation: .relu), .maxPooling, dense],
        "nothing is pooled or flattened after the first dense layer"
      ),
    ]
    for (layers, message) in wrong {
      #expect { try HeadArchitecture(input: input, layers: layers) } throws: { "\($0)" == message }
    }
    #expect {
      try HeadArchitecture(.fastai, input: FeatureShape(height: 1, width: 4, channels: 512), dropout: 0.8, classes: 10)
    } throws: {
      "\($0)" == "features of 1×4×512 are too small for the head's 2×2 pooling; extract larger images"
    }
  }
}

@Suite struct FeatureMatrixTests {
  @Test func poolingTakesTheLargestOfFour() throws {
    // Two images of 3×5×2: odd rows and columns are left out.
    let shape = FeatureShape(height: 3, width: 5, channels: 2)
    var random = Philox(seed: 1)
    let features = (0..<2 * shape.count).map { _ in max(random.uniform(from: -1, to: 1), 0) }
    var matrix = FeatureMatrix(columnCount: 4)
    try matrix.append(features: features, shape: shape, pooling: true, on: WorkerPool(threads: 2))
    #expect(matrix.rows.count == 2)
    for (index, row) in matrix.rows.enumerated() {
      func at(_ y: Int, _ x: Int, _ c: Int) -> Float { features[index * 30 + (y * 5 + x) * 2 + c] }
      let expected = (0..<4).map { column in
        let (x, c) = (column / 2, column % 2)
        return max(at(0, 2 * x, c), at(0, 2 * x + 1, c), at(1, 2 * x, c), at(1, 2 * x + 1, c))
      }
      #expect(Array(row.columns) == expected.indices.filter { expected[$0] != 0 }.map(UInt32.init))
      #expect(Array(row.values) == expected.filter { $0 != 0 })
    }
  }

  @Test func everyNotFiniteValueIsFound() {
    let pool = WorkerPool(threads: 1)
    for position in 0..<37 {
      for value in [Float.nan, .infinity, -.infinity] {
        var row = [Float](repeating: 1, count: 37)
        row[position] = value
        var matrix = FeatureMatrix(columnCount: 37)
        #expect(throws: HeadError.self) { try matrix.append(dense: row, on: pool) }
      }
    }
  }
}

@Suite struct LearningRateScheduleTests {
  @Test func phasesAreEpochsAtRates() throws {
    let schedule = try LearningRateSchedule(parsing: "1@1e-3,2@0.01,3@1e-4")
    #expect(schedule.rates == [1e-3, 1e-2, 1e-2, 1e-4, 1e-4, 1e-4])
    #expect(try LearningRateSchedule(parsing: schedule.description) == schedule)
  }

  @Test func cosineGoesDown() throws {
    let schedule = try LearningRateSchedule(parsing: "1@1e-3,cosine:4@1e-2")
    let expected = [1e-3, 1e-2, 0.00853553, 0.005, 0.00146447]
    #expect(zip(schedule.rates, expected).allSatisfy { abs($0 - $1) < 1e-7 } && schedule.rates.count == 5)
    #expect(schedule.description == "1@0.001,cosine:4@0.01")
  }

  @Test(arguments: [
    ("", ""), ("5", "5"), ("5@", "5@"), ("@1e-3", "@1e-3"), ("5@1e-3,", ""), ("5@1e-3,x@1", "x@1"), ("0@1", "0@1"),
    ("-1@1e-3", "-1@1e-3"), ("5@0", "5@0"), ("5@-1", "5@-1"), ("5@nan", "5@nan"), ("5@inf", "5@inf"),
    ("5@1@2", "5@1@2"),
    ("5@11", "5@11"), ("linear:5@1e-3", "linear:5@1e-3"), ("99999999999999999999@1", "99999999999999999999@1"),
  ])
  func theWrongPieceIsNamed(text: String, piece: String) {
    let message =
      "\"\(piece)\" in the schedule \"\(text)\": expected epochs@rate, such as 5@1e-3 or cosine:20@1e-2"
    #expect { try LearningRateSchedule(parsing: text) } throws: { "\($0)" == message }
    #expect(LearningRateSchedule(text) == nil)
  }
}

@Suite struct TrainingHistoryTests {
  @Test func theFirstOfTheBestEpochsIsKept() throws {
    let input = FeatureShape(height: 1, width: 1, channels: 8)
    let architecture = try HeadArchitecture(.fastai, input: input, dropout: 0.5, classes: 2, pooling: false)
    var history = TrainingHistory()
    let losses = [0.9, 0.5, 0.7, 0.5, 0.6]
    let isBest = losses.enumerated().map { index, loss in
      let metrics = HeadMetrics(loss: loss, accuracy: 0.5)
      let head = Head(architecture: architecture, seed: UInt64(index))
      return history.record(learningRate: 1e-3, training: metrics, validation: metrics, head: head)
    }
    #expect(isBest == [true, true, false, false, false])
    #expect(history.best?.epoch.number == 2)
    #expect(history.best?.head == Head(architecture: architecture, seed: 1))
    #expect(history.epochsSinceBest == 3)
    #expect(history.epochs.map(\.validation.loss) == losses)
  }
}
