import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Support

/// The extraction of one split: what is missing is loaded, computed and written in parts, by three threads at once; then
/// the cache is joined.
struct SplitExtraction {
  let plan: SplitPlan
  /// Rows that are there, but known to be damaged.
  let damages: [DamagedRows]
  let cache: CacheFolder
  let partLimits: PartWriter.Limits
  let maxSkipped: Double
  let terminal: Terminal

  /// - Parameter trial: what is computed already, of this split or another.
  /// - Returns: what was computed.
  func run(
    loader: BatchLoader, extractor: OnFirstUse<FeatureExtractor>, trial: TrialBatch?
  ) throws -> ComputedRows {
    let folder = cache.parts(of: plan.split)
    try prepareFolder(folder)
    var (damages, trial) = (damages, trial)
    var computed = ComputedRows()
    while true {
      let store = store(without: damages)
      computed += try compute(
        store.missingRows(of: plan), of: plan.rowCount, skipped: store.skipped(of: plan), names: PartNames(in: folder),
        loader: loader, extractor: extractor, trial: trial)
      trial = nil
      do {
        try join(store: self.store(without: damages))
        return computed
      } catch let damage as DamagedRows {
        terminal.warn("\(damage.path): \(damage.summary); they are computed again")
        damages.append(damage)
      }
    }
  }

  /// What is there, less what is damaged.
  func store(without damages: [DamagedRows]) -> RowStore {
    RowStore(for: plan, in: cache.rowFiles(), without: damages)
  }

  /// Makes the cache of what is there.
  ///
  /// - Throws: ``DamagedRows`` where a row can't be used after all.
  func join(store: RowStore) throws {
    let skipped = store.skipped(of: plan)
    try checkSkipped(skipped)
    Interruption.shared.report("\(plan.split.rawValue): all images are computed, and were being joined")
    let progress = ProgressBar(
      "joining \(plan.split.rawValue)", total: plan.rowCount - skipped.count, unit: "images", quiet: terminal.quiet)
    defer { progress.finish() }
    try CacheJoiner(plan: plan, store: store).join(
      into: cache.features(of: plan.split), skipped: skipped, progress: progress.advance)
    report(skipped)
  }

  /// The first of them; the cache's `/skipped` lists all.
  private func report(_ skipped: [SkippedImage]) {
    for image in skipped.prefix(10) { terminal.warn("\(plan.split.rawValue): skipped \(image.name): \(image.reason)") }
    if skipped.count > 10 {
      terminal.warn(
        "\(plan.split.rawValue): skipped \(count(skipped.count - 10, "more image")); /skipped in "
          + "\(cache.features(of: plan.split)) lists all")
    }
  }

  /// Computes rows of the manifest and leaves them in parts.
  ///
  /// - Parameters:
  ///   - missing: the rows.
  ///   - total: of how many rows they are what is missing.
  ///   - skipped: the images that are known not to be decodable.
  ///   - trial: what is computed already: of this split the first of the rows.
  @discardableResult
  func compute(
    _ missing: [Int], of total: Int, skipped: [SkippedImage], names: PartNames, loader: BatchLoader,
    extractor: OnFirstUse<FeatureExtractor>, trial: TrialBatch?
  ) throws -> ComputedRows {
    guard !missing.isEmpty else { return ComputedRows() }
    let trial = trial?.split == plan.split ? trial : nil
    let progress = ProgressBar(plan.split.rawValue, total: missing.count, unit: "images", quiet: terminal.quiet)
    let loaded = BoundedQueue<ImageBatch>(capacity: 2)
    let computed = BoundedQueue<FeatureBatch>(capacity: 2)

    let loading = try BackgroundThread(name: "load") {
      defer { loaded.close() }
      try loader.forEachBatch(of: plan, rows: Array(missing.dropFirst(trial?.rowCount ?? 0))) { loaded.put($0) }
    }
    // Where the second thread can't be started, the first one must not go on.
    defer { loaded.close() }
    let writing = try BackgroundThread(name: "write") {
      // A failure here closes the queue, which ends the computation.
      defer { computed.close() }
      try write(computed, names: names, done: total - missing.count, of: total, skipped: skipped)
    }

    var times = StageTimes()
    if let trial {
      times.convolutions.seconds += trial.seconds
      progress.advance(by: trial.rowCount)
      _ = computed.put(trial.batch)
    }
    while let batch = times.waitingForImages.measure({ loaded.take() }) {
      let features = times.convolutions.measure { extractor.value.features(of: batch.pixels) }
      let goesOn = times.waitingForWriter.measure { computed.put(FeatureBatch(images: batch, features: features)) }
      guard goesOn else { break }
      progress.advance(by: batch.count + batch.skipped.count)
    }
    loaded.close()
    computed.close()
    progress.finish()
    try writing.join()
    try loading.join()
    let elapsed = progress.elapsed + (trial?.seconds ?? 0)
    terminal.note(
      "\(plan.split.rawValue): \(count(missing.count, "image")) in \(duration(elapsed)) "
        + "(\(fixed(Double(missing.count) / elapsed, 1))/s): \(times.report)")
    if times.secondsWaitingForImages > max(10, 0.25 * progress.elapsed), !loader.images.preparation.resizing.decodesFast
    {
      terminal.note("decoding is what takes the time: --fast-decode decodes large JPEGs at a fraction of their size")
    }
    return ComputedRows(count: missing.count, seconds: elapsed)
  }

  /// Encodes the features and writes them in parts.
  private func write(
    _ batches: BoundedQueue<FeatureBatch>, names: PartNames, done: Int, of total: Int, skipped: [SkippedImage]
  ) throws {
    let part = OpenPart(
      try PartWriter(plan: plan, names: names, limits: partLimits), split: plan.split, done: done, of: total)
    Interruption.shared.beforeEnding { part.keep() }
    defer { Interruption.shared.beforeEnding(nil) }
    var skipped = skipped
    while let batch = batches.take() {
      // What can't be decoded is listed once, and not again for its augmented passes.
      let undecodable = batch.images.skipped.filter { plan.manifest.pass(ofRow: $0.row) == 0 }
      skipped += undecodable
      try checkSkipped(skipped)
      try part.append(batch.features, digests: batch.images.digests, skipped: undecodable)
    }
    try part.finish()
  }

  private func checkSkipped(_ skipped: [SkippedImage]) throws {
    guard let last = skipped.last, Double(skipped.count) > maxSkipped * Double(plan.imageCount) else { return }
    throw PipelineError(
      "\(plan.split.rawValue): \(skipped.count) of \(plan.imageCount) images can't be decoded, more than --max-skipped "
        + "\(percent(maxSkipped)) allows; remove them, or allow more; the last: \(last.name): \(last.reason)")
  }
}

/// Where a split's time went, as the computing thread saw it.
private struct StageTimes {
  struct Stopwatch {
    var seconds = 0.0

    mutating func measure<Result>(_ body: () throws -> Result) rethrows -> Result {
      let start = ContinuousClock.now
      defer { seconds += (ContinuousClock.now - start) / .seconds(1) }
      return try body()
    }
  }

  var waitingForImages = Stopwatch()
  var convolutions = Stopwatch()
  var waitingForWriter = Stopwatch()

  private var total: Double {
    max(waitingForImages.seconds + convolutions.seconds + waitingForWriter.seconds, 1e-9)
  }

  var secondsWaitingForImages: Double { waitingForImages.seconds }

  var report: String {
    "convolutions \(percent(convolutions.seconds / total)), "
      + "waiting for images \(percent(waitingForImages.seconds / total)), "
      + "for the disk \(percent(waitingForWriter.seconds / total))"
  }
}
