import Core
import Datasets
import Support

/// What decides a row of features, apart from its image and what is drawn for it: the way from an image's bytes to the
/// output of a layer.
package struct FeatureSpec: Specification {
  package var backbone: Backbone
  /// SHA-256 over the convolutions' kernels and biases; see `PublishedWeights.digest`.
  package var weightsDigest: String
  /// The name of the layer that the network is cut after.
  package var cut: String
  /// Images are resized to it.
  package var inputSize: ImageSize
  package var resizing: Resizing
  package var preprocessing: Preprocessing
  /// The version of the arithmetic, where it is not the first: see `ConvolutionPlan`.
  package private(set) var arithmetic: Int?

  package init(
    cut: Backbone.Layer, weightsDigest: String, inputSize: ImageSize, resizing: Resizing, preprocessing: Preprocessing
  ) {
    (backbone, self.cut) = (cut.backbone, cut.name)
    (self.weightsDigest, self.inputSize) = (weightsDigest, inputSize)
    (self.resizing, self.preprocessing) = (resizing, preprocessing)
    arithmetic = Self.arithmetic(of: cut, at: inputSize)
  }

  private static func arithmetic(of cut: Backbone.Layer, at size: ImageSize) -> Int? {
    let plan = ConvolutionPlan(cut: cut, height: size.height, width: size.width, maximumBatch: 1)
    return plan.arithmetic == 1 ? nil : plan.arithmetic
  }

  /// Whether this version computes such features, to the last bit.
  package var isOfThisVersion: Bool { layer.map { Self.arithmetic(of: $0, at: inputSize) == arithmetic } ?? false }

  /// The layer that the network is cut after; nil where the network has none of that name.
  package var layer: Backbone.Layer? { backbone.layer(named: cut) }

  package var readable: [Readable] {
    [
      Readable(CacheSchema.Attribute.layer, cut),
      Readable(CacheSchema.Attribute.inputSize, "\(inputSize.height)x\(inputSize.width)"),
      Readable(CacheSchema.Attribute.preprocessing, preprocessing.description),
      Readable(CacheSchema.Attribute.resize, resizing.description),
      Readable(CacheSchema.Attribute.weightsDigest, weightsDigest),
    ]
  }

  package var compared: [Readable] { [Readable("network", backbone.title)] + readable.map(\.inWords) }

  /// The arithmetic follows from layer and size within a version.
  package var comparedLast: [Readable] {
    [Readable("arithmetic of the convolutions", "version \(arithmetic ?? 1)")]
  }
}

/// What decides a cache file.
package struct CacheSpec: Specification {
  package var features: FeatureSpec
  /// Nil: no augmented passes.
  package var augmentation: AugmentedPasses?
  /// SHA-256 over the images: see ``Manifest/digest``.
  package var manifestDigest: String
  package var storage: FeatureStorage
  /// Larger images are skipped; nil: the usual limit.
  package var maxPixels: Int?
  /// Whether an image has any number of classes; nil: it has one.
  package private(set) var multiLabel: Bool?

  package init(
    features: FeatureSpec, passes: AugmentedPasses, manifestDigest: String, storage: FeatureStorage,
    maxPixels: Int = ImageLimits().pixels, isMultiLabel: Bool = false
  ) {
    multiLabel = isMultiLabel ? true : nil
    self.maxPixels = maxPixels == ImageLimits().pixels ? nil : maxPixels
    self.features = features
    augmentation = passes.count == 0 ? nil : passes
    self.manifestDigest = manifestDigest
    self.storage = storage
  }

  package var isMultiLabel: Bool { multiLabel ?? false }

  /// The most pixels that an image may have to have a row.
  package var pixelLimit: Int { maxPixels ?? ImageLimits().pixels }

  package var readable: [Readable] {
    features.readable + (isMultiLabel ? [Readable(CacheSchema.Attribute.labelKind, CacheSchema.multiLabel)] : []) + [
      Readable(CacheSchema.Attribute.augmentation, (augmentation ?? AugmentedPasses()).description),
      Readable(CacheSchema.Attribute.manifestDigest, manifestDigest),
      Readable(CacheSchema.Attribute.storage, storage.description),
    ]
  }

  package var compared: [Readable] {
    [Readable("network", features.backbone.title)]
      + readable.filter { $0.name != CacheSchema.Attribute.labelKind }.map(\.inWords) + [
        Readable("labels of an image", isMultiLabel ? "any number" : "one"),
        Readable("largest picture", "\(grouped(pixelLimit)) pixels"),
      ]
  }

  package var comparedLast: [Readable] { features.comparedLast }
}
