import Console
import Core
import FeatureStore
import Foundation
import Support
import Synchronization

/// The features and labels of both caches, read when the first head needs them.
final class SharedTrainingData {
  private let read: () throws -> TrainingData
  private lazy var data = Result { try read() }

  init(_ read: @escaping () throws -> TrainingData) {
    self.read = read
  }

  /// - Throws: as ``TrainingData``.
  func get() throws -> TrainingData { try data.get() }
}

/// Trains heads by their recipes: on the train cache, or on all images outside of a fold. A head that lies in the folder of
/// heads with the wanted key is taken as it is, and one that is trained is put there.
final class HeadTraining {
  let train: FeatureCache
  let valid: FeatureCache
  /// Rows that are mixed into every batch from now on.
  var pseudoLabels: PseudoLabels?
  private let fitting: HeadFitting
  private let fold: (spec: FoldSpec, folds: Folds)?
  /// Of the images, how many are trained on; nil: all.
  private let share: (share: Double, order: TrainingShare)?
  private let terminal: Terminal
  private let shared: SharedTrainingData
  private lazy var data = Result {
    let all = try shared.get()
    let trained = fold.map { all.fold($0.spec.index, of: $0.folds) } ?? all
    return share.map { trained.share($0.share, $0.order) } ?? trained
  }

  private init(
    _ fitting: HeadFitting, train: FeatureCache, valid: FeatureCache, data: SharedTrainingData,
    fold: (spec: FoldSpec, folds: Folds)?, share: (share: Double, order: TrainingShare)? = nil, terminal: Terminal
  ) {
    (self.fitting, self.train, self.valid, self.terminal) = (fitting, train, valid, terminal)
    (shared, self.fold, self.share) = (data, fold, share)
  }

  /// The same training on a share of its images, without pseudo-labels; on all where there is no share.
  func on(_ share: Double?, _ order: TrainingShare) -> HeadTraining {
    HeadTraining(
      fitting, train: train, valid: valid, data: shared, fold: fold, share: share.map { ($0, order) },
      terminal: terminal)
  }

  /// The images that are trained on, once for each of their augmented passes, too.
  ///
  /// - Throws: what goes wrong with the caches.
  func trainedImages() throws -> [Int] { try data.get().trainImages }

  /// One for each fold; a single one where there are none.
  static func trainings(
    _ fitting: HeadFitting, train: FeatureCache, valid: FeatureCache, folds: Folds?, terminal: Terminal
  ) -> [HeadTraining] {
    let data = SharedTrainingData {
      try TrainingData(
        train: train, valid: valid, fitting, isForFolds: folds != nil,
        pool: WorkerPool(threads: fitting.execution.threads, terminal: terminal), terminal: terminal)
    }
    guard let folds else {
      return [HeadTraining(fitting, train: train, valid: valid, data: data, fold: nil, terminal: terminal)]
    }
    return (0..<folds.count).map { index in
      HeadTraining(
        fitting, train: train, valid: valid, data: data, fold: (folds.spec(index), folds), terminal: terminal)
    }
  }

  /// Where fine-tuning starts; nil where there is none.
  ///
  /// - Throws: what goes wrong with the caches.
  func tuned() throws -> TunedData? { fitting.training.fineTuning == nil ? nil : try data.get().tuned }

  /// - Throws: `HeadError` where there can be no such head.
  func spec(of recipe: HeadRecipe) throws -> TrainedHeadSpec {
    try fitting.spec(
      of: recipe, train: train, valid: valid, pseudoLabels: pseudoLabels?.spec, fold: fold?.spec, share: share?.share)
  }

  /// The name, in the folder of heads, of a recipe's file.
  ///
  /// - Throws: as ``spec(of:)``.
  func fileName(of recipe: HeadRecipe) throws -> String {
    Self.fileName(of: recipe, try spec(of: recipe))
  }

  /// The name, in the folder of heads, of a trained head's file.
  static func fileName(of head: TrainedHead) -> String { fileName(of: head.recipe, head.spec) }

  private static func fileName(of recipe: HeadRecipe, _ spec: TrainedHeadSpec) -> String {
    let fold = spec.fold.map { "-fold\($0.index + 1)" } ?? ""
    let share = spec.share.map { "-share\(Int(100 * $0))" } ?? ""
    let tuned = spec.training.fineTuning == nil ? "" : "-tuned"
    return CacheFolder.headName("\(recipe.name)\(fold)\(share)\(tuned)", key: spec.key)
  }

  // MARK: - Many heads

  /// A head to be trained.
  private struct Job {
    let recipe: HeadRecipe
    let training: HeadTraining
  }

