import Classification
import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Support
import Weights

/// What an extraction reads: the images, the weights, and what both make of each split's cache.
struct ExtractionInputs {
  let dataset: ImageDataset
  let weights: PublishedWeights
  /// The layer whose output is the feature.
  let cut: Backbone.Layer
  let preprocessing: Preprocessing
  /// Images are resized to it.
  let size: ImageSize
  let plans: [SplitPlan]
  private let loadingPool: WorkerPool
  /// What to say of an image that is not the one in the manifest.
  private let adviceOnChange: String

  /// - Parameter manifest: what has the images' digests, where they have been read; nil: they are read now.
  /// - Throws: ``PipelineError``, or an error of the module that met the bad input.
  init(
    _ settings: Extraction.Settings, manifest: SharedManifest? = nil, pool: WorkerPool, terminal: Terminal
  ) throws {
    dataset = try ImageDataset.recognised(settings, terminal: terminal)
    size = try Self.size(for: dataset, settings)
    (weights, preprocessing) = try PublishedWeights.recognised(settings, terminal: terminal)
    cut = try Self.cut(of: weights.weights.backbone, settings)
    let features = FeatureSpec(
      cut: cut, weightsDigest: weights.digest, inputSize: size, resizing: settings.resizing,
      preprocessing: preprocessing)
    let backbone = weights.weights.backbone
    let network = backbone == .vgg16 ? nil : backbone.title
    let weightsSource = [network, weights.knownAs, weights.format].compactMap { $0 }.joined(separator: ", ")
    let known = DigestCache(settings.cache.digests)
    plans = try Split.allCases.map { [dataset, size, cut] split in
      SplitPlan(
        split: split,
        manifest: Manifest(
          examples: dataset.examples(in: split), labelNames: dataset.labelNames,
          contents: try manifest?.contents(of: split, in: dataset)
            ?? dataset.contents(of: split, known: known, pool: pool, terminal: terminal),
          passes: settings.passes(of: split)),
        features: features, storage: settings.storage, weightsSource: weightsSource,
        idColumn: split == .test ? dataset.idColumn : nil,
        featureShape: cut.outputShape(height: size.height, width: size.width),
        maxPixels: settings.dataset.limits.pixels)
    }
    if manifest == nil {
      known.save()
      let copies = CopyWarnings(
        plans.map { ($0.split, $0.manifest) }, keepsCopiesTogether: settings.dataset.keepsCopiesTogether)
      for line in copies.lines { terminal.warn(line) }
    }
    adviceOnChange =
      manifest.map { "since \($0.path) was made, or on this machine; make it again: extract --shards \($0.shardCount)" }
      ?? "while extract was running; run it again: what is done is kept"
    loadingPool = WorkerPool(threads: settings.threads)
  }

  func loader(of split: Split, settings: Extraction.Settings) -> BatchLoader {
    BatchLoader(
      images: ImageLoader(
        dataset: dataset, split: split,
        preparation: InputPreparation(size: size, resizing: settings.resizing, preprocessing: preprocessing)),
      batchSize: batchSize(settings), pool: loadingPool, adviceOnChange: adviceOnChange)
  }

  func batchSize(_ settings: Extraction.Settings) -> Int { settings.batchSize ?? size.usualBatchSize }

  /// - Throws: ``PipelineError`` where the network has no such layer.
  private static func cut(of backbone: Backbone, _ settings: Extraction.Settings) throws -> Backbone.Layer {
    let whole = Backbone.named(backbone.name) ?? backbone
    if let last = backbone.convolutions.last, backbone.convolutions.count < whole.convolutions.count,
      whole.layer(named: settings.layer ?? whole.lastConvolution.name) != nil,
      backbone.layer(named: settings.layer ?? whole.lastConvolution.name) == nil
    {
      throw PipelineError(
        "these weights end with \(last.name): give --layer \(last.pooling ?? last.name), \(last.name) or one before it, or the "
          + "weights of a whole \(backbone.title)")
    }
    guard let name = settings.layer else { return backbone.lastConvolution }
    guard let layer = backbone.layer(named: name) else {
      throw PipelineError(
        "--layer \(name): \(backbone.title) has no such layer; extract --list-layers --network \(backbone.name) shows them"
      )
    }
    return layer
  }

  /// - Throws: ``PipelineError`` for images that the network is too deep for.
  static func check(side: Int, for backbone: Backbone = .vgg16) throws {
    guard side >= backbone.minimumSize else {
      throw PipelineError(
        "--size \(side): \(backbone.title) halves its input five times, so --size must be at least "
          + "\(backbone.minimumSize)")
    }
  }

  /// - Throws: ``PipelineError`` for images that VGG16 is too deep for.
  static func size(for dataset: ImageDataset, _ settings: Extraction.Settings) throws -> ImageSize {
    let side = settings.size ?? defaultSize(for: dataset)
    try check(side: side, for: settings.network ?? .vgg16)
    return ImageSize(height: side, width: side)
  }

  /// 96 shows all that there is in digits of 28×28, at a fifth of the work; 224 is what VGG16 was trained on.
  private static func defaultSize(for dataset: ImageDataset) -> Int {
    guard let imageSize = dataset.imageSize, max(imageSize.height, imageSize.width) < 64 else { return 224 }
    return 96
  }

  /// - Throws: ``PipelineError`` where neither the options nor the weights tell.
  static func preprocessing(
    of weights: PublishedWeights, path: String, _ settings: Extraction.Settings
  ) throws -> Preprocessing {
    guard let preprocessing = settings.preprocessing ?? weights.preprocessing else {
      let obstacle =
        weights.unclearPreprocessing.map { "\($0) can't be taken for one of these".printable }
        ?? "the file does not say what input they want"
      throw PipelineError(
        "\(path): the weights (\(weights.format), digest \(weights.digest.prefix(12))…) are not known, and \(obstacle); give "
          + "--preprocessing caffe (as Keras, fast.ai), torch (as torchvision, timm, KerasHub), tf or unit (after Rescaling)"
      )
    }
    return preprocessing
  }
}
