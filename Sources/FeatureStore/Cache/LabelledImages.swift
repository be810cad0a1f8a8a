import Support

/// The images of the train cache, and behind them those of the validation cache, without their augmented passes. Folds deal
/// them out, and a fold's predictions name them by their place here.
package struct LabelledImages: Sendable {
  package let labelNames: [String]
  /// How many are of the train cache.
  package let trainCount: Int
  package let names: [String]
  package let truth: RowLabels
  /// Empty where an image has none.
  package let groups: [String]
  package let digests: [ContentDigest]

  package var count: Int { names.count }

  /// The class of each image.
  ///
  /// - Precondition: an image has one.
  package var labels: [Int] {
    guard case .one(let labels) = truth else { preconditionFailure("images have any number of classes") }
    return labels
  }

  /// - Throws: ``PipelineError`` where a label is not known, or the caches are of other features; as ``FeatureCache``.
  package init(train: FeatureCache, valid: FeatureCache) throws {
    try train.origin.check(against: valid.origin, path: train.path, otherPath: valid.path)
    let caches = [train, valid]
    labelNames = train.labelNames
    trainCount = train.imageCount
    names = try caches.flatMap { try $0.filenames().prefix($0.imageCount) }
    let known = try caches.map { cache in
      try cache.labels(ofFirst: cache.imageCount, why: "folds are judged by labelled images")
    }
    truth = known[0] + known[1]
    groups = try caches.flatMap { cache in
      try cache.groups().map { Array($0.prefix(cache.imageCount)) } ?? [String](repeating: "", count: cache.imageCount)
    }
    digests = try caches.flatMap { try $0.digests().prefix($0.imageCount) }
  }
}
