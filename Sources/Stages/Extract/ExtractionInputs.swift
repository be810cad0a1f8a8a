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
  /// Images computed together.
  let batchSize: Int
  let plans: [SplitPlan]
  private let resizing: Resizing
  private let loadingPool: WorkerPool
  /// What to say of an image that is not the one in the manifest.
  private let adviceOnChange: String

  /// - Parameter manifest: what has the images' digests, where they have been read; nil: they are read now.
  /// - Throws: `PipelineError`, or an error of the module that met the bad input.
  init(_ extraction: Extraction, manifest: SharedManifest? = nil) throws {
    let (request, terminal) = (extraction.features, extraction.terminal)
    dataset = try ImageDataset.recognised(extraction.source, terminal: terminal)
    if let unused = extraction.passes.unused {
      terminal.warn(
        "\(unused) does nothing without passes of augmented images: give --augment N or --test-augment N, too")
    }
    size = try request.size(for: dataset)
    (weights, preprocessing) = try PublishedWeights.recognised(request, in: extraction.cache, terminal: terminal)
    cut = try request.cut(of: weights.weights.backbone)
    batchSize = extraction.execution.batchSize ?? size.usualBatchSize
    resizing = request.resizing
    let features = FeatureSpec(
      cut: cut, weightsDigest: weights.digest, inputSize: size, resizing: resizing, preprocessing: preprocessing)
    let backbone = weights.weights.backbone
    let network = backbone == .vgg16 ? nil : backbone.title
    let weightsSource = [network, weights.knownAs, weights.format].compactMap { $0 }.joined(separator: ", ")
    let known = DigestCache(extraction.cache.digests)
    plans = try Split.allCases.map { [dataset, size, cut] split in
      SplitPlan(
        split: split,
        manifest: Manifest(
          examples: dataset.examples(in: split), labelNames: dataset.labelNames, isMultiLabel: dataset.isMultiLabel,
          contents: try manifest?.contents(of: split, in: dataset)
            ?? dataset.contents(of: split, known: known, pool: extraction.pool, terminal: terminal),
          passes: extraction.passes[split]),
        features: features, storage: extraction.storage, weightsSource: weightsSource,
        idColumn: split == .test ? dataset.idColumn : nil,
        featureShape: cut.outputShape(height: size.height, width: size.width),
        maxPixels: extraction.source.options.limits.pixels)
    }
    if manifest == nil {
      known.save()
      let copies = CopyWarnings(
        plans.map { ($0.split, $0.manifest) }, keepsCopiesTogether: extraction.source.options.keepsCopiesTogether,
        areTagged: dataset.isMultiLabel)
      for line in copies.lines { terminal.warn(line) }
    }
    adviceOnChange =
      manifest.map { "since \($0.path) was made, or on this machine; make it again: extract --shards \($0.shardCount)" }
      ?? "while extract was running; run it again: what is done is kept"
    loadingPool = WorkerPool(threads: extraction.execution.threads)
  }

  func loader(of split: Split) -> BatchLoader {
    BatchLoader(
      images: ImageLoader(
        dataset: dataset, split: split,
        preparation: InputPreparation(size: size, resizing: resizing, preprocessing: preprocessing)),
      batchSize: batchSize, pool: loadingPool, adviceOnChange: adviceOnChange)
  }
}
