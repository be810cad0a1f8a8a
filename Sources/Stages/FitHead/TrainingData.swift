import Console
import Core
import FeatureStore
import Support

/// The features and labels that heads are trained on and chosen by, read once for all of them.
struct TrainingData: Sendable {
  let labelNames: [String]
  let train: FeatureMatrix
  let trainLabels: RowLabels
  /// The image of each row that is trained on: those of the train cache, and behind them those of the validation cache.
  let trainImages: [Int]
  let valid: FeatureMatrix
  let validLabels: RowLabels
  /// Of a fold, the images that it holds out: those of the train cache, and behind them those of the validation cache.
  let validImages: [Int]?
  /// The features of the cut, flattened, and the convolutions that they pass through before they are the heads'; nil: none
  /// are trained.
  let tuned: TunedData?

  var classes: Int { labelNames.count }

  /// - Parameter probabilities: of the rows of ``valid``.
  func predictions(_ probabilities: [Float]) -> Predictions {
    Predictions(probabilities: probabilities, truth: validLabels, images: validImages)
  }

  /// Reads both caches.
  ///
  /// - Parameters:
  ///   - fitting: of them the augmented passes, the batch size and the memory count.
  ///   - isForFolds: whether the images of both are dealt out, so that there need be none for validation.
  /// - Throws: `PipelineError` where no head can be trained on them; an error of what reads them.
  init(
    train: FeatureCache, valid: FeatureCache, _ fitting: HeadFitting, isForFolds: Bool, pool: WorkerPool,
    terminal: Terminal
  ) throws {
    labelNames = train.labelNames
    guard train.imageCount > 0 else { throw PipelineError("\(train.path): no images: there is nothing to train on") }
    guard valid.imageCount > 0 || isForFolds else {
      throw PipelineError(
        "\(valid.path): no images: there is nothing to choose a head by; extract --valid-fraction 0.3 holds more out, and "
          + "fit-head --folds 2 needs none")
    }
    trainLabels = try train.knownLabels(augmentedPasses: fitting.training.augmentedPasses)
    validLabels = try valid.knownLabels(augmentedPasses: 0)
    trainImages = (0..<trainLabels.count).map { [imageCount = train.imageCount] in $0 % imageCount }
    validImages = nil
    try Self.check(trainLabels, of: train)
    // Any head will do: all take the same features.
    let anyHead = try fitting.architecture(fitting.recipes[0], for: train)
    let memory = FeatureMemory(mebibytes: fitting.execution.memory, folder: fitting.cache)
    if fitting.training.fineTuning != nil {
      let tuned = try TunedData(train: train, valid: valid, fitting, memory: memory, pool: pool, terminal: terminal)
      self.train = try tuned.headFeatures(of: tuned.train, anyHead, memory: memory, pool: pool, terminal: terminal)
      self.valid = try tuned.headFeatures(of: tuned.valid, anyHead, memory: memory, pool: pool, terminal: terminal)
      self.tuned = tuned
    } else {
      self.train = try train.matrix(
        for: anyHead, augmentedPasses: fitting.training.augmentedPasses, pool: pool, memory: memory, terminal: terminal)
      self.valid = try valid.matrix(for: anyHead, pool: pool, memory: memory, terminal: terminal)
      tuned = nil
    }
    warn(train: train, valid: valid, fitting, isForFolds: isForFolds, terminal: terminal)
  }

  private init(
    _ other: TrainingData, train: FeatureMatrix, trainLabels: RowLabels, trainImages: [Int], valid: FeatureMatrix,
    validLabels: RowLabels, validImages: [Int]?, tuned: TunedData?
  ) {
    (labelNames, self.train, self.trainLabels, self.trainImages) = (other.labelNames, train, trainLabels, trainImages)
    (self.valid, self.validLabels, self.validImages, self.tuned) = (valid, validLabels, validImages, tuned)
  }

