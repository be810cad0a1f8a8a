import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Support
import SystemPackage

/// The first stage: conv features of every image, computed once and kept in one HDF5 file a split.
public struct Extraction {
  /// The stage's options.
  public struct Settings: Sendable {
    /// A folder or file of images, or the name of a known data set; ``sample`` where nil.
    public var data: String?
    /// The data set that `./pipeline.sh setup` fetches.
    public static let sample = "mnist-5k"
    var dataName: String { data ?? Self.sample }
    public var cache = CacheFolder("cache")
    /// A weight file; the one in the cache folder where nil.
    public var weights: String?
    /// Height and width in pixels that images are resized to; by the kind of data where nil.
    public var size: Int?
    /// What the weights must be of; what they are of where nil.
    public var network: Backbone?
    /// The layer to cut the network after; its last convolution where nil.
    public var layer: String?
    /// Needed where neither the weight file's digest nor its format tells.
    public var preprocessing: Preprocessing?
    public var resizing = Resizing()
    public var storage = FeatureStorage(type: .float32, compression: .deflate)
    public var dataset = DatasetOptions()
    /// Of the training images.
    public var augmentation = AugmentedPasses()
    /// How many passes over the validation and test images are augmented in the same way, for test-time augmentation.
    public var testPasses = 0
    /// Images computed together; by their size where nil. Has no influence on the result.
    public var batchSize: Int?
    public var threads = ProcessInfo.processInfo.activeProcessorCount
    /// The share of a split's images that may be undecodable.
    public var maxSkipped = 0.01
    /// Read the caches through, and make those again that are damaged.
    public var repair = false
    /// Do not keep the features that give way to others.
    public var discard = false
    /// Go on where the disk space seems not to suffice.
    public var force = false
    /// Seconds of work between parts: what a kill can lose.
    public var partSeconds: Double {
      get { partLimits.seconds }
      set { partLimits.seconds = newValue }
    }

    package var partLimits = PartWriter.Limits()

    func passes(of split: Split) -> AugmentedPasses {
      var passes = augmentation
      if split != .train { passes.count = testPasses }
      return passes
    }

    public init() {}
  }

  let settings: Settings
  let terminal: Terminal
  let pool: WorkerPool

  public init(_ settings: Settings, terminal: Terminal) {
    self.settings = settings
    self.terminal = terminal
    pool = WorkerPool(threads: settings.threads, terminal: terminal)
  }

  /// Writes the caches that are missing or out of date.
  ///
  /// - Throws: ``PipelineError``, or an error of the module that met the bad input, each of one line.
  public func run() throws {
    try prepareFolder(settings.cache.path)
    let lock = try settings.cache.locked(for: .extract, isRequired: true, say: terminal.warn)
    defer { withExtendedLifetime(lock) {} }
    try checkNotShared()
    try checkSample()
    let inputs = try ExtractionInputs(settings, pool: pool, terminal: terminal)
    imageSource.save(in: settings.cache)
    let tasks = try tasks(inputs)
    if tasks.contains(where: \.computes) { try checkMemory(inputs) }
    let replaced = try keepFeatures(of: tasks.map(\.plan))
    try write(tasks.filter { try !putBack($0) }, inputs: inputs)
    removeParts()
    try finish(inputs.plans, replaced: replaced)
  }

  /// Says for each split what ``run()`` would do and why, without doing it.
  ///
  /// - Throws: as ``run()``.
  public func explain() throws {
    _ = try tasks(try ExtractionInputs(settings, pool: pool, terminal: terminal))
  }

  /// Reads the caches that are there through, and reports each.
  ///
  /// - Throws: ``PipelineError`` where one is damaged.
  public func verify() throws {
    let paths = Split.allCases.map(settings.cache.features).filter { FileManager.default.fileExists(atPath: $0) }
    guard !paths.isEmpty else {
      throw PipelineError("\(settings.cache.path): no caches; run ./pipeline.sh extract first")
    }
    let damages = paths.compactMap { path -> String? in
      do {
        let cache = try FeatureCache(path)
        try cache.verify(pool: pool, terminal: terminal)
        terminal.print("\(path): whole (\(count(cache.rowCount, "image")))")
        return nil
      } catch {
        return "\(error)"
      }
    }
    guard damages.isEmpty else { throw PipelineError(damages.joined(separator: "\n")) }
  }

  var imageSource: ImageSource {
    ImageSource(data: settings.dataName, options: settings.dataset)
  }

