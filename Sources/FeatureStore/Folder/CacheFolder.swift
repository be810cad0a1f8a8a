import Datasets
import Foundation
import SystemPackage

/// Where things lie in the cache folder.
public struct CacheFolder: Sendable, Equatable {
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

  package func features(of split: Split) -> String { file("\(split.rawValue).h5") }
  /// The folder of a split's parts: rows that are computed, but not yet in a cache file.
  package func parts(of split: Split) -> String { file("\(split.rawValue).parts") }
  /// See ``KeptFeatures``.
  package var kept: String { file("kept") }
  /// See ``History``.
  package var history: String { file("history") }
  /// See ``SharedManifest``.
  package var manifest: String { file("manifest.h5") }
  /// See ``DigestCache``.
  package var digests: String { file(".digests") }
  /// See ``CacheLock``.
  package var lock: String { file(".lock") }
  package var head: String { file("head.weights.h5") }
  /// Every head that was trained.
  package var heads: String { file("heads") }
  /// Behind the name of a head whose fine-tuning is not at its end.
  package static let checkpointSuffix = ".checkpoint"
  package func head(named name: String) -> String { FilePath(heads).appending(name).string }
  /// The name, in the folder of heads, of the head of a key: with what it was trained by before it, for people.
  package static func headName(_ words: String, key: String) -> String { "\(words)-\(key.prefix(8))\(headSuffix)" }
  /// Whether a file of this name is a head, and where a key is given, the one of that key.
  package static func isHead(_ name: String, ofKey key: String? = nil) -> Bool {
    name.hasSuffix(key.map { headName("", key: $0) } ?? headSuffix)
  }
  package static let headSuffix = ".weights.h5"
  package var submission: String { file("submission.csv") }
  /// See ``Report``.
  package var report: String { file("report.html") }
  /// See `Inspection`: suspects.csv, suspects-2.csv, …
  package func suspects(_ number: Int = 1) -> String { file(number == 1 ? "suspects.csv" : "suspects-\(number).csv") }
  /// See ``InspectionRecord``.
  package var inspection: String { file(".inspection.json") }
  /// See `EvaluationReport`.
  package var evaluation: String { file("evaluation.html") }
  /// See ``ImageSource``.
  package var imageSource: String { file(".images.json") }
  /// See ``Preview``.
  package var preview: String { file("preview.png") }
  package var submissionProvenance: String { file("submission.provenance.json") }
  package var weights: String { FilePath(downloads).appending("weights").string }

  private func file(_ name: String) -> String {
    FilePath(path).appending(name).string
  }
}
