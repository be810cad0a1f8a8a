import Console
import Core
import Datasets
import FeatureStore

/// Images and what the heads that were trained without them predict for them.
struct PseudoLabels: Sendable {
  let features: FeatureMatrix
  /// N×K.
  let distributions: [Float]
  /// The part of each batch that they make up.
  let share: Double
  /// What decides them.
  let spec: PseudoLabelSpec

  /// - Throws: as ``FeatureCache``, and where the test cache is of other features than the heads.
  init(
    _ labelling: PseudoLabelling, cache: FeatureCache, teachers: [TrainedHead], trainedOn train: FeatureCache,
    memory: FeatureMemory, pool: WorkerPool, terminal: Terminal
  ) throws {
    try train.origin.check(against: cache.origin, path: train.path, otherPath: cache.path)
    features = try cache.matrix(for: teachers[0].head.architecture, pool: pool, memory: memory, terminal: terminal)
    distributions = mean(of: teachers.map { [features] in $0.head.probabilities(of: features, on: pool) })
    share = labelling.share
    spec = PseudoLabelSpec(labelling: labelling, testKey: cache.key, teachers: teachers.map(\.spec.key))
  }
}