  /// The heads of each recipe, in their order, by every one of the trainings; nil where training diverged.
  ///
  /// - Throws: `PipelineError` where every one diverged; what goes wrong with the caches.
  static func heads(of recipes: [HeadRecipe], by trainings: [HeadTraining]) throws -> [[TrainedHead]?] {
    let jobs = recipes.flatMap { recipe in trainings.map { Job(recipe: recipe, training: $0) } }
    var heads = jobs.map { $0.training.stored($0.recipe) }
    let missing = jobs.indices.filter { heads[$0] == nil }
    if !missing.isEmpty {
      for (index, result) in zip(missing, try trainings[0].train(missing.map { jobs[$0] })) {
        do {
          heads[index] = try result.get()
        } catch let error as HeadError where recipes.count > 1 {
          trainings[0].terminal.warn("\(jobs[index].recipe.name): \(error)")
        }
      }
    }
    let all = recipes.indices.map { recipe -> [TrainedHead]? in
      let own = heads[recipe * trainings.count..<(recipe + 1) * trainings.count].compactMap(\.self)
      return own.count == trainings.count ? own : nil
    }
    guard all.contains(where: { $0 != nil }) else {
      throw PipelineError("all \(recipes.count) heads diverged; lower the learning rate (--schedule)")
    }
    return all
  }

  /// Several heads are trained side by side: two on a thread each are done sooner than one after the other on two.
  private func train(_ jobs: [Job]) throws -> [Result<TrainedHead, any Error>] {
    // What no head can be made for is refused when the data have been looked at.
    let atOnce = min(jobs.count, fitting.execution.threads)
    try fitting.checkMemory(
      of: jobs.compactMap { try? fitting.architecture($0.recipe, for: train) }, atOnce: atOnce)
    let data = try jobs.map { try $0.training.data.get() }
    try prepareFolder(fitting.cache.heads)
    let epochs = jobs.reduce(0) { $0 + $1.recipe.schedule.rates.count }
    let progress = ProgressBar("training", total: epochs, unit: "epochs", quiet: terminal.quiet)
    defer { progress.finish() }
    let results = Mutex<[Int: Result<TrainedHead, any Error>]>([:])
    WorkerPool(threads: atOnce).forEach(jobs.count) { index, _ in
      let pool = WorkerPool(threads: max(fitting.execution.threads / atOnce, 1))
      let job = jobs[index]
      let result = Result {
        try job.training.train(
          job.recipe, on: data[index], pool: pool, progress: progress, isAlone: jobs.count == 1)
      }
      results.withLock { $0[index] = result }
    }
    return results.withLock { results in jobs.indices.map { results[$0]! } }
  }

  // MARK: - Where they lie

  private func path(of recipe: HeadRecipe) throws -> String {
    fitting.cache.head(named: try fileName(of: recipe))
  }

  private func stored(_ recipe: HeadRecipe) -> TrainedHead? {
    (try? spec(of: recipe)).flatMap { stored(recipe, $0) }
  }

  /// The head of that file, if it is there.
  private func stored(_ recipe: HeadRecipe, _ spec: TrainedHeadSpec) -> TrainedHead? {
    let path = fitting.cache.head(named: Self.fileName(of: recipe, spec))
    guard let file = try? HeadFile(path), file.spec == spec else { return nil }
    let head = TrainedHead(
      recipe: recipe, spec: file.spec, head: file.head, tail: file.tail, epochs: file.epochs, bestEpoch: file.bestEpoch,
      validation: file.validation, frozenEpochs: file.frozenEpochs)
    // An earlier version did not write which images it has seen. Where that can't be mended, it stays untold.
    if file.seenImages == nil { try? HeadFile.write(path, head, trainedOn: train, chosenBy: valid) }
    return head
  }
}

// MARK: - One head

extension HeadTraining {
  private func train(
    _ recipe: HeadRecipe, on data: TrainingData, pool: WorkerPool, progress: ProgressBar, isAlone: Bool
  ) throws -> TrainedHead {
    let architecture = try fitting.architecture(recipe, for: self.train)
    if isAlone { terminal.note("\(recipe.design): \(architecture)") }
    var adam = Adam()
    adam.l2 = fitting.training.l2
    let trainer = try HeadTrainer(
      head: Head(architecture: architecture, seed: recipe.seed), batchSize: fitting.training.batchSize,
      seed: recipe.seed,
      adam: adam, pool: pool)
    let history = try epochs(of: trainer, schedule: recipe.schedule, data: data, progress: progress, isAlone: isAlone)
    // What a fold holds out judges its heads, and so must not choose among their epochs: the last one it is.
    let kept = fold == nil ? history.best : history.epochs.last.map { ($0, trainer.head) }
    guard let kept else { throw PipelineError("--schedule \(recipe.schedule): no epochs") }
    let trained = TrainedHead(
      recipe: recipe, spec: try spec(of: recipe), head: kept.head, epochs: history.epochs, bestEpoch: kept.epoch.number,
      validation: data.predictions(kept.head.probabilities(of: data.valid, on: pool)))
    try HeadFile.write(path(of: recipe), trained, trainedOn: train, chosenBy: valid)
    let name =
      recipe.name + (fold.map { ", fold \($0.spec.index + 1)" } ?? "")
      + (share.map { ", \(percent($0.share)) of the images" } ?? "")
    if !isAlone { progress.aside { terminal.note("\(name), \(recipe.schedule): \(trained.summary)") } }
    return trained
  }

