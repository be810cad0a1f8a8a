import Datasets

extension CacheFolder {
  /// The files that may have rows of features: caches first, for theirs lie in order.
  package func rowFiles() -> [String] {
    PartFile.paths(in: kept) + Split.allCases.map(features)
      + Split.allCases.flatMap { PartFile.paths(in: parts(of: $0)) }
  }
}
