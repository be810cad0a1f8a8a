import Datasets
import Foundation

/// Where things lie in the cache folder.
public struct CacheFolder: Sendable {
  /// The folder that all stages share: `cache` by default.
  public let path: String

  public init(_ path: String) {
    self.path = path
  }

  func features(of split: Split) -> String { file("\(split.rawValue).h5") }
  func parts(of split: Split) -> String { file("\(split.rawValue).parts") }
  var head: String { file("head.weights.h5") }
  /// Every head that was trained.
  var heads: String { file("heads") }
  func head(named name: String) -> String { (heads as NSString).appendingPathComponent(name) }
  var submission: String { file("submission.csv") }
  var submissionProvenance: String { file("submission.provenance.json") }
  var weights: String { file("weights") }
  var data: String { file("data") }

  private func file(_ name: String) -> String {
    (path as NSString).appendingPathComponent(name)
  }
}

/// The schema of a feature cache: one HDF5 file a split, described in README.
enum CacheSchema {
  /// Changes when a file written by an older version would be read wrongly.
  static let name = "vgg16-feature-cache/1"
  static let createdBy = "vgg16-feature-cache 0.1.0"

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
    static let skipped = "skipped"
    static let key = "key"
    static let complete = "complete"
  }
}
