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
    let kept = KeptFeatures(cache)
    return try plans.compactMap { plan in
      guard let old = try? FeatureCache(cache.features(of: plan.split)) else {
        return try keepEarlier(cache.features(of: plan.split), of: plan)
      }
      if execution.discard, old.spec.features != plan.spec.features {
        guard unlink(old.path) == 0 else {
          throw PipelineError("can't be removed: \(lastSystemError())", about: old.path)
        }
        return nil
      }
      try kept.keep(old)
      return old.key
    }
  }

  /// Keeps a cache of the schema before, so that no row of it is lost where this run is for others.
  ///
  /// - Returns: its key where it is kept.
  private func keepEarlier(_ path: String, of plan: SplitPlan) throws -> String? {
    guard let old = EarlierCache(path), !execution.discard || old.isMade(as: plan.spec.features) else { return nil }
    try KeptFeatures(cache).keep(old)
    return old.key
  }

  /// Once all caches are there: those that gave way to them and have rows that they have not stay, and a line says so.
  ///
  /// - Parameters:
  ///   - replaced: the keys of the caches that gave way.
  ///   - computed: what was not there.
  func finish(_ plans: [SplitPlan], replaced: [String], computed: ComputedRows = ComputedRows()) throws {
    let kept = KeptFeatures(cache)
    if execution.discard { try replaced.forEach(kept.remove) }
    kept.removeWhatIs(in: Split.allCases.map(cache.features), pool: pool)
    remember(plans, computed)
    guard !replaced.isEmpty else { return }
    let entries = kept.entries
    let current = entries.count { $0.cache.spec.features.isOfThisVersion } + kept.earlier.count
    if current > 0 {
      terminal.note(
        "\(cache.kept): \(count(current, "cache")) of other features kept, \(size(kept.bytes)); going back to "
          + "them computes nothing (./pipeline.sh history lists them, clean removes them)")
    }
    let outdated = entries.filter { !$0.cache.spec.features.isOfThisVersion }
    if !outdated.isEmpty {
      terminal.note(
        "\(cache.kept): \(count(outdated.count, "cache")) by the arithmetic of another version of this program, which is of no "
          + "use to this one, \(size(outdated.reduce(0) { $0 + $1.bytes })) (./pipeline.sh clean removes what is kept)")
    }
  }

  private func remember(_ plans: [SplitPlan], _ computed: ComputedRows) {
    func key(_ split: Split) -> String? { plans.first { $0.split == split }?.spec.key }
    guard let train = key(.train), let valid = key(.valid) else { return }
    var history = History(cache)
    history.add(
      .init(
        train: train, valid: valid, test: key(.test), source: imageSource, secondsPerRow: computed.secondsPerRow))
  }
}
