import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Storage
import Support
import SystemPackage

/// `history`: what was extracted and trained in a cache folder, and the way back to it.
public struct HistoryKeeping {
  private let cache: CacheFolder
  private let threads: Int
  private let terminal: Terminal

  /// - Parameter threads: that read features through before they are taken back.
  public init(
    _ cache: CacheFolder, threads: Int = ProcessInfo.processInfo.activeProcessorCount, terminal: Terminal
  ) {
    (self.cache, self.threads, self.terminal) = (cache, threads, terminal)
  }

  // MARK: - Looking

  /// Says which heads were chosen, on which features, and which features are kept.
  ///
  /// - Throws: `PipelineError` where there is no such folder.
  public func list() throws {
    try cache.requireFolder()
    let heads = ChosenHead.all(in: cache)
    if heads.isEmpty {
      terminal.print("\(cache.path): no head was trained here yet")
    } else if heads.count == 1, heads[0].number == nil, case .failure(let error) = heads[0].head {
      terminal.print("\(error)")
    } else {
      aligned(ChosenHead.table(of: heads, in: cache)).forEach(terminal.print)
      terminal.note(
        "* in use; ./pipeline.sh history --use N brings another one back, with its features where they are kept")
      let history = History(cache)
      if !history.isKnown {
        terminal.print(
          "\(history.recordPath): is missing or damaged: of which data earlier features are, and how heads did on the test "
            + "split, is not known")
      }
    }
    let kept = keptFeatures
    guard !kept.isEmpty else { return }
    terminal.print("kept features, \(size(KeptFeatures(cache).bytes)) in \(cache.kept):")
    for line in aligned([KeptFeatures.columns] + kept, firstNumber: 5) { terminal.print("  " + line) }
  }

  private var keptFeatures: [[String]] {
    let history = History(cache)
    return KeptFeatures(cache).sorted(history).map(\.row) + KeptFeatures(cache).earlier.map(\.row)
  }

  // MARK: - Going back

  /// Brings a head back, and the features that it was trained on where they are kept.
  ///
  /// - Parameters:
  ///   - number: of the listing.
  ///   - completion: called with the head's key in the end, where its features are in place, while nobody else can change the
  ///     folder.
  /// - Throws: `PipelineError` where there is no such head; as the files' writers.
  public func use(_ number: Int, completion: (_ head: String) -> Void = { _ in }) throws {
    try cache.requireFolder()
    // A folder that is no cache is left as it is, without a lock.
    _ = try chosen(number)
    let lock = try cache.locked(for: .history, isRequired: true, say: terminal.warn)
    defer { withExtendedLifetime(lock) {} }
    let chosen = try chosen(number)
    let head = try chosen.head.get()
    // A member of an ensemble that is missing would be missed later.
    let ensemble = try HeadEnsemble(head, in: cache)
    var history = History(cache)
    if let present = try? HeadFile(cache.head) { try history.keep(cache.head, key: present.chosenKey) }
    let isThere = try bringBackFeatures(of: chosen)
    if !chosen.isInUse { try AtomicFile.replace(cache.head, with: AtomicFile.contents(of: head.path)) }
    terminal.print("\(cache.head): \(head.choice?.summary ?? "head \(number)")")
    if isThere {
      terminal.note(
        isSubmitted(ensemble)
          ? "\(cache.submission): is its submission" : "./pipeline.sh submit writes its submission")
    } else {
      terminal.warn(
        "\(cache.path): the features of this head are not kept as they were; predict needs none, and extract with the "
          + "options of then (--size \(head.spec.features.inputSize.height) --layer \(head.spec.features.cut), --data, --limit, --drop, --relabel) "
          + "makes them again; it computes no rows that other features here have")
      if FileManager.default.fileExists(atPath: cache.report) {
        terminal.warn("\(cache.report): is of another head; fit-head writes one of this, once its features are there")
      }
    }
    // A report shows the images that it was trained on.
    if isThere { completion(ensemble.key) }
  }

  /// - Throws: `PipelineError` where there is no head of that number.
  private func chosen(_ number: Int) throws -> ChosenHead {
    let heads = ChosenHead.all(in: cache).filter { $0.number != nil }
    guard let chosen = heads.first(where: { $0.number == number }) else {
      throw PipelineError(
        heads.isEmpty
          ? "\(cache.path): no head was trained here yet"
          : "--use \(number): the heads here are 1 to \(heads.count); ./pipeline.sh history lists them")
    }
    return chosen
  }

