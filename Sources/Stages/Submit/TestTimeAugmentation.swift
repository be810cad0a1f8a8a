import Console
import Core
import Datasets
import FeatureStore
import Foundation

/// Test-time augmentation: what is predicted for an image is the mean over the image and its augmented passes (Krizhevsky,
/// Sutskever and Hinton 2012, section 4.1).
struct TestTimeAugmentation {
  let ensemble: HeadEnsemble
  /// How many of a cache's augmented passes are used; all where nil.
  let passes: Int?
  /// What bounds the memory that features take.
  let memory: FeatureMemory
  let pool: WorkerPool
  let terminal: Terminal

  /// N×K probabilities, a row for each of the cache's images.
  ///
  /// - Throws: as ``FeatureCache``.
  func probabilities(of cache: FeatureCache) throws -> [Float] {
    let all = try ensemble.probabilities(on: pool) { _, member in
      try cache.matrix(
        for: member.head.architecture, through: member.tail, augmentedPasses: passes, pool: pool, memory: memory,
        terminal: terminal)
    }
    let length = cache.imageCount * ensemble.file.labelNames.count
    guard all.count > length else { return all }
    return mean(of: stride(from: 0, to: all.count, by: length).map { Array(all[$0..<$0 + length]) })
  }

  /// What is predicted for the validation split in the same way; nil where its cache has no passes, or is not the one
  /// that the heads were chosen by, or where they are of folds: all but one were trained on it.
  ///
  /// - Throws: as ``FeatureCache``.
  func validation(in folder: CacheFolder) throws -> Predictions? {
    let path = folder.features(of: .valid)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let cache = try FeatureCache(path)
    guard cache.rowCount(augmentedPasses: passes) > cache.imageCount, cache.key == ensemble.file.validKey,
      ensemble.validation.images == nil
    else { return nil }
    return Predictions(probabilities: try probabilities(of: cache), truth: ensemble.validation.truth)
  }
}
