import Core
import Datasets
import FeatureStore
import Foundation
import Storage
import Support

// Extraction on many machines that share the cache folder: a list of the images, a shard a machine, a join. No locks are
// held, for shared file systems may have none: a shard only adds parts, whole and under names of its own.

extension Extraction {
  /// Lists and reads the images, for shards to share.
  ///
  /// - Throws: as ``run()``.
  public func prepare(shardCount: Int) throws {
    try prepareFolder(cache.path)
    warnOfForgottenCorrections()
    try writeManifest(shardCount: shardCount, isFirst: false)
  }

  /// Computes those rows of a shard that are missing or damaged, and leaves them in parts. Where no list of the images has
  /// been made, the shard makes it.
  ///
  /// - Throws: as ``run()``; `PipelineError` where this machine sees other images than are listed, or the options are not
  ///   those that the list was made with.
  public func run(_ shard: Shard) throws {
    try prepareFolder(cache.path)
    if !FileManager.default.fileExists(atPath: cache.manifest) {
      try writeManifest(shardCount: shard.count, isFirst: true)
    }
    let manifest = try SharedManifest(cache.manifest)
    guard manifest.shardCount == shard.count else {
      throw PipelineError(
        "--shard \(shard): \(manifest.path) is for \(count(manifest.shardCount, "shard")); for others make it again: "
          + "extract --shards \(shard.count)")
    }
    let inputs = try sharedInputs(manifest)
    let work = try inputs.plans.map { plan in
      ExtractionEstimate.Work(plan, store: try splitExtraction(of: plan).soundStore(for: shard), shard: shard)
    }.filter { !$0.missing.isEmpty }
    if !work.isEmpty {
      let extractor = extractor(inputs)
      let trial = try announce(work, inputs: inputs, extractor: extractor)
      for work in work {
        let loader = inputs.loader(of: work.plan.split)
        try splitExtraction(of: work.plan)
          .compute(work, of: shard, loader: loader, extractor: extractor, trial: trial)
      }
    }
    terminal.note("shard \(shard): done")
  }

  /// Joins what the shards computed.
  ///
  /// - Throws: `PipelineError` that names the shards of which something is missing; as ``run()``.
  public func join() throws {
    guard FileManager.default.fileExists(atPath: cache.manifest) else { return try checkJoined() }
    let lock = try cache.locked(for: .extract, say: terminal.warn)
    defer { withExtendedLifetime(lock) {} }
    let manifest = try SharedManifest(cache.manifest)
    let inputs = try sharedInputs(manifest)
    let splits = try inputs.plans.filter(isToBeMade).map { splitExtraction(of: $0) }
    try check(splits.map { ($0.plan, $0.store(without: []).missingRows(of: $0.plan)) }, shardCount: manifest.shardCount)
    let replaced = try keepFeatures(of: splits.map(\.plan))
    for split in splits { try join(split, shardCount: manifest.shardCount) }
    imageSource.save(in: cache)
    removeParts()
    try finish(inputs.plans, replaced: replaced)
    removeManifest()
  }

  /// A join that is run again after it has finished, as Slurm may do, has nothing to do.
  ///
  /// - Throws: `PipelineError` where there is nothing to join, and the caches are not those of the options.
  private func checkJoined() throws {
    let caches = Split.allCases.map(cache.features)
    guard caches.allSatisfy(FileManager.default.fileExists), try inputs().plans.filter(isToBeMade).isEmpty else {
      throw PipelineError("\(cache.path): no shards to join; run extract --shards N, and the shards, first")
    }
    removeParts()
  }

  /// - Throws: `PipelineError` where shards share the cache folder.
  func checkNotShared() throws {
    let path = cache.manifest
    guard FileManager.default.fileExists(atPath: path) else { return }
    throw PipelineError(
      "\(path): shards are computed here; end them with extract --join, or give them up and remove this file")
  }

  // MARK: - Parts

