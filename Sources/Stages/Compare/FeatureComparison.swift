import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Storage
import Support

/// Several sizes or layers side by side: how good the head is that each was trained with, and what its features cost.
public struct FeatureComparison {
  private let cache: CacheFolder
  private var candidates: [Candidate] = []

  public init(_ cache: CacheFolder) {
    self.cache = cache
  }

  private struct Candidate {
    let size: ImageSize
    let cut: String
    let shape: FeatureShape
    let validation: Predictions
    /// To compute the features of all images; nil where nobody wrote it down.
    let seconds: Double?
    /// Of the caches.
    let bytes: Int
  }

  /// Takes what lies in the folder: its features, and the head that was trained on them.
  ///
  /// - Throws: `PipelineError` where there is no head, or no features.
  public mutating func add() throws {
    let head = try HeadFile(cache.head)
    let caches = try Split.allCases.compactMap { try FeatureCache.ifThere(cache.features(of: $0)) }
    guard let first = caches.first else { throw PipelineError("\(cache.path): no features; run ./pipeline.sh extract") }
    let images = caches.reduce(0) { $0 + $1.rowCount }
    let bytes = caches.reduce(0) { $0 + (FileIdentity($1.path)?.size ?? 0) }
    let seconds = History(cache).caches(of: head)?.secondsPerRow
    candidates.append(
      Candidate(
        size: head.spec.features.inputSize, cut: head.spec.features.cut, shape: first.featureShape,
        validation: try HeadEnsemble(head, in: cache).validation, seconds: seconds.map { $0 * Double(images) },
        bytes: bytes))
  }

  /// That of the lowest log-loss, in the order in which they were added; of equal ones the first.
  ///
  /// - Precondition: there is one.
  public var best: Int {
    candidates.indices.min { candidates[$0].validation.logLoss < candidates[$1].validation.logLoss }!
  }

  /// The best first. All are judged by the same images.
  public var lines: [String] {
    let best = candidates[best].validation
    let sorted = candidates.enumerated().sorted {
      ($0.element.validation.logLoss, $0.offset) < ($1.element.validation.logLoss, $1.offset)
    }
    return HeadComparison(
      title: "Features that were compared, the best first",
      columns: [
        "size", "layer", "features", "log-loss", best.scoreName, "log-loss against the best", "to extract", "on disk",
      ],
      rows: sorted.map { index, candidate in
        let verdict = index == self.best ? "the best" : candidate.validation.differenceInLoss(from: best)
        return [
          "\(candidate.size.height)", candidate.cut, "\(candidate.shape)",
          significant(candidate.validation.logLoss), candidate.validation.measures.withMargin, verdict,
          candidate.seconds.map(duration) ?? "?", size(candidate.bytes),
        ]
      }, firstNumber: 3
    ).lines
  }
}
