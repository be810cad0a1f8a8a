import Core
import Foundation
import HDF5

/// A split's cache file, opened for reading and found to be complete and of this version's schema.
struct FeatureCache: Sendable {
  let path: String
  /// The root attributes that are text: provenance, `key`, `weights_source`, `created_by`.
  let attributes: [String: String]
  let labelNames: [String]
  let skipped: [SkippedImage]
  let featureShape: FeatureShape
  let rowCount: Int

  private let file: HDF5File
  private let features: HDF5Dataset

  /// - Throws: ``PipelineError`` or `HDF5Error` when there is no such file, or it is no complete feature cache.
  init(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw PipelineError("\(path): no such cache; run ./pipeline.sh extract first")
    }
    self.path = path
    file = try HDF5File.open(path)
    guard let schema = try? file.attribute(CacheSchema.Attribute.schema, as: String.self), schema == CacheSchema.name,
      try file.attributeNames.contains(CacheSchema.Attribute.complete)
    else {
      throw PipelineError("\(path): not a complete feature cache of schema \(CacheSchema.name); run extract again")
    }
    var attributes: [String: String] = [:]
    for name in try file.attributeNames { attributes[name] = try? file.attribute(name, as: String.self) }
    self.attributes = attributes
    labelNames = try file.dataset("label_names").read(String.self)
    skipped = try file.attribute(CacheSchema.Attribute.skipped, as: [String].self).map(SkippedImage.init(json:))
    features = try file.dataset("features")
    guard features.shape.count == 4 else {
      throw PipelineError("\(path): /features has shape \(features.shape), expected N×H×W×C; run extract again")
    }
    rowCount = features.shape[0]
    featureShape = FeatureShape(height: features.shape[1], width: features.shape[2], channels: features.shape[3])
  }

  /// What decides the content; see ``Provenance``.
  var key: String { attributes[CacheSchema.Attribute.key] ?? "" }

  /// Indices into ``labelNames``; −1 where unknown.
  func labels() throws -> [Int32] {
    let labels = try file.dataset("labels").read(Int32.self)
    guard labels.count == rowCount, labels.allSatisfy({ $0 >= -1 && $0 < labelNames.count }) else {
      throw PipelineError("\(path): /labels does not fit /features and /label_names; run extract again")
    }
    return labels
  }

  func filenames() throws -> [String] {
    let names = try file.dataset("filenames").read(String.self)
    guard names.count == rowCount else {
      throw PipelineError("\(path): /filenames does not fit /features; run extract again")
    }
    return names
  }
}
