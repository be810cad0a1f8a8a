import Core
import Datasets
import FeatureStore
import Support

/// What the report is made from: the files in the cache folder.
struct ReportInputs {
  let train: FeatureCache
  let valid: FeatureCache
  /// Nil where there is none.
  let test: FeatureCache?
  let ensemble: HeadEnsemble
  /// Nil where there is none of this head.
  let submission: SubmissionRecord?

  var head: HeadFile { ensemble.file }
  var labelNames: [String] { head.labelNames }
  /// Of the validation split.
  var predictions: Predictions { ensemble.validation }

  /// - Throws: ``PipelineError`` or `HDF5Error` where a file is missing, or another one than the head was chosen by.
  init(_ cache: CacheFolder, submission: SubmissionRecord?) throws {
    train = try FeatureCache(cache.features(of: .train))
    valid = try FeatureCache(cache.features(of: .valid))
    test = try FeatureCache.ifThere(cache.features(of: .test))
    ensemble = try HeadEnsemble(cache)
    self.submission = submission
    guard head.validKey == valid.key, predictions.labels.count == valid.imageCount else {
      throw PipelineError("\(valid.path): not what \(head.path) was chosen by; run fit-head again")
    }
  }

  /// The splits that there are, with how many images of each class each has.
  func classCounts() throws -> [(split: Split, counts: [Int])] {
    let splits: [(Split, FeatureCache)] = [(.train, train), (.valid, valid)] + (test.map { [(.test, $0)] } ?? [])
    return try splits.compactMap { split, cache in
      let labels = try cache.labels()
      var counts = [Int](repeating: 0, count: labelNames.count)
      for label in labels.prefix(cache.imageCount) where label >= 0 { counts[Int(label)] += 1 }
      return counts.allSatisfy { $0 == 0 } ? nil : (split, counts)
    }
  }

  /// The images that could not be decoded, by split.
  var skipped: [(split: Split, image: SkippedImage)] {
    train.skipped.map { (.train, $0) } + valid.skipped.map { (.valid, $0) }
      + (test?.skipped ?? []).map { (.test, $0) }
  }
}
