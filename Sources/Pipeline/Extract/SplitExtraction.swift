import Core
import Datasets
import Foundation

/// The extraction of one split: images are loaded, computed and written by three threads at once, part by part; then the
/// parts are joined.
struct SplitExtraction {
  let plan: SplitPlan
  let cache: CacheFolder
  let maxSkipped: Double
  let terminal: Terminal

  /// The features of one batch, on their way to the writer.
  private struct FeatureBatch: Sendable {
    let images: ImageBatch
    let features: [Float]
  }

  func run(loader: BatchLoader, extractor: FeatureExtractor) throws {
    let folder = cache.parts(of: plan.split)
    try prepareFolder(folder)
    let existing = plan.parts.indices.map { PartFile.existing(PartFile.path(in: folder, part: $0), plan: plan) }
    try compute(
      plan.parts.indices.filter { existing[$0] == nil }, in: folder, loader: loader, extractor: extractor,
      skippedBefore: existing.reduce(0) { $0 + ($1?.skipped.count ?? 0) })
    let skipped = try PartJoiner(plan: plan, folder: folder).join(into: cache.features(of: plan.split))
    report(skipped)
  }

  /// The first of them; the cache's attribute `skipped` lists all.
  private func report(_ skipped: [SkippedImage]) {
    for image in skipped.prefix(10) { terminal.warn("\(plan.split.rawValue): skipped \(image.name): \(image.reason)") }
    if skipped.count > 10 { terminal.warn("\(plan.split.rawValue): skipped \(skipped.count - 10) more images") }
  }

  private func compute(
    _ missing: [Int], in folder: String, loader: BatchLoader, extractor: FeatureExtractor, skippedBefore: Int
  ) throws {
    let total = missing.reduce(0) { $0 + plan.parts[$1].count }
    let resumed = plan.examples.count - total
    if resumed > 0 {
      terminal.note(
        "\(plan.split.rawValue): going on after \(grouped(resumed)) of \(grouped(plan.examples.count)) images")
    }
    let progress = Progress(plan.split.rawValue, total: total, unit: "images", quiet: terminal.quiet)
    let loaded = BoundedQueue<ImageBatch>(capacity: 2)
    let computed = BoundedQueue<FeatureBatch>(capacity: 2)

    let loading = BackgroundThread(name: "load") {
      defer { loaded.close() }
      loader.forEachBatch(of: plan, parts: missing) { loaded.put($0) }
    }
    let writing = BackgroundThread(name: "write") {
      // A failure here closes the queue, which ends the computation.
      defer { computed.close() }
      try write(computed, to: folder, skippedBefore: skippedBefore)
    }

    var times = StageTimes()
    while let batch = times.waitingForImages.measure({ loaded.take() }) {
      let features = times.convolutions.measure {
        let count = batch.count * plan.featureShape.count
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
          extractor.extract(batch.pixels, count: batch.count, into: buffer.baseAddress!)
          initialized = count
        }
      }
      let goesOn = times.waitingForWriter.measure { computed.put(FeatureBatch(images: batch, features: features)) }
      guard goesOn else { break }
      progress.advance(by: batch.count + batch.skipped.count)
    }
    loaded.close()
    computed.close()
    progress.finish()
    try writing.join()
    try loading.join()
    if total > 0 {
      terminal.note(
        "\(plan.split.rawValue): \(grouped(total)) images in \(duration(progress.elapsed)) "
          + "(\(fixed(Double(total) / progress.elapsed, 1))/s): \(times.report)")
    }
  }

  /// Encodes the features and writes a part whenever its last batch has come.
  private func write(_ batches: BoundedQueue<FeatureBatch>, to folder: String, skippedBefore: Int) throws {
    var chunks = try ChunkAssembler(featureShape: plan.featureShape, storage: plan.storage)
    var skipped: [SkippedImage] = []
    var skippedInAll = skippedBefore
    while let batch = batches.take() {
      try chunks.append(batch.features)
      skipped += batch.images.skipped
      skippedInAll += batch.images.skipped.count
      try checkSkipped(skippedInAll, last: skipped.last)
      if batch.images.isLastOfPart {
        try chunks.finish()
        let path = PartFile.path(in: folder, part: batch.images.part)
        try PartFile.write(
          path, plan: plan, chunks: chunks.takeChunks(), rowCount: chunks.rowCount, skipped: skipped)
        chunks = try ChunkAssembler(featureShape: plan.featureShape, storage: plan.storage)
        skipped = []
      }
    }
  }

  private func checkSkipped(_ count: Int, last: SkippedImage?) throws {
    guard let last, Double(count) > maxSkipped * Double(plan.examples.count) else { return }
    throw PipelineError(
      "\(plan.split.rawValue): \(count) of \(plan.examples.count) images can't be decoded, more than --max-skipped "
        + "\(percent(maxSkipped)) allows; the last: \(last.name): \(last.reason)")
  }
}

/// Where a split's time went, as the computing thread saw it.
private struct StageTimes {
  struct Stopwatch {
    private(set) var seconds = 0.0

    mutating func measure<Result>(_ body: () throws -> Result) rethrows -> Result {
      let start = ContinuousClock.now
      defer { seconds += (ContinuousClock.now - start) / .seconds(1) }
      return try body()
    }
  }

  var waitingForImages = Stopwatch()
  var convolutions = Stopwatch()
  var waitingForWriter = Stopwatch()

  var report: String {
    let total = max(waitingForImages.seconds + convolutions.seconds + waitingForWriter.seconds, 1e-9)
    return "convolutions \(percent(convolutions.seconds / total)), "
      + "waiting for images \(percent(waitingForImages.seconds / total)), "
      + "for the disk \(percent(waitingForWriter.seconds / total))"
  }
}
