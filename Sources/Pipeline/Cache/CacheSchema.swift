import Datasets
import Foundation
import SystemPackage

/// Where things lie in the cache folder.
public struct CacheFolder: Sendable {
  /// The folder that all stages share: `cache` by default.
  public let path: String

  /// Has the folders of weights and of data: this folder, or the one that `./pipeline.sh setup` fills.
  public let downloads: String

  /// - Parameters:
  ///   - path: of the folder.
  ///   - downloads: where weights and data are, if this folder has no weights.
  public init(_ path: String, downloads: String? = nil) {
    self.path = path
    let hasWeights = FileManager.default.fileExists(atPath: FilePath(path).appending("weights").string)
    self.downloads = hasWeights ? path : downloads ?? path
  }

  func features(of split: Split) -> String { file("\(split.rawValue).h5") }
  /// The folder of a split's parts: rows that are computed, but not yet in a cache file.
  func parts(of split: Split) -> String { file("\(split.rawValue).parts") }
  /// The folder of cache files that were out of date when the run began, as long as rows of theirs may be wanted.
  var replaced: String { file("replaced") }
  /// See ``SharedManifest``.
  var manifest: String { file("manifest.h5") }
  /// See ``DigestCache``.
  var digests: String { file(".digests") }
  /// See ``CacheLock``.
  package var lock: String { file(".lock") }
  var head: String { file("head.weights.h5") }
  /// Every head that was trained.
  var heads: String { file("heads") }
  func head(named name: String) -> String { FilePath(heads).appending(name).string }
  var submission: String { file("submission.csv") }
  /// See ``Report``.
  package var report: String { file("report.html") }
  /// See ``ImageSource``.
  var imageSource: String { file(".images.json") }
  /// See ``Preview``.
  var preview: String { file("preview.png") }
  var submissionProvenance: String { file("submission.provenance.json") }
  var weights: String { FilePath(downloads).appending("weights").string }

  /// The files that may have rows of features: caches first, for theirs lie in order.
  func rowFiles() -> [String] {
    PartFile.paths(in: replaced) + Split.allCases.map(features)
      + Split.allCases.flatMap { PartFile.paths(in: parts(of: $0)) }
  }

  private func file(_ name: String) -> String {
    FilePath(path).appending(name).string
  }
}

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
