import Datasets
import Foundation
import Storage
import Support
import SystemPackage

/// What was extracted and trained in a cache folder, in its folder `history`: every choice of `fit-head`, as its head file, and
/// what belongs to it that no head file knows. It decides nothing; without it, heads that were there can't be brought back.
package struct History {
  /// The caches that were made together.
  package struct Caches: Codable, Equatable {
    package let train: String
    package let valid: String
    /// Nil where there was no test split.
    package let test: String?
    package let source: ImageSource
    /// What it took to compute a row of features; nil where all were there.
    package fileprivate(set) var secondsPerRow: Double?

    /// - Parameters: the caches' keys, where their images came from, and what a row of features took.
    package init(train: String, valid: String, test: String?, source: ImageSource, secondsPerRow: Double? = nil) {
      (self.train, self.valid, self.test, self.source) = (train, valid, test, source)
      self.secondsPerRow = secondsPerRow
    }

    fileprivate func split(ofKey key: String) -> Split? {
      // Two splits of the same images have the same key.
      switch key {
      case train: .train
      case valid: .valid
      case test: .test
      default: nil
      }
    }
  }

  /// What is in the file.
  private struct Record: Codable {
    /// In the order in which they were made.
    var caches: [Caches] = []
    /// The names of the heads' files, in the order in which they were chosen.
    var heads: [String] = []
    /// How many of the test images whose classes are known the heads got right, by their keys.
    var tests: [String: Accuracy] = [:]
    /// The same of images that have any number of tags; records that were written before there were these have none.
    var tagTests: [String: F2Score]?
  }

  private let folder: String
  package let recordPath: String
  private var record: Record
  /// Whether the record could be read. Without it nobody knows where images came from, and how heads did on the test split.
  package let isKnown: Bool

  /// Reads what there is. A record that is missing or damaged is an empty one.
  package init(_ cache: CacheFolder) {
    folder = cache.history
    recordPath = FilePath(folder).appending(".caches.json").string
    let known = Sealed<Record>.read(recordPath)
    (record, isKnown) = (known ?? Record(), known != nil)
  }

  // MARK: - Looking

  /// Where the caches that a head was trained on and chosen by came from; nil where nobody wrote it down.
  package func caches(of head: HeadFile) -> Caches? {
    record.caches.last { $0.train == head.spec.trainKey && $0.valid == head.spec.validKey }
  }

  /// Which split a cache is of, and where its images came from; nil where nobody wrote it down.
  package func origin(ofKey key: String) -> (split: Split, source: ImageSource)? {
    record.caches.reversed().lazy.compactMap { caches in
      caches.split(ofKey: key).map { ($0, caches.source) }
    }.first
  }

  /// How a head did on the test split; nil where its classes are not known.
  package func test(ofHead key: String) -> Accuracy? { record.tests[key] }

  /// How a head of tags did on the test split; nil where no image's tags are known.
  package func tagTest(ofHead key: String) -> F2Score? { record.tagTests?[key] }

  /// A head that was chosen: what its file holds, or why it can't be read.
  package typealias Chosen = (path: String, head: Result<HeadFile, any Error>)

  /// The heads that were chosen, the first one first.
  package var heads: [Chosen] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let order = Dictionary(zip(record.heads, 0...).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    let sorted = names.filter { CacheFolder.isHead($0) }.sorted {
      (order[$0] ?? .max, $0) < (order[$1] ?? .max, $1)
    }
    return sorted.map { name in
      let path = FilePath(folder).appending(name).string
      return (path, Result { try HeadFile(path) })
    }
  }

  // MARK: - Writing

  /// Remembers caches that were made. Failing to is no failure of the extraction.
  package mutating func add(_ caches: Caches) {
    let isSame = { (other: Caches) in
      other.train == caches.train && other.valid == caches.valid && other.test == caches.test
    }
    var caches = caches
    caches.secondsPerRow = caches.secondsPerRow ?? record.caches.last(where: isSame)?.secondsPerRow
    guard record.caches.last != caches else { return }
    record.caches.removeAll(where: isSame)
    record.caches.append(caches)
    save()
  }

  /// Remembers how a head did on the test split.
  package mutating func add(_ test: Accuracy, ofHead key: String) {
    guard record.tests[key] != test else { return }
    record.tests[key] = test
    save()
  }

  /// Remembers how a head of tags did on the test split.
  package mutating func add(_ test: F2Score, ofHead key: String) {
    guard record.tagTests?[key] != test else { return }
    record.tagTests = (record.tagTests ?? [:]).merging([key: test]) { $1 }
    save()
  }

  private func save() {
    guard let json = try? Sealed(record).json(), (try? prepareFolder(folder)) != nil else { return }
    try? AtomicFile.replace(recordPath, with: json)
  }

  /// Makes the folder, so that whether a head can be kept is known before it is trained.
  ///
  /// - Throws: ``PipelineError``.
  package func prepare() throws { try prepareFolder(folder) }

  /// Keeps the head that was chosen under a name of its own.
  ///
  /// - Parameters:
  ///   - path: the head file.
  ///   - key: of the choice.
  /// - Throws: `StorageError` or ``PipelineError``.
  package mutating func keep(_ path: String, key: String) throws {
    let name = String(key.prefix(16)) + CacheFolder.headSuffix
    let kept = FilePath(folder).appending(name).string
    let isKept = (try? HeadFile(kept))?.chosenKey == key
    // In a folder where nobody can write, what is there need not be written.
    guard !isKept || !record.heads.contains(name) else { return }
    try prepare()
    if !isKept { try AtomicFile.replace(kept, with: AtomicFile.contents(of: path)) }
    guard !record.heads.contains(name) else { return }
    record.heads.append(name)
    save()
  }
}
