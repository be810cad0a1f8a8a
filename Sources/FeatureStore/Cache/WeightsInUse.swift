import Core
import Foundation
import Support
import SystemPackage
import Weights

extension PublishedWeights {
  /// The weights that the options name, or else those in the cache folder.
  ///
  /// - Throws: ``PipelineError`` where there are none; as ``read(contentsOf:)``.
  package static func read(_ path: String?, in cache: CacheFolder, network: Backbone? = nil) throws -> PublishedWeights
  {
    if let path { return try read(contentsOf: path, network: network) }
    return try read(contentsOf: try cache.weightFiles()[0], network: network)
  }

  /// The weights that a head is for: those that the options name, or else those in the cache folder that have the digest.
  ///
  /// - Parameters:
  ///   - path: a weight file; nil: those in the cache folder are looked through.
  ///   - features: what the head is for.
  ///   - head: the path of its file.
  /// - Throws: ``PipelineError`` where there are none; as ``read(contentsOf:)``.
  package static func read(
    _ path: String?, in cache: CacheFolder, for features: FeatureSpec, ofHead head: String
  ) throws -> PublishedWeights {
    let paths = try path.map { [$0] } ?? cache.weightFiles()
    // The network's own table comes first: it need be none of those that are known by a name.
    let networks = [features.backbone] + Backbone.all.filter { $0 != features.backbone }
    for path in paths {
      let weights = try PublishedWeights(WeightFile(path: path), among: networks)
      if weights.digest == features.weightsDigest { return weights }
    }
    throw PipelineError(
      "is for the weights with the digest \(features.weightsDigest.prefix(12))…, and \(paths.joined(separator: ", ")) "
        + "\(paths.count == 1 ? "has" : "have") another; give them with --weights FILE", about: head)
  }
}

extension CacheFolder {
  /// The weight files here, by name.
  ///
  /// - Throws: ``PipelineError`` where there are none.
  package func weightFiles() throws -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: weights)) ?? []
    let files = names.filter { !$0.hasPrefix(".") && !$0.hasSuffix(".part") }.sorted()
    guard !files.isEmpty else {
      throw PipelineError(
        "\(weights): no VGG16 weights here; run ./pipeline.sh setup, or give them with --weights FILE")
    }
    return files.map { FilePath(weights).appending($0).string }
  }
}
