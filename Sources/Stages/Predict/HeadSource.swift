import Classification
import Core
import FeatureStore

/// A trained head, and the weights of the network before it.
public struct HeadSource: Sendable {
  /// A cache folder in which a head was trained, or a head file.
  public var path: String
  /// A weight file; nil: the one that the head is for, in the cache folder.
  public var weights: String?
  /// A folder that has weights where the cache folder has none.
  public var downloads: String?

  public init(_ path: String, weights: String? = nil, downloads: String? = nil) {
    (self.path, self.weights, self.downloads) = (path, weights, downloads)
  }

  /// The files that are read, which no result is to take the place of.
  public var files: [String] { [path] + [weights].compactMap(\.self) }

  /// - Throws: as `Classifier`.
  func classifier(_ ensemble: HeadEnsemble, pictures: Int, pool: WorkerPool) throws -> Classifier {
    try Classifier(
      ensemble, weights: weights, downloads: downloads,
      batchSize: min(ensemble.file.spec.features.inputSize.usualBatchSize, pictures), pool: pool)
  }
}
