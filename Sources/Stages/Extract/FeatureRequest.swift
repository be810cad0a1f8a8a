import Core
import Datasets
import FeatureStore
import Support
import Weights

/// What of a specification of features is asked for. The weights and the images tell the rest.
public struct FeatureRequest: Sendable {
  /// A weight file; the one in the cache folder where nil.
  public var weights: String?
  /// What the weights must be of; what they are of where nil.
  public var network: Backbone?
  /// The name of the layer to cut the network after; its last convolution where nil.
  public var layer: String?
  /// Height and width in pixels that images are resized to; by the kind of data where nil.
  public var size: Int?
  public var resizing: Resizing
  /// Needed where neither the weight file's digest nor its format tells.
  public var preprocessing: Preprocessing?

  public init(
    weights: String? = nil, network: Backbone? = nil, layer: String? = nil, size: Int? = nil,
    resizing: Resizing = Resizing(), preprocessing: Preprocessing? = nil
  ) {
    (self.weights, self.network, self.layer) = (weights, network, layer)
    (self.size, self.resizing, self.preprocessing) = (size, resizing, preprocessing)
  }
}

// MARK: - What the images and the weights tell

extension FeatureRequest {
  /// - Throws: `PipelineError` where the network has no such layer.
  func cut(of backbone: Backbone) throws -> Backbone.Layer {
    let whole = Backbone.named(backbone.name) ?? backbone
    if let last = backbone.convolutions.last, backbone.convolutions.count < whole.convolutions.count,
      whole.layer(named: layer ?? whole.lastConvolution.name) != nil,
      backbone.layer(named: layer ?? whole.lastConvolution.name) == nil
    {
      throw PipelineError(
        "these weights end with \(last.name): give --layer \(last.pooling ?? last.name), \(last.name) or one before it, or the "
          + "weights of a whole \(backbone.title)")
    }
    guard let layer else { return backbone.lastConvolution }
    guard let cut = backbone.layer(named: layer) else {
      throw PipelineError(
        "--layer \(layer): \(backbone.title) has no such layer; extract --list-layers --network \(backbone.name) shows "
          + "them")
    }
    return cut
  }

  /// - Throws: `PipelineError` for images that the network is too deep for.
  static func check(side: Int, for backbone: Backbone = .vgg16) throws {
    guard side >= backbone.minimumSize else {
      throw PipelineError(
        "--size \(side): \(backbone.title) halves its input five times, so --size must be at least "
          + "\(backbone.minimumSize)")
    }
  }

  /// - Throws: `PipelineError` for images that the network is too deep for.
  func size(for dataset: ImageDataset) throws -> ImageSize {
    let side = size ?? Self.usualSize(for: dataset)
    try Self.check(side: side, for: network ?? .vgg16)
    return ImageSize(height: side, width: side)
  }

  /// 96 shows all that there is in digits of 28×28, at a fifth of the work; 224 is what VGG16 was trained on.
  private static func usualSize(for dataset: ImageDataset) -> Int {
    guard let imageSize = dataset.imageSize, max(imageSize.height, imageSize.width) < 64 else { return 224 }
    return 96
  }

  /// - Throws: `PipelineError` where neither the options nor the weights tell.
  func preprocessing(for weights: PublishedWeights, path: String) throws -> Preprocessing {
    guard let preprocessing = preprocessing ?? weights.preprocessing else {
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
