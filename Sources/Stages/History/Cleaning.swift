import Console
import Datasets
import FeatureStore
import Foundation
import Storage
import Support

/// `clean`: frees the space of what is not in use. It says what would go; nothing goes unless it is told to.
public struct Cleaning {
  private let cache: CacheFolder
  private let terminal: Terminal

  public init(_ cache: CacheFolder, terminal: Terminal) {
    self.cache = cache
    self.terminal = terminal
  }

  /// Something that can go.
  private struct Item {
    let words: [String]
    let bytes: Int
    let remove: () throws -> Void
  }

  /// - Parameter removes: whether what is listed is removed, too.
  /// - Throws: `PipelineError` where there is no such folder, or something can't be removed.
  public func run(removes: Bool) throws {
    try cache.requireFolder()
    // Looking takes no lock, which would leave a file in any folder that is looked at.
    let isSomethingThere = !items.isEmpty
    let lock = removes && isSomethingThere ? try cache.locked(for: .clean, isRequired: true, say: terminal.warn) : nil
    defer { withExtendedLifetime(lock) {} }
    let items = items
    guard !items.isEmpty else { return terminal.print("\(cache.path): nothing to free") }
    let total = size(items.reduce(0) { $0 + $1.bytes })
    let columns = ["what"] + KeptFeatures.columns.dropFirst()
    aligned([columns] + items.map(\.words), firstNumber: 5).forEach(terminal.print)
    guard removes else {
      return terminal.print("\(total) can be freed: ./pipeline.sh clean --yes; what is in use stays")
    }
    for item in items { try item.remove() }
    KeptFeatures(cache).removeFolderIfEmpty()
    terminal.print("\(cache.path): \(total) freed")
  }

  private var items: [Item] { keptFeatures + parts + checkpoints + unchosenHeads }

  private var keptFeatures: [Item] {
    let (history, kept) = (History(cache), KeptFeatures(cache))
    return kept.sorted(history).map { entry, row in
      Item(words: ["features of \(row[0])"] + row.dropFirst(), bytes: entry.bytes) {
        try remove(entry.cache.path)
      }
    }
      + kept.earlier.map { earlier in
        let row = earlier.row
        return Item(words: ["features of an earlier version"] + row.dropFirst(), bytes: earlier.bytes) {
          try remove(earlier.path)
        }
      }
      + kept.unreadable.map { path, bytes in
        Item(words: [path.printable, "unreadable", "", "", "", "", size(bytes)], bytes: bytes) { try remove(path) }
      }
  }

  /// What extractions that were stopped left: they go on from there.
  private var parts: [Item] {
    guard !FileManager.default.fileExists(atPath: cache.manifest) else { return [] }
    return Split.allCases.compactMap { split in
      let folder = cache.parts(of: split)
      let files = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
      guard !files.isEmpty else { return nil }
      let bytes = files.reduce(0) { $0 + (FileIdentity("\(folder)/\($1)")?.size ?? 0) }
      return Item(words: ["of a stopped extraction", split.rawValue, "", "", "", "", size(bytes)], bytes: bytes) {
        try remove(folder)
      }
    }
  }

  /// What trainings that were stopped left: they go on from there.
  private var checkpoints: [Item] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: cache.heads)) ?? []
    return names.filter { $0.hasSuffix(CacheFolder.checkpointSuffix) }.sorted().map { name in
      let path = cache.head(named: name)
      let bytes = FileIdentity(path)?.size ?? 0
      return Item(words: ["of a stopped fine-tuning", "", "", "", "", "", size(bytes)], bytes: bytes) {
        try remove(path)
      }
    }
  }

  /// What is left of sweeps, learning curves and the folds of `inspect`: none of these heads, nor an ensemble that they are
  /// members of, was chosen. Where they are asked for again they are trained again.
  private var unchosenHeads: [Item] {
    // What one that can't be read is made of is not known.
    guard let chosen = try? ChosenHead.all(in: cache).map({ try $0.head.get() }) else { return [] }
    let members = Set(chosen.flatMap { $0.choice?.members ?? [] })
    let names = (try? FileManager.default.contentsOfDirectory(atPath: cache.heads)) ?? []
    let paths = names.filter { name in
      CacheFolder.isHead(name) && !members.contains(name)
        && !chosen.contains { CacheFolder.isHead(name, ofKey: $0.key) }
    }.map(cache.head(named:))
    guard !paths.isEmpty else { return [] }
    let bytes = paths.reduce(0) { $0 + (FileIdentity($1)?.size ?? 0) }
    let words = ["\(count(paths.count, "head")) that \(paths.count == 1 ? "was" : "were") not chosen"]
    return [Item(words: words + ["", "", "", "", "", size(bytes)], bytes: bytes) { try paths.forEach(remove) }]
  }

  private func remove(_ path: String) throws {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw PipelineError("\(path): can't be removed: \(lastSystemError())")
    }
  }
}
