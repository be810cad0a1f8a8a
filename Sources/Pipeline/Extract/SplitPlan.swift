import Core
import Datasets

/// What is to be done for one split: its rows, and everything that decides what is in its cache.
struct SplitPlan: Sendable {
  let split: Split
  let manifest: Manifest
  /// What decides a row of features, apart from its image and what is drawn for it. Rows of another cache with the same
  /// settings can be taken over.
  let settings: Provenance
  let storage: FeatureStorage
  /// The settings, the augmented passes, the manifest and the storage.
  let provenance: Provenance
  let settingsKey: String
  let key: String
  /// The weight file's name and format, for the reader of the cache.
  let weightsSource: String
  /// One row of `/features`.
  let featureShape: FeatureShape

  init(
    split: Split, manifest: Manifest, settings: Provenance, storage: FeatureStorage, weightsSource: String,
    featureShape: FeatureShape
  ) {
    self.split = split
    self.manifest = manifest
    self.settings = settings
    self.storage = storage
    provenance = settings.adding([
      CacheSchema.Attribute.augmentation: manifest.passes.description,
      CacheSchema.Attribute.manifestDigest: manifest.digest,
      CacheSchema.Attribute.storage: storage.description,
    ])
    settingsKey = settings.key
    key = provenance.key
    self.weightsSource = weightsSource
    self.featureShape = featureShape
  }

  var imageCount: Int { manifest.examples.count }
  var rowCount: Int { manifest.rowCount }
  var rowsPerChunk: Int { storage.rowsPerChunk(featureShape) }
}
