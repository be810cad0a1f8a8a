import Console
import Core
import Datasets
import FeatureStore

/// Images and what the heads that were trained without them predict for them.
struct PseudoLabels: Sendable {
  let features: FeatureMatrix
  /// The same rows where fine-tuning starts; nil where there is none.
  let cutFeatures: FeatureMatrix?
  /// N×K.
  let distributions: [Float]
  /// The part of each batch that they make up.
  let share: Double
  /// What decides them.
  let spec: PseudoLabelSpec

  /// - Throws: as ``FeatureCache``, and where the test cache is of other features than the heads.
  init(
    _ labelling: PseudoLabelling, cache: FeatureCache, teachers: [TrainedHead], trainedOn train: FeatureCache,
    tuned: TunedData?, memory: FeatureMemory, pool: WorkerPool, terminal: Terminal
  ) throws {
    try train.origin.check(against: cache.origin, path: train.path, otherPath: cache.path)
    let architecture = teachers[0].head.architecture
    if let tuned {
      let rows = try cache.flattened(pool: pool, memory: memory, terminal: terminal)
      features = try tuned.headFeatures(of: rows, architecture, memory: memory, pool: pool, terminal: terminal)
      cutFeatures = rows
    } else {
      features = try cache.matrix(for: architecture, pool: pool, memory: memory, terminal: terminal)
      cutFeatures = nil
    }
    distributions = mean(of: teachers.map { [features] in $0.head.probabilities(of: features, on: pool) })
    share = labelling.share
    spec = PseudoLabelSpec(labelling: labelling, testKey: cache.key, teachers: teachers.map(\.spec.key))
  }
}
