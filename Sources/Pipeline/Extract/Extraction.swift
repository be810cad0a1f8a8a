import Core
import Datasets
import Foundation
import HDF5
import Weights

/// The first stage: conv features of every image, computed once and kept in one HDF5 file a split.
public struct Extraction {
  /// The stage's options.
  public struct Settings: Sendable {
    /// A folder or file of images, or the name of a known data set.
    public var data = "mnist-5k"
    public var cache = CacheFolder("cache")
    /// A weight file; the one in the cache folder where nil.
    public var weights: String?
    /// Height and width in pixels that images are resized to; by the kind of data where nil.
    public var size: Int?
    public var layer = VGG16.Layer.block5Conv3
    /// Needed where neither the weight file's digest nor its format tells.
    public var preprocessing: Preprocessing?
    public var resize = ResizeFilter.bilinear
    public var storage = FeatureStorage(type: .float32, compression: .deflate)
    public var dataset = DatasetOptions()
    /// Images computed together; by their size where nil. Has no influence on the result.
    public var batchSize: Int?
    public var threads = ProcessInfo.processInfo.activeProcessorCount
    /// The share of a split's images that may be undecodable.
    public var maxSkipped = 0.01

    /// A part of a split holds whole chunks, up to about this many bytes of features: what a kill can lose.
    package var partBytes = 32 << 20

    public init() {}
  }

  private let settings: Settings
  private let terminal: Terminal
  private let pool: WorkerPool

  public init(_ settings: Settings, terminal: Terminal) {
    self.settings = settings
    self.terminal = terminal
    pool = WorkerPool(threads: settings.threads)
  }

  /// Writes the caches that are missing or out of date.
  ///
  /// - Throws: ``PipelineError``, or an error of the module that met the bad input, each of one line.
  public func run() throws {
    try prepareFolder(settings.cache.path)
    let dataset = try ImageDataset.open(settings.data, options: settings.dataset)
    let side = settings.size ?? Self.defaultSize(for: dataset)
    guard side >= FeatureExtractor.minimumSize else {
      throw PipelineError(
        "--size \(side): VGG16 halves its input five times, so --size must be at least \(FeatureExtractor.minimumSize)")
    }
    let size = ImageSize(height: side, width: side)
    let weights = try PublishedWeights.read(settings.weights, in: settings.cache)
    let plans = try Split.allCases.map { try plan($0, of: dataset, size: size, weights: weights) }
    let outdated = plans.filter { !isUpToDate($0) }
    guard !outdated.isEmpty else { return }

    let batchSize = settings.batchSize ?? Self.defaultBatchSize(side: side)
    let extractor = FeatureExtractor(
      weights: weights.weights, cut: settings.layer, height: side, width: side, maximumBatch: batchSize, pool: pool)
    for plan in outdated {
      let loader = BatchLoader(
        dataset: dataset, split: plan.split, size: size, resize: settings.resize,
        preprocessing: try preprocessing(of: weights), batchSize: batchSize)
      try SplitExtraction(plan: plan, cache: settings.cache, maxSkipped: settings.maxSkipped, terminal: terminal)
        .run(loader: loader, extractor: extractor)
    }
  }

  // MARK: - What is wanted

  /// 96 shows all that there is in digits of 28×28, at a fifth of the work; 224 is what VGG16 was trained on.
  private static func defaultSize(for dataset: ImageDataset) -> Int {
    guard let imageSize = dataset.imageSize, max(imageSize.height, imageSize.width) < 64 else { return 224 }
    return 96
  }

  /// Eight images of 224×224, or as many smaller ones as have about as many pixels.
  private static func defaultBatchSize(side: Int) -> Int {
    min(max(8, 8 * 224 * 224 / (side * side)), 64)
  }

  private func preprocessing(of weights: PublishedWeights) throws -> Preprocessing {
    guard let preprocessing = settings.preprocessing ?? weights.preprocessing else {
      throw PipelineError(
        "the weights (\(weights.format), digest \(weights.digest.prefix(12))…) are not known, and the file does not say "
          + "what input they want; give --preprocessing caffe (as Keras, fast.ai) or torch (as torchvision)")
    }
    return preprocessing
  }

  private func plan(
    _ split: Split, of dataset: ImageDataset, size: ImageSize, weights: PublishedWeights
  ) throws -> SplitPlan {
    let provenance = Provenance([
      CacheSchema.Attribute.schema: CacheSchema.name,
      CacheSchema.Attribute.layer: settings.layer.name,
      CacheSchema.Attribute.inputSize: "\(size.height)x\(size.width)",
      CacheSchema.Attribute.preprocessing: try preprocessing(of: weights).description,
      CacheSchema.Attribute.resize: "\(settings.resize.rawValue), stretch",
      CacheSchema.Attribute.weightsDigest: weights.digest,
      CacheSchema.Attribute.manifestDigest: try dataset.manifestDigest(of: split, pool: pool),
      CacheSchema.Attribute.augmentation: "none",
      CacheSchema.Attribute.storage: settings.storage.description,
    ])
    return SplitPlan(
      split: split, examples: dataset.examples(in: split), labelNames: dataset.labelNames, provenance: provenance,
      weightsSource: [weights.knownAs, weights.format].compactMap { $0 }.joined(separator: ", "),
      featureShape: settings.layer.outputShape(height: size.height, width: size.width), storage: settings.storage,
      partBytes: settings.partBytes)
  }

  // MARK: - What is there

  private func isUpToDate(_ plan: SplitPlan) -> Bool {
    let path = settings.cache.features(of: plan.split)
    guard let cache = try? FeatureCache(path) else { return false }
    if cache.key == plan.key {
      terminal.note("\(path): up to date (\(grouped(cache.rowCount)) images)")
      return true
    }
    let changes = plan.provenance.changes { cache.attributes[$0] }
    terminal.note("\(path): is made again: \(changes.joined(separator: "; "))")
    return false
  }
}
