import Core
import Foundation
import SystemPackage
import Weights

extension PublishedWeights {
  /// The weights that the options name, or else those in the cache folder.
  ///
  /// - Throws: ``PipelineError`` where there are none; as ``read(contentsOf:)``.
  static func read(_ path: String?, in cache: CacheFolder, network: Backbone? = nil) throws -> PublishedWeights {
    if let path { return try read(contentsOf: path, network: network) }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: cache.weights)) ?? []
    guard let name = names.filter({ !$0.hasPrefix(".") && !$0.hasSuffix(".part") }).min() else {
      throw PipelineError(
        "\(cache.weights): no VGG16 weights here; run ./pipeline.sh setup, or give them with --weights FILE")
    }
    return try read(contentsOf: FilePath(cache.weights).appending(name).string, network: network)
  }
}
