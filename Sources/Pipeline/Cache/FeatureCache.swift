import Core
import Foundation
import HDF5

/// A split's cache file, opened for reading and found to be complete and of this version's schema.
struct FeatureCache: Sendable {
  let path: String
  /// The root attributes that are text: provenance, `key`, `weights_source`, `created_by`.
  let attributes: [String: String]
  let labelNames: [String]
  let origin: FeatureOrigin
  let skipped: [SkippedImage]
  let featureShape: FeatureShape
  let rowCount: Int

  private let file: HDF5File
  let features: HDF5Dataset

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
    attributes = try file.textAttributes()
    labelNames = try file.dataset("label_names").read(String.self)
    origin = FeatureOrigin(attributes: attributes, labelNames: labelNames)
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

  /// Whether the features come from a pooling layer.
  var layerPools: Bool {
    attributes[CacheSchema.Attribute.layer].flatMap { VGG16.Layer($0) }?.isPooling ?? false
  }

  /// Indices into ``labelNames``; −1 where unknown.
  func labels() throws -> [Int32] {
    let labels = try file.dataset("labels").read(Int32.self)
    guard labels.count == rowCount, labels.allSatisfy({ $0 >= -1 && $0 < labelNames.count }) else {
      throw PipelineError("\(path): /labels does not fit /features and /label_names; run extract again")
    }
    return labels
  }

  /// The rows of the images themselves and of their first augmented passes.
  ///
  /// - Parameter augmentedPasses: how many passes; all where nil.
  func rows(augmentedPasses: Int?) throws -> [Int] {
    let passes = try file.dataset("augmentation").read(UInt8.self)
    guard passes.count == rowCount else {
      throw PipelineError("\(path): /augmentation does not fit /features; run extract again")
    }
    return passes.indices.filter { Int(passes[$0]) <= augmentedPasses ?? .max }
  }

  func filenames() throws -> [String] {
    let names = try file.dataset("filenames").read(String.self)
    guard names.count == rowCount else {
      throw PipelineError("\(path): /filenames does not fit /features; run extract again")
    }
    return names
  }
}

extension HDF5Object {
  /// The attributes that are a single text.
  func textAttributes() throws -> [String: String] {
    var texts: [String: String] = [:]
    for name in try attributeNames where try attributeType(name) == .string && attributeShape(name).isEmpty {
      texts[name] = try attribute(name, as: String.self)
    }
    return texts
  }
}
