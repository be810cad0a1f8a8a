import Core
import Datasets
import FeatureStore
import Support

/// What the report is made from: the files in the cache folder.
struct ReportInputs {
  let train: FeatureCache
  let valid: FeatureCache
  /// Nil where there is none that belongs to the head.
  let test: FeatureCache?
  /// Why the test cache that is there is left out; nil where it is not.
  let testMisfit: String?
  let ensemble: HeadEnsemble
  /// Nil where there is none of this head.
  let submission: SubmissionRecord?
  /// Nil where there is none of these caches.
  let inspection: InspectionRecord?
  /// Where the images were found; nil where that is not known.
  let source: ImageSource?
  /// That has the images, or why it can't be opened.
  let dataset: Result<ImageDataset, any Error>

  var head: HeadFile { ensemble.file }
  var labelNames: [String] { head.labelNames }
  /// Of the validation split; where there are folds, of all images of the train cache and then of the validation cache.
  var predictions: Predictions { ensemble.validation }
  /// Whether the heads are of folds, each of which predicts what it was trained without.
  var hasFolds: Bool { predictions.images != nil }

  /// - Throws: `PipelineError` or `HDF5Error` where a file is missing, or another one than the head was chosen by.
  init(_ cache: CacheFolder, submission: SubmissionRecord?, inspection: InspectionRecord?) throws {
    let source = ImageSource(cache)
    self.source = source
    dataset = Result {
      guard let source else { throw DatasetError("extract did not leave word of where it found them") }
      return try source.open(in: cache)
    }
    self.inspection = inspection
    train = try FeatureCache(cache.features(of: .train))
    valid = try FeatureCache(cache.features(of: .valid))
    ensemble = try HeadEnsemble(cache)
    let file = ensemble.file
    for cache in [train, valid] { try file.origin.check(against: cache.origin, path: file.path, otherPath: cache.path) }
    (test, testMisfit) = try Self.test(cache, of: file)
    self.submission = submission
    let imageCount = valid.imageCount + (hasFolds ? train.imageCount : 0)
    guard head.validKey == valid.key, predictions.count == imageCount,
      !hasFolds || head.spec.trainKey == train.key
    else { throw PipelineError("\(valid.path): not what \(head.path) was chosen by; run fit-head again") }
  }

  private static func test(_ cache: CacheFolder, of head: HeadFile) throws -> (FeatureCache?, misfit: String?) {
    guard let test = try FeatureCache.ifThere(cache.features(of: .test)) else { return (nil, nil) }
    do {
      try head.origin.check(against: test.origin, path: head.path, otherPath: test.path)
      return (test, nil)
    } catch {
      return (nil, "\(error)")
    }
  }

  /// Of each row of the predictions.
  func names() throws -> [String] {
    (hasFolds ? try Array(train.filenames().prefix(train.imageCount)) : [])
      + (try valid.filenames().prefix(valid.imageCount))
  }

  /// Which image a row of the predictions is of: those of the train cache, and behind them those of the validation cache.
  func image(ofRow row: Int) -> Int { hasFolds ? row : train.imageCount + row }

  /// - Parameters:
  ///   - images: each once: those of the train cache, and behind them those of the validation cache and of the test cache.
  ///   - edit: what is done to them before they are made small; nil: nothing.
  func thumbnails(
    ofImages images: [Int], pool: WorkerPool, edit: (@Sendable (_ image: Int, _ picture: Image) -> Image)? = nil
  ) -> Thumbnails {
    let (trained, labelled) = (train.imageCount, train.imageCount + valid.imageCount)
    func thumbnails(_ rows: [Int], _ cache: FeatureCache, _ split: Split, offset: Int) -> Thumbnails {
      Thumbnails(ofRows: rows, of: cache, split: split, dataset: dataset, pool: pool) { row, picture in
        edit?(row + offset, picture) ?? picture
      }
    }
    let known = Thumbnails(
      thumbnails(images.filter { $0 < trained }, train, .train, offset: 0),
      thumbnails(
        images.filter { (trained..<labelled).contains($0) }.map { $0 - trained }, valid, .valid, offset: trained),
      offset: trained)
    let tested = images.filter { $0 >= labelled }.map { $0 - labelled }
    guard let test, !tested.isEmpty else { return known }
    return Thumbnails(known, thumbnails(tested, test, .test, offset: labelled), offset: labelled)
  }

  /// What the cut gave of an image.
  func features(ofImage image: Int) throws -> [Float] {
    let (cache, row) = image < train.imageCount ? (train, image) : (valid, image - train.imageCount)
    return try cache.row(row)
  }

  /// The splits that there are, with how many images of each class each has.
  func classCounts() throws -> [(split: Split, counts: [Int])] {
    let splits: [(Split, FeatureCache)] = [(.train, train), (.valid, valid)] + (test.map { [(.test, $0)] } ?? [])
    return try splits.compactMap { split, cache in
      let classes = try cache.classes()
      var counts = [Int](repeating: 0, count: labelNames.count)
      for label in classes.prefix(cache.imageCount).flatMap({ $0 ?? [] }) { counts[Int(label)] += 1 }
      return counts.allSatisfy { $0 == 0 } ? nil : (split, counts)
    }
  }

  /// The images that could not be decoded, by split.
  var skipped: [(split: Split, image: SkippedImage)] {
    train.skipped.map { (.train, $0) } + valid.skipped.map { (.valid, $0) }
      + (test?.skipped ?? []).map { (.test, $0) }
  }
}