  /// Trains until the schedule ends, or validation has not got better for as many epochs as the patience.
  private func epochs(
    of trainer: HeadTrainer, schedule: LearningRateSchedule, data: TrainingData, progress: ProgressBar,
    isAlone: Bool
  ) throws -> TrainingHistory {
    let (features, targets) = try mixed(data, rows: data.train, pseudoLabels?.features)
    let validTargets = try data.validLabels.targets(classes: data.classes)
    var history = TrainingHistory()
    for rate in schedule.rates where history.epochsSinceBest < fitting.training.patience ?? .max {
      let training = try trainer.trainEpoch(
        features, targets: targets, mixedRows: pseudoLabels?.features.rows.count ?? 0,
        mixedShare: pseudoLabels?.share ?? 0, learningRate: rate)
      let validation = try trainer.evaluate(data.valid, targets: validTargets)
      let isBest = history.record(
        learningRate: rate, training: training, validation: validation, head: trainer.head)
      progress.advance(by: 1)
      if isAlone { progress.tell(line(history.epochs.last!, isBest: isBest && fold == nil), terminal) }
    }
    // Those that patience spared.
    progress.advance(by: schedule.rates.count - history.epochs.count)
    return history
  }

  /// What is trained on: the labelled rows, and behind them those with pseudo-labels.
  ///
  /// - Parameters:
  ///   - rows: features of the labelled ones.
  ///   - others: of those with pseudo-labels.
  private func mixed(
    _ data: TrainingData, rows: FeatureMatrix, _ others: FeatureMatrix?
  ) throws -> (FeatureMatrix, HeadTargets) {
    let targets = try data.trainLabels.targets(
      classes: data.classes, smoothing: fitting.training.labelSmoothing, classWeights: fitting.training.classWeights)
    guard let pseudoLabels, let others else { return (rows, targets) }
    var features = rows
    features.append(others)
    let values = targets.values + pseudoLabels.distributions
    return (features, try HeadTargets(distributions: values, classes: data.classes))
  }

  private func line(_ epoch: TrainingHistory.Epoch, isBest: Bool) -> String {
    // Where an image has any number of classes, of all of them.
    let accuracy = train.isMultiLabel ? "binary accuracy" : "accuracy"
    return String(
      format: "epoch %3d  rate %.0e  train loss %.4f \(accuracy) %5.1f %%  valid loss %.4f \(accuracy) %5.1f %%",
      epoch.number, epoch.learningRate, epoch.training.loss, 100 * epoch.training.accuracy, epoch.validation.loss,
      100 * epoch.validation.accuracy) + (isBest ? "  best" : "")
  }
}

// MARK: - Fine-tuning

extension HeadTraining {
  /// A trained head together with the convolutions before it, both trained on from where they are; where that is no better,
  /// as they were.
  ///
  /// - Throws: `PipelineError` where training diverges; the head alone is kept in the folder of heads then.
  func fineTuned(_ frozen: TrainedHead, _ fineTuning: FineTuning) throws -> TrainedHead {
    let data = try data.get()
    guard let tuned = data.tuned else { preconditionFailure("no features to fine-tune from") }
    var spec = frozen.spec
    spec.features = train.spec.features
    spec.head = HeadSpec(frozen.head.architecture, behind: tuned.cut)
    spec.training.fineTuning = fineTuning
    if let there = stored(frozen.recipe, spec) { return there }
    let path = fitting.cache.head(named: Self.fileName(of: frozen.recipe, spec))
    let (features, targets) = try mixed(data, rows: tuned.train, pseudoLabels?.cutFeatures)
    var run = FineTuningRun(
      frozen: frozen, spec: spec, fineTuning: fineTuning, tuned: tuned, features: features, targets: targets,
      validTargets: try data.validLabels.targets(classes: data.classes),
      mixedRows: pseudoLabels?.features.rows.count ?? 0, mixedShare: pseudoLabels?.share ?? 0,
      patience: fitting.training.patience, keepsLast: fold != nil, l2: fitting.training.l2,
      pool: WorkerPool(threads: fitting.execution.threads, terminal: terminal),
      checkpoint: path + CacheFolder.checkpointSuffix, retained: fitting.cache.head(named: Self.fileName(of: frozen)),
      terminal: terminal)
    let trained = try run.run(data.predictions)
    try HeadFile.write(path, trained, trainedOn: train, chosenBy: valid)
    run.removeCheckpoint()
    return trained
  }
}
