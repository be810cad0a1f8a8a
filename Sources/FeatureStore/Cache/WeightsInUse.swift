import Core
import Foundation
import Support
import SystemPackage
import Weights

/// The weights that a run takes, and why these.
package struct WeightsInUse: Sendable {
  package let path: String
  package let weights: PublishedWeights
  /// Where there were several to choose from: which was taken, and what of the others.
  package var reason: String?

  package init(path: String, weights: PublishedWeights, reason: String? = nil) {
    (self.path, self.weights, self.reason) = (path, weights, reason)
  }

  /// The weights that the options name, or else those in the cache folder. Of several with different digests those that are
  /// known are taken.
  ///
  /// - Throws: ``PipelineError`` where there are none, and where there are several and none is known; as
  ///   `PublishedWeights.read(contentsOf:)`.
  package init(_ path: String?, in cache: CacheFolder, network: Backbone? = nil) throws {
    if let path {
      self.init(path: path, weights: try .read(contentsOf: path, network: network))
      return
    }
    let paths = try cache.weightFiles()
    guard paths.count > 1 else {
      self.init(path: paths[0], weights: try .read(contentsOf: paths[0], network: network))
      return
    }
    self = try Self.chosen(among: paths, network: network)
  }

  private static func chosen(among paths: [String], network: Backbone?) throws -> WeightsInUse {
    let results = paths.map { path in (path, Result { try PublishedWeights.read(contentsOf: path, network: network) }) }
    let readable = results.compactMap { path, result in
      (try? result.get()).map { WeightsInUse(path: path, weights: $0) }
    }
    guard var chosen = readable.first else {
      let reasons = results.compactMap { _, result in
        if case .failure(let error) = result { "\(error)" } else { nil }
      }
      throw PipelineError(reasons.joined(separator: "; "))
    }
    let digests = Set(readable.map(\.weights.digest))
    let known = readable.filter { $0.weights.knownAs != nil }
    if digests.count > 1 {
      guard Set(known.map(\.weights.digest)).count == 1 else {
        let list = readable.map { "\($0.path) (\($0.weights.knownAs ?? "digest \($0.weights.digest.prefix(12))…"))" }
        throw PipelineError(
          "\(list.joined(separator: ", ")): different weights, of which \(known.isEmpty ? "none is" : "several are") known; "
            + "give the ones that you mean with --weights FILE")
      }
      chosen = known[0]
    }
    var others: [String] = []
    for (path, result) in results where path != chosen.path {
      switch result {
      case .success(let weights) where weights.digest == chosen.weights.digest: others.append("\(path) holds the same")
      case .success: others.append("\(path) holds others, which are not known")
      case .failure(let error): others.append("\(error)")
      }
    }
    let why =
      digests.count > 1 ? "these are known" : readable.count > 1 ? "the first of the same weights" : "the only ones"
    chosen.reason =
      "taken of \(paths.count) files: \(why); \(others.joined(separator: "; ")) (--weights FILE gives others)"
    return chosen
  }
}

extension PublishedWeights {
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
      func read() throws -> PublishedWeights { try PublishedWeights(WeightFile(path: path), among: networks) }
      // What else lies there need not be weights.
      guard let weights = try paths.count > 1 ? try? read() : read() else { continue }
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
    let files = names.filter { !$0.hasPrefix(".") && !Self.isBesideWeights($0) }.sorted()
    guard !files.isEmpty else {
      throw PipelineError(
        "\(weights): no VGG16 weights here; run ./pipeline.sh setup, or give them with --weights FILE")
    }
    return files.map { FilePath(weights).appending($0).string }
  }
  /// Whether a file is none of weights by its name: a download that goes on, what describes weights, a shard that an index
  /// tells of.
  private static func isBesideWeights(_ name: String) -> Bool {
    if name.hasSuffix(".safetensors.index.json") { return false }
    let isShard = name.hasSuffix(".safetensors") && name.contains("-of-")
    return isShard || [".part", ".json", ".txt", ".md", ".prototxt"].contains { name.hasSuffix($0) }
  }
}
