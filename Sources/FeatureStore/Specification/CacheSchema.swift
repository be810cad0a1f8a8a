/// The schema of a feature cache: one HDF5 file a split, described in FeatureStore.docc, "Cache files".
package enum CacheSchema {
  /// Changes when a file written by an older version would be read wrongly.
  package static let name = "vgg16-feature-cache/3"
  /// Of files whose rows can be taken over, if not the files.
  static let nameBeforeSpecifications = "vgg16-feature-cache/2"
  package static let createdBy = "vgg16-feature-cache 0.5.0"

  /// That an image has any number of classes: `/labels` is N×K.
  static let multiLabel = "multi-label"

  /// The names of the data sets.
  package enum Name {
    package static let features = "features"
    package static let labels = "labels"
    package static let filenames = "filenames"
    package static let labelNames = "label_names"
    package static let groups = "groups"
    package static let augmentation = "augmentation"
    package static let digests = "digests"
    package static let skipped = "skipped"
  }

  /// The names of the root attributes.
  package enum Attribute {
    static let schema = "schema"
    package static let createdBy = "created_by"
    package static let layer = "layer"
    package static let inputSize = "input_size"
    package static let preprocessing = "preprocessing"
    package static let resize = "resize"
    package static let weightsDigest = "weights_digest"
    package static let weightsSource = "weights_source"
    /// What the images' names are called in the table that they come from.
    package static let idColumn = "id_column"
    /// ``multiLabel`` where an image has any number of classes; not there where it has one.
    package static let labelKind = "label_kind"
    package static let manifestDigest = "manifest_digest"
    package static let augmentation = "augmentation"
    package static let storage = "storage"
    /// The canonical encoding of a ``CacheSpec``, in a head of a ``TrainedHeadSpec``.
    package static let specification = "specification"
    static let featuresKey = "features_key"
    /// Of a part, where images of more pixels than this were skipped, and it is not the usual limit.
    static let maxPixels = "max_pixels"
    package static let key = "key"
    static let complete = "complete"
  }
}
