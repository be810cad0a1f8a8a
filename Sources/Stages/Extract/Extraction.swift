import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Storage
import Support
import SystemPackage

/// The first stage: conv features of every image, computed once and kept in one HDF5 file a split.
public struct Extraction {
  let source: DataSource
  let features: FeatureRequest
  let passes: SplitPasses
  let storage: FeatureStorage
  let cache: CacheFolder
  let execution: Execution
  let terminal: Terminal
  let pool: WorkerPool

  /// - Parameters:
  ///   - source: the images.
  ///   - features: what is to be computed of each.
  ///   - passes: over augmented images, beside those over the images themselves.
  ///   - storage: how the caches hold features.
  ///   - cache: the folder that gets them.
  ///   - execution: how it is done.
  ///   - terminal: told what is going on.
  public init(
    of source: DataSource, _ features: FeatureRequest = FeatureRequest(), passes: SplitPasses = SplitPasses(),
    storage: FeatureStorage = FeatureStorage(type: .float32, compression: .deflate), into cache: CacheFolder,
    execution: Execution = Execution(), terminal: Terminal
  ) {
    (self.source, self.features, self.passes, self.storage) = (source, features, passes, storage)
    (self.cache, self.execution, self.terminal) = (cache, execution, terminal)
    pool = WorkerPool(threads: execution.threads, terminal: terminal)
  }

  /// Writes the caches that are missing or out of date.
  ///
  /// - Throws: `PipelineError`, or an error of the module that met the bad input, each of one line.
  public func run() throws {
    try prepareFolder(cache.path)
    let lock = try cache.locked(for: .extract, isRequired: true, say: terminal.warn)
    defer { withExtendedLifetime(lock) {} }
    try checkNotShared()
    try checkSample()
    let inputs = try ExtractionInputs(self)
    warnOfForgottenCorrections()
    imageSource.save(in: cache)
    let tasks = try tasks(inputs)
    if tasks.contains(where: \.computes) { try checkMemory(inputs) }
    let replaced = try keepFeatures(of: tasks.map(\.plan))
    let computed = try write(tasks.filter { try !putBack($0, inputs: inputs) }, inputs: inputs)
    removeParts()
    try finish(inputs.plans, replaced: replaced, computed: computed)
  }

  /// Says for each split what ``run()`` would do and why, without doing it.
  ///
  /// - Throws: as ``run()``.
  public func explain() throws {
    let inputs = try ExtractionInputs(self)
    warnOfForgottenCorrections()
    _ = try tasks(inputs)
  }

  /// Reads the caches that are there through, and reports each.
  ///
  /// - Throws: `PipelineError` where one is damaged.
  public func verify() throws {
    let inUse = Split.allCases.map(cache.features).filter { FileManager.default.fileExists(atPath: $0) }
    let kept = KeptFeatures(cache)
    let paths = inUse + kept.entries.map(\.cache.path) + kept.unreadable.map(\.path)
    for earlier in kept.earlier {
      terminal.print("\(earlier.path): of an earlier version; its rows are taken over when they are asked for")
    }
    guard !(paths.isEmpty && kept.earlier.isEmpty) else {
      throw PipelineError("\(cache.path): no caches; run ./pipeline.sh extract first")
    }
    let damages = paths.compactMap { path -> String? in
      do {
        let cache = try FeatureCache(path)
        try cache.verify(pool: pool, terminal: terminal)
        terminal.print("\(path): whole (\(count(cache.rowCount, "image")))")
        return nil
      } catch {
        guard !inUse.contains(path) else { return "\(error)" }
        let reason = (error as? DamagedRows)?.summary ?? statement(of: error, about: path)
        return "\(path): \(reason); its other rows are used all the same; ./pipeline.sh clean --yes removes what is "
          + "kept"
      }
    }
    guard damages.isEmpty else { throw PipelineError(damages.joined(separator: "\n")) }
  }

  var imageSource: ImageSource {
    ImageSource(data: source.name, options: source.options)
  }

  /// What `inspect` found is mended by options, which a later command may lack.
  func warnOfForgottenCorrections() {
    guard let there = ImageSource(cache) else { return }
    imageSource.correctionsMissing(since: there).forEach(terminal.warn)
  }

  /// The sample, which is what is read where nothing is said, must not take the place of somebody's features.
  ///
  /// - Throws: `PipelineError` where the caches are of other data.
  private func checkSample() throws {
    guard source.path == nil, let there = ImageSource(cache), there.data != imageSource.data,
      FileManager.default.fileExists(atPath: cache.features(of: .train))
    else { return }
    throw PipelineError(
      "\(cache.path): has the features of \(there.data); give --data again (\(DataSource.sample) for the sample), "
        + "run fit-head and submit alone, or give another folder with --cache")
  }

  // MARK: - What is there

  /// A cache that is to be written.
  private struct Task {
    let plan: SplitPlan
    /// Rows of the old cache that can't be used, as far as is known.
    let damages: [DamagedRows]
    /// Whether rows of it are missing.
    var computes = false
  }

