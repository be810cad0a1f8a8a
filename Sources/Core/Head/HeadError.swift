/// What is wrong with a head, its input or its training; described in one line.
public enum HeadError: Error, Equatable {
  // MARK: The architecture

  case dropoutRateCount(Int, hiddenLayers: Int)
  case emptyFeatures(FeatureShape)
  case featuresTooSmallToPool(FeatureShape)
  case startsWithoutFlatten
  case flattenWithoutDense
  case endsWithoutSoftmax
  case poolingBehindDense
  case softmaxInside
  case dropoutRate(Float)
  case units(Int)

  // MARK: The values

  case variableCount(Int, expected: Int)
  /// - Parameter variable: with its layer, such as `dense/kernel`.
  case valueCount(Int, variable: String, shape: [Int])

  // MARK: Features and targets

  /// - Parameter row: of the features, from 0.
  case notFinite(row: Int)
  case label(Int, row: Int, classes: Int)
  case labelSmoothing(Float)
  case classWeights([Float], classes: Int)
  case target(Float, row: Int)
  /// - Parameter pooled: what the head flattens.
  case columnCount(Int, pooled: FeatureShape)
  case targetClasses(Int, head: Int)
  case targetCount(Int, rows: Int)

  // MARK: Training

  case batchSize(Int)
  case stepRows(Int, batchSize: Int, rows: Int)
  /// In a training step.
  case lossIsNoNumber(step: UInt64)
  /// In an evaluation after a training step.
  case evaluatedLossIsNoNumber(step: UInt64)
  /// - Parameter piece: of the schedule.
  case schedulePhase(piece: String, schedule: String)
}

extension HeadError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .dropoutRateCount(let count, let layers):
      "a head of \(layers) hidden layers takes \(layers + 1) dropout rates, not \(count)"
    case .emptyFeatures(let shape): "features of \(shape): every side must be at least 1"
    case .featuresTooSmallToPool(let shape):
      "features of \(shape) are too small for the head's 2×2 pooling; extract larger images"
    case .startsWithoutFlatten: "a head starts with flatten, or max_pooling2d and flatten"
    case .flattenWithoutDense: "flatten is followed by one dropout at most and a dense layer"
    case .endsWithoutSoftmax: "a head ends with a dense layer with softmax or sigmoid over at least 2 classes"
    case .poolingBehindDense: "nothing is pooled or flattened after the first dense layer"
    case .softmaxInside: "softmax and sigmoid are for the last layer only"
    case .dropoutRate(let rate): "a dropout of \(rate): expected 0 or more and less than 1"
    case .units(let units): "a dense layer of \(units) units: expected 1 to 65536"
    case .variableCount(let count, let expected): "a head of \(expected) variables was given \(count)"
    case .valueCount(let count, let variable, let shape): "\(variable) has \(count) values; its shape is \(shape)"
    case .notFinite(let row):
      "the features of row \(row) hold a value that is not a finite number; extract them again"
    case .label(let label, let row, let classes):
      "row \(row) has the label \(label); the head has \(classes) classes, from 0"
    case .labelSmoothing(let smoothing): "a label smoothing of \(smoothing): expected 0 or more and less than 1"
    case .classWeights(let weights, let classes): "class weights \(weights): expected \(classes) numbers of at least 0"
    case .target(let target, let row): "row \(row) has the target \(target): expected a number of at least 0"
    case .columnCount(let count, let pooled): "features of \(count) values a row; the head takes \(pooled)"
    case .targetClasses(let classes, let head): "targets of \(classes) classes; the head has \(head)"
    case .targetCount(let count, let rows): "\(count) targets for \(rows) rows of features"
    case .batchSize(let size): "a batch size of \(size): expected 1 to 65536"
    case .stepRows(let count, let batchSize, let rows):
      "a step on \(count) rows: expected 1 to \(batchSize), each below \(rows)"
    case .lossIsNoNumber(let step):
      "the loss of step \(step) is not a number; lower the learning rate (--schedule)"
    case .evaluatedLossIsNoNumber(let step):
      "the loss after step \(step) is not a number; lower the learning rate (--schedule)"
    case .schedulePhase(let piece, let schedule):
      "\"\(piece)\" in the schedule \"\(schedule)\": expected epochs@rate, such as 5@1e-3 or cosine:20@1e-2"
    }
  }
}

#if hasFeature(Embedded)
  /// Embedded Swift has no errors of several types.
  public typealias AnyError = HeadError
#else
  /// What a function throws that hands on the errors of others, too.
  public typealias AnyError = any Error
#endif
