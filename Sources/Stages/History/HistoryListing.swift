import Core
import Datasets
import FeatureStore
import Foundation
import Storage
import Support

/// One of the heads that were chosen in a cache folder.
struct ChosenHead {
  /// From 1, the first one first; nil: it is in use, and not in the history.
  let number: Int?
  let path: String
  /// What its file holds, or why it can't be read.
  let head: Result<HeadFile, any Error>
  /// What its caches are; nil where nobody wrote it down.
  let caches: History.Caches?
  /// How it did on the test split, for tables; nil where that is not known.
  let test: String?
  /// Whether it is the one that submit and predict use.
  let isInUse: Bool
  let features: Features

  /// Where the features are that it was trained on and chosen by.
  enum Features: String {
    case inPlace = "in place"
    case kept
    /// Not as they were. Their rows may be in other caches.
    case gone = "not kept"
  }

  /// All of them, those that can't be read, too.
  static func all(in cache: CacheFolder) -> [ChosenHead] {
    let (history, kept) = (History(cache), KeptFeatures(cache))
    let there = FileManager.default.fileExists(atPath: cache.head) ? Result { try HeadFile(cache.head) } : nil
    let inUse = try? there?.get()
    let inPlace = Set(
      [Split.train, .valid].compactMap { (try? FeatureCache.ifThere(cache.features(of: $0)))?.key })
    func features(of head: HeadFile) -> Features {
      let keys = [head.spec.trainKey, head.spec.validKey]
      if keys.allSatisfy(inPlace.contains) { return .inPlace }
      return keys.allSatisfy { inPlace.contains($0) || kept.has($0) } ? .kept : .gone
    }
    func chosen(_ number: Int?, _ path: String, _ head: Result<HeadFile, any Error>) -> ChosenHead {
      let file = try? head.get()
      return ChosenHead(
        number: number, path: path, head: head, caches: file.flatMap(history.caches),
        test: file.flatMap { Self.test(of: $0.chosenKey, in: history) },
        isInUse: file != nil && file?.chosenKey == inUse?.chosenKey, features: file.map(features) ?? .gone)
    }
    let heads = history.heads.enumerated().map { chosen($0.offset + 1, $0.element.path, $0.element.head) }
    guard let there, !heads.contains(where: \.isInUse) else { return heads }
    return heads + [chosen(nil, cache.head, there)]
  }

  private static func test(of key: String, in history: History) -> String? {
    history.test(ofHead: key)?.brief ?? history.tagTest(ofHead: key).map { "F2 \($0.brief)" }
  }

  private static let columns = [
    "", "#", "data", "size", "layer", "head", "chosen", "log-loss", "validation", "test", "features",
  ]

  /// For a terminal: the columns' names, and a row for each head. What heads were trained with is said where they differ.
  ///
  /// - Parameter cache: has the members of ensembles.
  static func table(of heads: [ChosenHead], in cache: CacheFolder) -> [[String]] {
    let ensembles = heads.map { head in try? HeadEnsemble(head.head.get(), in: cache) }
    let options = ensembles.map { $0?.trainedWith }
    let common = options.compactMap(\.self).reduce(nil) { common, own in common?.filter(own.contains) ?? own } ?? []
    let differences = options.map { ($0 ?? []).filter { !common.contains($0) } }
    let table = [columns] + zip(heads, ensembles).map { $0.row($1) }
    guard differences.contains(where: { !$0.isEmpty }) else { return table }
    let cells = differences.map { $0.map { "\($0.name) \($0.value)" }.joined(separator: ", ") }
    let place = columns.firstIndex(of: "head")! + 1
    return zip(table, ["trained with"] + cells).map { row, cell in Array(row[..<place] + [cell] + row[place...]) }
  }

  /// - Parameter ensemble: with its members, whose numbers are an ensemble's own; nil where some can't be read.
  private func row(_ ensemble: HeadEnsemble?) -> [String] {
    let start = [isInUse ? "*" : "", number.map(String.init) ?? "–"]
    guard let head = try? head.get() else {
      return start + ["unreadable: \(path.printable)"] + [String](repeating: "", count: Self.columns.count - 3)
    }
    let features = head.spec.features
    let members = head.choice?.members.count ?? 0
    let day = FileIdentity(path).map { minute(of: $0.modified) } ?? ""
    let name = "\(head.attributes["head"] ?? "head") p\(head.attributes["dropout"] ?? "?")".printable
    let wasTried = head.spec.training.fineTuning != nil
    let tuning = head.isFineTuned ? ", fine-tuned" : wasTried ? ", fine-tuning no better" : ""
    let validation = ensemble?.validation
    return start + [
      (caches?.source.name ?? "?").printable, "\(features.inputSize.height)", features.cut,
      (members > 1 ? "\(members) × \(name)" : name) + tuning, day,
      validation.map { significant($0.logLoss) } ?? "",
      validation.map { ($0.truth.tags == nil ? "" : "F2 ") + $0.measures.brief } ?? "members are missing",
      test ?? "", self.features.rawValue,
    ]
  }
}
