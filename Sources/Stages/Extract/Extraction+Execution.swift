import FeatureStore
import Foundation

extension Extraction {
  /// How features are computed: nothing of it has any influence on them.
  public struct Execution: Sendable {
    public var threads: Int
    /// Images computed together; by their size where nil.
    public var batchSize: Int?
    /// When a part is full.
    package var partLimits = PartWriter.Limits()
    /// Read the caches through, and make those again that are damaged.
    public var repair = false
    /// Do not keep the features that give way to others.
    public var discard = false
    /// Go on where the disk space seems not to suffice.
    public var force = false

    /// - Parameters:
    ///   - threads: that compute.
    ///   - batchSize: images computed together; by their size where nil.
    ///   - partSeconds: of work between parts, what a kill can lose.
    ///   - repair: read the caches through, and make those again that are damaged.
    ///   - discard: do not keep the features that give way to others.
    ///   - force: go on where the disk space seems not to suffice.
    public init(
      threads: Int = ProcessInfo.processInfo.activeProcessorCount, batchSize: Int? = nil,
      partSeconds: Double = defaultPartSeconds, repair: Bool = false, discard: Bool = false, force: Bool = false
    ) {
      (self.threads, self.batchSize) = (threads, batchSize)
      (self.repair, self.discard, self.force) = (repair, discard, force)
      partLimits.seconds = partSeconds
    }

    public static let defaultPartSeconds = PartWriter.Limits().seconds
  }
}