  /// What a fold's heads are trained on, and, as validation split, the images of the fold. Of an image's augmented passes
  /// none is trained on where the image is held out.
  func fold(_ index: Int, of folds: Folds) -> TrainingData {
    let imageCount = folds.foldOfImage.count - validLabels.count
    func isHeldOut(_ image: Int) -> Bool { folds.foldOfImage[image] == index }
    let trained = (0..<trainLabels.count).filter { !isHeldOut($0 % imageCount) }
    let heldOut = (0..<imageCount).filter(isHeldOut)
    let (validTrained, validHeldOut) = (
      (0..<validLabels.count).filter { !isHeldOut(imageCount + $0) },
      (0..<validLabels.count).filter { isHeldOut(imageCount + $0) }
    )
    func joined(_ train: FeatureMatrix, _ rows: [Int], _ valid: FeatureMatrix, _ validRows: [Int]) -> FeatureMatrix {
      var matrix = train.selecting(rows)
      matrix.append(valid.selecting(validRows))
      return matrix
    }
    return TrainingData(
      self, train: joined(train, trained, valid, validTrained),
      trainLabels: trainLabels.selecting(trained) + validLabels.selecting(validTrained),
      trainImages: trained.map { trainImages[$0] } + validTrained.map { imageCount + $0 },
      valid: joined(train, heldOut, valid, validHeldOut),
      validLabels: trainLabels.selecting(heldOut) + validLabels.selecting(validHeldOut),
      validImages: heldOut + validHeldOut.map { imageCount + $0 },
      tuned: tuned.map { tuned in
        TunedData(
          tuned, train: joined(tuned.train, trained, tuned.valid, validTrained),
          valid: joined(tuned.train, heldOut, tuned.valid, validHeldOut))
      })
  }

  /// The same, with less to train on: a share of the images, with their augmented passes. Nothing of it is fine-tuned.
  func share(_ share: Double, _ order: TrainingShare) -> TrainingData {
    let rows = trainImages.indices.filter { order.includes(trainImages[$0], share) }
    return TrainingData(
      self, train: train.selecting(rows), trainLabels: trainLabels.selecting(rows),
      trainImages: rows.map { trainImages[$0] }, valid: valid, validLabels: validLabels, validImages: validImages,
      tuned: nil)
  }

  /// Says what the training can do nothing about.
  private func warn(
    train: FeatureCache, valid: FeatureCache, _ fitting: HeadFitting, isForFolds: Bool, terminal: Terminal
  ) {
    if let passes = fitting.training.augmentedPasses, passes > train.augmentedPasses {
      terminal.warn(
        "\(train.path): has \(train.augmentedPasses) augmented passes, less than \(passes); extract --augment \(passes) "
          + "makes them")
    }
    if trainLabels.count < fitting.training.batchSize {
      terminal.warn(
        "\(train.path): \(trainLabels.count) images are less than a batch of \(fitting.training.batchSize): an epoch is one step"
      )
    }
    let missing = valid.classesMissing(in: validLabels)
    if !missing.isEmpty, !isForFolds {
      terminal.warn("\(valid.path): no images of \(missing): the validation loss tells nothing about them")
    }
  }

  private static func check(_ rows: RowLabels, of cache: FeatureCache) throws {
    if case .one(let labels) = rows, Set(labels).count == 1 {
      throw PipelineError(
        "\(cache.path): all images are of one class, \(cache.labelNames[labels[0]]): a head needs two to tell apart")
    }
    let missing = cache.classesMissing(in: rows)
    guard missing.isEmpty else {
      throw PipelineError(
        "\(cache.path): no images of \(missing): a head can't learn what it never sees; "
          + "add some, or remove the class from the data, and run extract again")
    }
  }
}

extension FeatureCache {
  /// The labels of a split in which every label is known, of the images and their first augmented passes.
  fileprivate func knownLabels(augmentedPasses passes: Int?) throws -> RowLabels {
    try labels(
      ofFirst: rowCount(augmentedPasses: passes), why: "a head is trained and chosen by labelled images")
  }

  /// The names of the classes that no label is of: "cat, dog".
  fileprivate func classesMissing(in labels: RowLabels) -> String {
    let counts = labels.counts(classes: labelNames.count)
    return labelNames.indices.filter { counts[$0] == 0 }.map { labelNames[$0] }.joined(separator: ", ")
  }
}
