/// The schema of a feature cache: one HDF5 file a split, described in README.
enum CacheSchema {
  /// Changes when a file written by an older version would be read wrongly.
  static let name = "vgg16-feature-cache/3"
  /// Of files whose rows can be taken over, if not the files.
  static let nameBeforeSpecifications = "vgg16-feature-cache/2"
  static let createdBy = "vgg16-feature-cache 0.2.0"

  /// The names of the data sets.
  enum Name {
    static let features = "features"
    static let labels = "labels"
    static let filenames = "filenames"
    static let labelNames = "label_names"
    static let groups = "groups"
    static let augmentation = "augmentation"
    static let digests = "digests"
    static let skipped = "skipped"
  }

  /// The names of the root attributes, in the order in which they are written.
  enum Attribute {
    static let schema = "schema"
    static let createdBy = "created_by"
    static let layer = "layer"
    static let inputSize = "input_size"
    static let preprocessing = "preprocessing"
    static let resize = "resize"
    static let weightsDigest = "weights_digest"
    static let weightsSource = "weights_source"
    static let manifestDigest = "manifest_digest"
    static let augmentation = "augmentation"
    static let storage = "storage"
    /// The canonical encoding of a ``CacheSpec``, in a head of a ``TrainedHeadSpec``.
    static let specification = "specification"
    static let featuresKey = "features_key"
    static let key = "key"
    static let complete = "complete"
  }
}
