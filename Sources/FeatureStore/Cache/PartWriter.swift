import Core
import HDF5

/// Writes features out as parts while they are computed: whenever enough bytes or seconds have come together, for what is
/// not yet in a part is what a kill can lose.
///
/// Parts hold whole chunks, so a part's chunks are those of the cache, to be copied as they are. Where parts begin and end
/// has no influence on the cache.
package struct PartWriter {
  /// When a part is closed.
  package struct Limits: Sendable {
    /// Bytes of features before compression: what bounds the memory and the disk space of a part.
    package var bytes = 32 << 20
    /// Seconds of work.
    package var seconds = 5.0

    package init() {}
  }

  private let plan: SplitPlan
  private var names: PartNames
  private let limits: Limits
  private var chunks: ChunkAssembler
  private var digests: [ContentDigest] = []
  private var skipped: [SkippedImage] = []
  private var lastClosed = ContinuousClock.now

  package init(plan: SplitPlan, names: PartNames, limits: Limits) throws {
    self.plan = plan
    self.names = names
    self.limits = limits
    chunks = try ChunkAssembler(featureShape: plan.featureShape, storage: plan.storage)
  }

  /// Takes rows and what they are found by, and the images that turned out not to be decodable.
  ///
  /// - Returns: how many rows a part was closed with; 0 where it goes on.
  package mutating func append(
    _ features: [Float], digests newDigests: [ContentDigest], skipped newSkipped: [SkippedImage]
  ) throws -> Int {
    try chunks.append(features)
    digests += newDigests
    skipped += newSkipped
    let bytes = chunks.chunkCount * plan.rowsPerChunk * plan.featureShape.count * plan.storage.bytesPerValue
    let seconds = (ContinuousClock.now - lastClosed) / .seconds(1)
    return bytes >= limits.bytes || seconds >= limits.seconds ? try closePart() : 0
  }

  /// Writes what is left. To be called once, after the last row.
  package mutating func finish() throws -> Int {
    try chunks.finish()
    return try closePart(isLast: true)
  }

  /// Writes the chunks that are full, if there are any. The last part may be without, if there are skipped images.
  private mutating func closePart(isLast: Bool = false) throws -> Int {
    let full = chunks.takeChunks()
    guard !full.isEmpty || isLast && !skipped.isEmpty else { return 0 }
    let rows = digests.prefix(full.count * plan.rowsPerChunk)
    try PartFile.write(names.next(), plan: plan, chunks: full, digests: Array(rows), skipped: skipped)
    digests.removeFirst(rows.count)
    skipped = []
    lastClosed = .now
    return rows.count
  }
}
