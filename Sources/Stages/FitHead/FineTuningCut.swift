import Classification
import Core
import FeatureStore
import Foundation
import Support
import Weights

/// Whether fine-tuning can start at a cache's features: a pooling with a convolution behind it.
struct FineTuningCut {
  private let cache: FeatureCache

  init(_ cache: FeatureCache) {
    self.cache = cache
  }

  /// The layer that the features come from.
  ///
  /// - Throws: `PipelineError` where it is no such pooling.
  var layer: Backbone.Layer {
    get throws {
      guard let layer = cache.spec.features.layer, layer.isPooling, !layer.convolutionsBehind.isEmpty else {
        throw PipelineError("\(cache.path): holds \(cache.spec.features.cut); \(Self.wish)")
      }
      return layer
    }
  }

  private static let wish = "fine-tuning starts at a pooling before the last block"

  /// Says, where the features are of another layer, which command makes the right ones, and how long it will take.
  ///
  /// - Throws: `PipelineError` then, and where the maps are too small.
  func check(_ fitting: HeadFitting) throws {
    guard let layer = try? layer else {
      throw PipelineError(
        "\(cache.path): holds \(cache.spec.features.cut), and \(Self.wish): run ./pipeline.sh extract --layer "
          + "\(FineTuning.usualCut) with the options of the last time\(time(fitting)), then fit-head --fine-tune")
    }
    let shape = layer.tailShape(of: cache.featureShape)
    guard shape.height >= 2, shape.width >= 2 else {
      throw PipelineError(
        "\(cache.path): features of \(cache.featureShape) are too small for what follows \(layer); "
          + "run extract with a larger --size")
    }
  }

  /// By a trial with one batch; nothing where there are no weights here.
  private func time(_ fitting: HeadFitting) -> String {
    let spec = cache.spec.features
    guard
      let published = try? PublishedWeights.read(
        fitting.weights, in: fitting.cache, for: spec, ofHead: cache.path),
      let cut = spec.backbone.layer(named: FineTuning.usualCut)
    else { return "" }
    let batch = spec.inputSize.usualBatchSize
    let extractor = FeatureExtractor(
      weights: published.weights, cut: cut, height: spec.inputSize.height, width: spec.inputSize.width,
      maximumBatch: batch, pool: WorkerPool(threads: fitting.execution.threads))
    let pixels = [Float](repeating: 1, count: batch * spec.inputSize.height * spec.inputSize.width * 3)
    _ = extractor.features(of: pixels)
    let start = ContinuousClock.now
    _ = extractor.features(of: pixels)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return " (about \(duration(seconds / Double(batch) * Double(cache.rowCount))) for \(cache.path))"
  }
}