  /// Whether the submission that is there is this head's, of the features that are there.
  private func isSubmitted(_ ensemble: HeadEnsemble) -> Bool {
    guard let record = Sealed<SubmissionRecord>.read(cache.submissionProvenance), record.headKey == ensemble.key,
      let test = try? FeatureCache.ifThere(cache.features(of: .test)), record.testKey == test.key
    else { return false }
    return record.digest == (try? AtomicFile.digest(of: cache.submission))
  }

  /// Exchanges the caches that are there for those of the head. What was done of it before a kill is not done again.
  ///
  /// - Returns: whether those that it was trained on and chosen by are in place now.
  private func bringBackFeatures(of chosen: ChosenHead) throws -> Bool {
    guard chosen.features != .gone, let caches = chosen.caches else { return chosen.features == .inPlace }
    let kept = KeptFeatures(cache)
    let pool = WorkerPool(threads: threads, terminal: terminal)
    let keys: [(split: Split, key: String?)] = [(.train, caches.train), (.valid, caches.valid), (.test, caches.test)]
    let exchanges = try keys.compactMap { split, key -> Exchange? in
      let current = try FeatureCache.ifThere(cache.features(of: split))
      guard current?.key != key else { return nil }
      // Before anything is moved: all that there is can be read.
      let wanted = try key.flatMap { kept.has($0) ? try kept.verified($0, pool: pool) : nil }
      return Exchange(split: split, current: current, wanted: wanted?.spec)
    }
    for (index, exchange) in exchanges.enumerated() {
      let path = cache.features(of: exchange.split)
      if let current = exchange.current { try kept.keep(current) }
      if let wanted = exchange.wanted {
        let staysKept = exchanges[(index + 1)...].contains { $0.wanted?.key == wanted.key }
        try kept.putBack(wanted, to: path, staysKept: staysKept)
        terminal.note("\(path): taken back from \(cache.kept)")
      } else if exchange.current != nil {
        // It has moved already where the file system has no hard links.
        guard unlink(path) == 0 || errno == ENOENT else {
          throw PipelineError("\(path): is not of this head, and can't be removed: \(lastSystemError())")
        }
        terminal.warn("\(path): is not of this head, and lies in \(cache.kept) now; its own is not kept")
      }
    }
    caches.source.save(in: cache)
    return true
  }

  /// What becomes of a split's cache.
  private struct Exchange {
    let split: Split
    let current: FeatureCache?
    /// Nil where it is not kept.
    let wanted: CacheSpec?
  }
}

extension KeptFeatures {
  /// Those that can be read, each with its row for a terminal, what belongs together one after the other.
  func sorted(_ history: History) -> [(entry: Entry, row: [String])] {
    func order(_ entry: Entry) -> [String] {
      let split = history.origin(ofKey: entry.cache.key).flatMap { Split.allCases.firstIndex(of: $0.split) } ?? 0
      return [history.origin(ofKey: entry.cache.key)?.source.name ?? "", entry.cache.spec.features.key, "\(split)"]
    }
    return entries.sorted { order($0).lexicographicallyPrecedes(order($1)) }.map { ($0, $0.row(history)) }
  }

  static let columns = ["data", "split", "size", "layer", "type", "images", "on disk"]
}

extension EarlierCache {
  /// For a terminal, in the order of the columns. Nobody wrote down where its images came from.
  var row: [String] {
    let side = attributes[CacheSchema.Attribute.inputSize]?.split(separator: "x").first.map(String.init)
    return [
      "?", "?", (side ?? "?").printable, (attributes[CacheSchema.Attribute.layer] ?? "?").printable,
      (isRounded ? FeatureType.float16 : .float32).rawValue, grouped(rowCount), size(bytes),
    ]
  }
}

extension KeptFeatures.Entry {
  /// For a terminal, in the order of the columns.
  ///
  /// - Parameter history: knows where its images came from.
  func row(_ history: History) -> [String] {
    let origin = history.origin(ofKey: cache.key)
    return [
      (origin?.source.name ?? "?").printable, origin?.split.rawValue ?? "?", "\(cache.spec.features.inputSize.height)",
      cache.spec.features.cut,
      cache.spec.storage.type.rawValue, grouped(cache.rowCount), size(bytes),
    ]
  }
}
