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
  /// - Throws: ``PipelineError`` where there are none; as ``read(contentsOf:)``.
  package static func read(
    _ path: String?, in cache: CacheFolder, withDigest digest: String, for head: String
  ) throws -> PublishedWeights {
    let paths = try path.map { [$0] } ?? cache.weightFiles()
    for path in paths {
      let weights = try read(contentsOf: path)
      if weights.digest == digest { return weights }
    }
    throw PipelineError(
      "\(head): is for the weights with the digest \(digest.prefix(12))…, and \(paths.joined(separator: ", ")) "
        + "\(paths.count == 1 ? "has" : "have") another; give them with --weights FILE")
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
