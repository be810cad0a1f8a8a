import Core
import Datasets

/// What is to be done for one split: its rows, and everything that decides what is in its cache.
package struct SplitPlan: Sendable {
  package let split: Split
  package let manifest: Manifest
  /// What decides what is in the cache. Rows of another one with the same features can be taken over.
  package let spec: CacheSpec
  /// The weight file's name and format, for the reader of the cache.
  package let weightsSource: String
  /// What the images' names are called in the table that they come from; nil where they come from none with such a column.
  package let idColumn: String?
  /// One row of `/features`.
  package let featureShape: FeatureShape

  package init(
    split: Split, manifest: Manifest, features: FeatureSpec, storage: FeatureStorage, weightsSource: String,
    idColumn: String? = nil, featureShape: FeatureShape, maxPixels: Int = ImageLimits().pixels
  ) {
    self.split = split
    self.manifest = manifest
    spec = CacheSpec(
      features: features, passes: manifest.passes, manifestDigest: manifest.digest, storage: storage,
      maxPixels: maxPixels, isMultiLabel: manifest.isMultiLabel)
    self.weightsSource = weightsSource
    self.idColumn = idColumn
    self.featureShape = featureShape
  }

  package var storage: FeatureStorage { spec.storage }
  package var imageCount: Int { manifest.examples.count }
  package var rowCount: Int { manifest.rowCount }
  var rowsPerChunk: Int { storage.rowsPerChunk(featureShape) }
}
