import Support

/// The images of the train cache, and behind them those of the validation cache, without their augmented passes. Folds deal
/// them out, and a fold's predictions name them by their place here.
package struct LabelledImages: Sendable {
  package let labelNames: [String]
  /// How many are of the train cache.
  package let trainCount: Int
  package let names: [String]
  package let labels: [Int]
  /// Empty where an image has none.
  package let groups: [String]
  package let digests: [ContentDigest]

  package var count: Int { labels.count }

  /// - Throws: ``PipelineError`` where a label is not known, or the caches are of other features; as ``FeatureCache``.
  package init(train: FeatureCache, valid: FeatureCache) throws {
    try train.origin.check(against: valid.origin, path: train.path, otherPath: valid.path)
    let caches = [train, valid]
    labelNames = train.labelNames
    trainCount = train.imageCount
    names = try caches.flatMap { try $0.filenames().prefix($0.imageCount) }
    labels = try caches.flatMap { try $0.labels().prefix($0.imageCount).map(Int.init) }
    groups = try caches.flatMap { cache in
      try cache.groups().map { Array($0.prefix(cache.imageCount)) } ?? [String](repeating: "", count: cache.imageCount)
    }
    digests = try caches.flatMap { try $0.digests().prefix($0.imageCount) }
    guard !labels.contains(-1) else {
      throw PipelineError("\(train.path), \(valid.path): some rows have no label: folds are judged by labelled images")
    }
  }
}
