import Core
import FeatureStore
import Foundation
import Support

/// One of the heads that were chosen in a cache folder.
struct ChosenHead {
  /// From 1, the first one first.
  let number: Int
  let head: HeadFile
  /// What its caches are; nil where nobody wrote it down.
  let caches: History.Caches?
  /// How it did on the test split; nil where that is not known.
  let test: History.TestResult?
  /// Whether it is the one that submit and predict use.
  let isInUse: Bool
  let features: Features

  /// Where the features are that it was trained on.
  enum Features: String {
    case inPlace = "in place"
    case kept
    /// `extract` would compute them, or find their rows in other caches.
    case gone
  }

  /// All of them.
  static func all(in cache: CacheFolder) -> [ChosenHead] {
    let history = History(cache)
    let inUse = (try? HeadFile(cache.head))?.choice?.key
    let inPlace = [try? FeatureCache.ifThere(cache.features(of: .train))?.key].compactMap(\.self)
    let kept = Set(KeptFeatures(cache).entries.map(\.cache.key))
    return history.heads.enumerated().map { index, head in
      let train = head.spec.trainKey
      return ChosenHead(
        number: index + 1, head: head, caches: history.caches(of: head),
        test: history.test(ofHead: head.choice?.key ?? ""),
        isInUse: head.choice?.key == inUse,
        features: inPlace.contains(train) ? .inPlace : kept.contains(train) ? .kept : .gone)
    }
  }

  static let columns = ["", "#", "data", "size", "layer", "head", "log-loss", "validation", "test", "features"]

  /// For a terminal, in the order of the columns.
  ///
  /// - Parameter cache: has the members of an ensemble.
  func row(in cache: CacheFolder) -> [String] {
    let features = head.spec.features
    let members = head.choice?.members.count ?? 0
    let name = "\(head.attributes["head"] ?? "head") p\(head.attributes["dropout"] ?? "?")".printable
    let validation = (try? HeadEnsemble(head, in: cache))?.validation ?? head.validation
    let metrics = validation.metrics
    let share = test.map { "\(percent(Double($0.right) / Double($0.known))) of \(grouped($0.known))" }
    return [
      isInUse ? "*" : "", "\(number)", (caches?.source.name ?? "?").printable, "\(features.inputSize.height)",
      features.cut,
      members > 1 ? "\(members) × \(name)" : name, fixed(metrics.logLoss, 4),
      "\(percent(metrics.accuracy)) of \(grouped(validation.labels.count))", share ?? "", self.features.rawValue,
    ]
  }
}