  /// The sample, which is what is read where nothing is said, must not take the place of somebody's features.
  ///
  /// - Throws: ``PipelineError`` where the caches are of other data.
  private func checkSample() throws {
    guard settings.data == nil, let source = ImageSource(settings.cache), source.data != imageSource.data,
      FileManager.default.fileExists(atPath: settings.cache.features(of: .train))
    else { return }
    throw PipelineError(
      "\(settings.cache.path): has the features of \(source.data); give --data again (\(Settings.sample) for the sample), "
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
      let path = settings.cache.features(of: plan.split)
      switch try state(of: plan) {
      case .upToDate(let rowCount):
        terminal.note("\(path): up to date (\(count(rowCount, "image")))")
        return nil
      case .outdated(let reason, let damage):
        var task = Task(plan: plan, damages: [damage].compactMap(\.self))
        let store = rows(for: task)
        let rowCount = store.rowCount(of: plan)
        let there = rowCount == 0 ? "" : ", the features of \(grouped(rowCount)) are there"
        let missingCount = store.missingRows(of: plan).count
        task.computes = missingCount > 0
        let missing = count(missingCount, "image")
        terminal.note("\(path): to be made: \(reason); \(missing) to compute\(there)")
        return task
      }
    }
  }

  private func rows(for task: Task) -> RowStore {
    RowStore(for: task.plan, in: settings.cache.rowFiles(), without: task.damages)
  }

  private func state(of plan: SplitPlan) throws -> CacheState {
    let state = try CacheState(of: plan, in: settings.cache)
    guard settings.repair, case .upToDate = state else { return state }
    do {
      try FeatureCache(settings.cache.features(of: plan.split)).verify(pool: pool, terminal: terminal)
      return state
    } catch {
      let damage = error as? DamagedRows
      return .outdated(reason: damage?.summary ?? "\(error)", damage: damage?.dataset == "/features" ? damage : nil)
    }
  }

  // MARK: - The work

  /// Takes a cache back that was kept, if there is just the one that is wanted, and it is whole.
  private func putBack(_ task: Task) throws -> Bool {
    let (path, kept) = (settings.cache.features(of: task.plan.split), KeptFeatures(settings.cache))
    // What is to be repaired may have just been kept itself.
    guard kept.has(task.plan.spec.key), !settings.repair else { return false }
    do {
      _ = try kept.verified(task.plan.spec.key, pool: pool)
    } catch {
      terminal.warn("\(error); what can't be used of it is computed now")
      return false
    }
    try kept.putBack(task.plan.spec, to: path)
    terminal.note("\(path): taken back from \(settings.cache.kept) (\(count(task.plan.rowCount, "image")))")
    return true
  }

  private func write(_ tasks: [Task], inputs: ExtractionInputs) throws {
    guard !tasks.isEmpty else { return }
    let extractor = extractor(inputs)
    let work = tasks.map { ExtractionEstimate.Work($0.plan, store: rows(for: $0)) }
    try announce(work, inputs: inputs, extractor: extractor)
    for task in tasks {
      try splitExtraction(of: task.plan, damages: task.damages)
        .run(loader: inputs.loader(of: task.plan.split, settings: settings), extractor: extractor)
    }
  }

  /// Transforming the weights takes a second, which a run that only rearranges what is there need not wait.
  func extractor(_ inputs: ExtractionInputs) -> OnFirstUse<FeatureExtractor> {
    OnFirstUse { [settings, pool] in
      FeatureExtractor(
        weights: inputs.weights.weights, cut: inputs.cut, height: inputs.size.height, width: inputs.size.width,
        maximumBatch: inputs.batchSize(settings), pool: pool)
    }
  }

  func splitExtraction(of plan: SplitPlan, damages: [DamagedRows] = []) -> SplitExtraction {
    SplitExtraction(
      plan: plan, damages: damages, cache: settings.cache, partLimits: settings.partLimits,
      maxSkipped: settings.maxSkipped, terminal: terminal)
  }

  /// - Throws: `MemoryError` where what is computed at a time does not fit into memory.
  func checkMemory(_ inputs: ExtractionInputs) throws {
    try settings.checkMemory(of: inputs.cut, size: inputs.size, batchSize: inputs.batchSize(settings))
  }

  /// Says what the work will take.
  ///
  /// - Throws: ``PipelineError`` where the disk has not enough room for it.
  func announce(
    _ work: [ExtractionEstimate.Work], inputs: ExtractionInputs, extractor: OnFirstUse<FeatureExtractor>
  ) throws {
    let estimate = try ExtractionEstimate(of: work, inputs: inputs, settings: settings, extractor: extractor)
    let free = try freeBytes(at: settings.cache.path)
    terminal.note(estimate.description(freeBytes: free))
    if !settings.force { try estimate.checkSpace(in: settings.cache.path, freeBytes: free) }
  }

  /// Once all caches are there, nothing else is needed.
  func removeParts() {
    for split in Split.allCases {
      try? FileManager.default.removeItem(atPath: settings.cache.parts(of: split))
    }
  }
}