  private func writeManifest(shardCount: Int, isFirst: Bool) throws {
    try CacheLock.checkFree(cache.lock)
    let plans = try inputs().plans
    try SharedManifest.write(plans, shardCount: shardCount, to: cache.manifest, isFirst: isFirst)
    let images = count(plans.reduce(0) { $0 + $1.imageCount }, "image")
    terminal.note("\(cache.manifest): \(images) for \(count(shardCount, "shard"))")
  }

  private func inputs() throws -> ExtractionInputs {
    try ExtractionInputs(self)
  }

  private func sharedInputs(_ manifest: SharedManifest) throws -> ExtractionInputs {
    let inputs = try ExtractionInputs(self, manifest: manifest)
    try manifest.check(inputs.plans)
    return inputs
  }

  private func isToBeMade(_ plan: SplitPlan) throws -> Bool {
    guard case .upToDate(let rowCount) = try CacheState(of: plan, in: cache) else { return true }
    terminal.note("\(cache.features(of: plan.split)): up to date (\(count(rowCount, "image")))")
    return false
  }

  private func join(_ split: SplitExtraction, shardCount: Int) throws {
    let start = ContinuousClock.now
    var damages: [DamagedRows] = []
    while true {
      let store = split.store(without: damages)
      try check([(split.plan, store.missingRows(of: split.plan))], shardCount: shardCount)
      do {
        try split.join(store: store)
        let time = duration((ContinuousClock.now - start) / .seconds(1))
        let path = cache.features(of: split.plan.split)
        return terminal.note("\(path): joined (\(count(split.plan.rowCount, "row"))) in \(time)")
      } catch let damage as DamagedRows {
        // There may be another copy of them.
        terminal.warn("\(damage.path): \(damage.summary)")
        damages.append(damage)
      }
    }
  }

  private func check(_ work: [(plan: SplitPlan, missing: [Int])], shardCount: Int) throws {
    let work = work.filter { !$0.missing.isEmpty }
    guard !work.isEmpty else { return }
    let rows = work.map { "\($0.plan.split.rawValue) \(grouped($0.missing.count))" }.joined(separator: ", ")
    let shards = work.reduce(into: Set<Int>()) { shards, work in
      shards.formUnion(Shard.numbers(having: work.missing, of: work.plan, count: shardCount))
    }
    throw PipelineError(
      "\(cache.path): rows are missing (\(rows)), of shard \(ranges(shards)) of \(shardCount); run "
        + "extract --shard I/\(shardCount) again for each of these, then --join")
  }

  /// The list and what a machine that was killed while it wrote one left.
  private func removeManifest() {
    unlink(cache.manifest)
    AtomicFile.removeAbandoned(in: cache.path)
  }
}

extension SplitExtraction {
  /// What is there, with the shard's rows read through and found to be whole.
  fileprivate func soundStore(for shard: Shard) throws -> RowStore {
    var damages: [DamagedRows] = []
    while true {
      let store = store(without: damages)
      let found = try store.damages(in: shard.rows(of: plan), of: plan)
      guard !found.isEmpty else { return store }
      for damage in found { terminal.warn("\(damage.path): \(damage.summary); they are computed again") }
      damages += found
    }
  }

  fileprivate func compute(
    _ work: ExtractionEstimate.Work, of shard: Shard, loader: BatchLoader, extractor: OnFirstUse<FeatureExtractor>,
    trial: TrialBatch?
  ) throws {
    let folder = cache.parts(of: plan.split)
    try prepareFolder(folder)
    try compute(
      work.missing, of: shard.rows(of: plan).count, skipped: work.store.skipped(of: plan),
      names: PartNames(in: folder, shard: shard), loader: loader, extractor: extractor, trial: trial)
  }
}

/// Numbers as sbatch's `--array` takes them: `3,7-9`.
private func ranges(_ numbers: Set<Int>) -> String {
  let starts = numbers.filter { !numbers.contains($0 - 1) }.sorted()
  return starts.map { start in
    let end = (start...).first { !numbers.contains($0 + 1) }!
    return start == end ? "\(start)" : "\(start)-\(end)"
  }.joined(separator: ",")
}