  /// The caches that are to be written; says of each split what is to be done, and why.
  private func tasks(_ inputs: ExtractionInputs) throws -> [Task] {
    try inputs.plans.compactMap { plan in
      let path = cache.features(of: plan.split)
      switch try state(of: plan) {
      case .upToDate(let rowCount):
        terminal.note("\(path): up to date (\(count(rowCount, "image")))")
        return nil
      case .outdated(let reason, let damage):
        var task = Task(plan: plan, damages: [damage].compactMap(\.self))
        let store = rows(for: task)
        let rowCount = store.rowCount(of: plan)
        let there = rowCount == 0 ? "" : ", the features of \(grouped(rowCount)) are there"
        // A cache that is taken back as it is has all that it ever had: what it lists as skipped is not tried again.
        let missingCount = isKept(plan) ? 0 : store.missingRows(of: plan).count
        task.computes = missingCount > 0
        let missing = count(missingCount, "image")
        terminal.note("\(path): to be made: \(reason); \(missing) to compute\(there)")
        return task
      }
    }
  }

  private func rows(for task: Task) -> RowStore {
    RowStore(for: task.plan, in: cache.rowFiles(), without: task.damages)
  }

  private func state(of plan: SplitPlan) throws -> CacheState {
    let state = try CacheState(of: plan, in: cache)
    guard execution.repair, case .upToDate = state else { return state }
    do {
      try FeatureCache(cache.features(of: plan.split)).verify(pool: pool, terminal: terminal)
      return state
    } catch {
      let damage = error as? DamagedRows
      return .outdated(reason: damage?.summary ?? "\(error)", damage: damage?.dataset == "/features" ? damage : nil)
    }
  }

  // MARK: - The work

  /// Whether just the cache that is wanted is among those that are kept, by what it says of itself.
  private func isKept(_ plan: SplitPlan) -> Bool {
    // What is to be repaired may have just been kept itself.
    guard !execution.repair, let kept = try? FeatureCache(KeptFeatures(cache).path(ofKey: plan.spec.key)) else {
      return false
    }
    // What was just kept may be there because rows of it are missing.
    return kept.spec == plan.spec && kept.hasAllRows(of: plan)
  }

  /// Takes a cache back that was kept, if there is just the one that is wanted, and it is whole.
  private func putBack(_ task: Task, inputs: ExtractionInputs) throws -> Bool {
    let (path, kept) = (cache.features(of: task.plan.split), KeptFeatures(cache))
    guard kept.has(task.plan.spec.key), !execution.repair else { return false }
    do {
      guard try kept.verified(task.plan.spec.key, pool: pool).hasAllRows(of: task.plan) else { return false }
    } catch {
      terminal.warn("\(error); what can't be used of it is computed now")
      try checkMemory(inputs)
      return false
    }
    try kept.putBack(task.plan.spec, to: path)
    terminal.note("\(path): taken back from \(cache.kept) (\(count(task.plan.rowCount, "image")))")
    return true
  }

  /// - Returns: what was computed.
  private func write(_ tasks: [Task], inputs: ExtractionInputs) throws -> ComputedRows {
    var computed = ComputedRows()
    guard !tasks.isEmpty else { return computed }
    let extractor = extractor(inputs)
    let work = tasks.map { ExtractionEstimate.Work($0.plan, store: rows(for: $0)) }
    let trial = try announce(work, inputs: inputs, extractor: extractor)
    for task in tasks {
      computed += try splitExtraction(of: task.plan, damages: task.damages)
        .run(loader: inputs.loader(of: task.plan.split), extractor: extractor, trial: trial)
    }
    return computed
  }

  /// Transforming the weights takes a second, which a run that only rearranges what is there need not wait.
  func extractor(_ inputs: ExtractionInputs) -> OnFirstUse<FeatureExtractor> {
    OnFirstUse { [pool] in
      FeatureExtractor(
        weights: inputs.weights.weights, cut: inputs.cut, height: inputs.size.height, width: inputs.size.width,
        maximumBatch: inputs.batchSize, pool: pool)
    }
  }

  func splitExtraction(of plan: SplitPlan, damages: [DamagedRows] = []) -> SplitExtraction {
    SplitExtraction(
      plan: plan, damages: damages, cache: cache, partLimits: execution.partLimits,
      maxSkipped: source.maxSkipped, terminal: terminal)
  }

  /// - Throws: `MemoryError` where what is computed at a time does not fit into memory.
  func checkMemory(_ inputs: ExtractionInputs) throws {
    try checkMemory(of: inputs.cut, size: inputs.size, batchSize: inputs.batchSize)
  }

  /// Says what the work will take.
  ///
  /// - Returns: what has been computed to tell it; nil where nothing is to be.
  /// - Throws: `PipelineError` where the disk has not enough room for it.
  func announce(
    _ work: [ExtractionEstimate.Work], inputs: ExtractionInputs, extractor: OnFirstUse<FeatureExtractor>
  ) throws -> TrialBatch? {
    let estimate = try ExtractionEstimate(of: work, inputs: inputs, extractor: extractor)
    guard let free = freeBytes(at: cache.path) else {
      throw PipelineError("\(cache.path): can't tell the free space: \(lastSystemError())")
    }
    terminal.note(estimate.description(freeBytes: free))
    if !execution.force { try estimate.checkSpace(in: cache.path, freeBytes: free) }
    return estimate.trial
  }

  /// Once all caches are there, nothing else is needed.
  func removeParts() {
    for split in Split.allCases {
      try? FileManager.default.removeItem(atPath: cache.parts(of: split))
    }
  }
}
