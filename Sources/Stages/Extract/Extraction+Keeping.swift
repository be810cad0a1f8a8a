import Core
import Datasets
import FeatureStore
import Foundation
import Support

// What becomes of caches that give way to others.

extension Extraction {
  /// Keeps the caches that are about to be replaced: another split may want rows of theirs, and so may a later run.
  ///
  /// With `--discard`, those that have no row of any use to this run go at once, to make room.
  ///
  /// - Returns: the keys of those that are kept.
  func keepFeatures(of plans: [SplitPlan]) throws -> [String] {
    let kept = KeptFeatures(settings.cache)
    return try plans.compactMap { plan in
      guard let cache = try? FeatureCache(settings.cache.features(of: plan.split)) else { return nil }
      if settings.discard, cache.spec.features != plan.spec.features {
        guard unlink(cache.path) == 0 else {
          throw PipelineError("\(cache.path): can't be removed: \(lastSystemError())")
        }
        return nil
      }
      try kept.keep(cache)
      return cache.key
    }
  }

  /// Once all caches are there: those that gave way to them and have rows that they have not stay, and a line says so.
  ///
  /// - Parameter replaced: the keys of the caches that gave way.
  func finish(_ plans: [SplitPlan], replaced: [String]) throws {
    let kept = KeptFeatures(settings.cache)
    if settings.discard { try replaced.forEach(kept.remove) }
    kept.removeWhatIs(in: Split.allCases.map(settings.cache.features))
    remember(plans)
    let there = kept.entries
    guard !replaced.isEmpty, !there.isEmpty else { return }
    terminal.note(
      "\(settings.cache.kept): \(count(there.count, "cache")) of other features kept, \(size(kept.bytes)); going back to "
        + "them computes nothing (./pipeline.sh history lists them, clean removes them)")
  }

  private func remember(_ plans: [SplitPlan]) {
    func key(_ split: Split) -> String? { plans.first { $0.split == split }?.spec.key }
    guard let train = key(.train), let valid = key(.valid) else { return }
    var history = History(settings.cache)
    history.add(.init(train: train, valid: valid, test: key(.test), source: imageSource))
  }
}
