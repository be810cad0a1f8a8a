import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Storage
import Support

/// `inspect`: what seems to be wrong with images, from their cached features, what heads predict for images that they were
/// trained without, and the pictures themselves. It changes nothing.
public struct Inspection {
  private let cache: CacheFolder
  private let output: String
  /// The tables that the images were extracted with, and those that were edited since they were written: `output` replaces
  /// none of them.
  private let inUse: [String]
  private let edited: [String]
  private let weights: String?
  private let threads: Int
  private let terminal: Terminal

  /// - Parameters:
  ///   - cache: has the features; its head is used where it is of folds, and its recipe where not.
  ///   - output: the table to write; where nil suspects.csv in the cache folder or, where the images were extracted with
  ///     that, or somebody edited it, suspects-2.csv, and so on.
  ///   - weights: what fine-tuned heads of folds start from; nil: the file in the cache folder.
  ///   - threads: that compute.
  ///   - terminal: told what is found.
  public init(
    of cache: CacheFolder, output: String? = nil, weights: String? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, terminal: Terminal
  ) {
    self.cache = cache
    let written = Sealed<InspectionRecord>.read(cache.inspection)?.tableDigest
    func isInUse(_ table: String) -> Bool { OutputPath(path: table, option: "--output").wasExtracted(to: cache) }
    func isEdited(_ table: String) -> Bool {
      FileManager.default.fileExists(atPath: table) && (try? AtomicFile.digest(of: table)) != written
    }
    let tables = (1...).lazy.map { cache.suspects($0) }
    let kept = output == nil ? Array(tables.prefix { isInUse($0) || isEdited($0) }) : []
    inUse = kept.filter(isInUse)
    edited = kept.filter { !isInUse($0) }
    self.output = output ?? cache.suspects(kept.count + 1)
    (self.weights, self.threads, self.terminal) = (weights, threads, terminal)
  }

  /// Prints what was found, and writes it to a table.
  ///
  /// - Parameter completion: called in the end with the key of the head that is chosen, if there is one.
  /// - Throws: `PipelineError` where there are no features, or they can't be dealt out to folds; as `HeadFitting`.
  public func run(completion: (_ head: String) -> Void = { _ in }) throws {
    // A folder that is no cache gets no lock.
    _ = try FeatureCache(cache.features(of: .train))
    let lock = try cache.locked(for: .inspect, isRequired: true, say: terminal.warn)
    defer { withExtendedLifetime(lock) {} }
    let images = try InspectedImages(cache)
    try OutputPath(path: output, option: "--output").check(cache, inputs: [])
    let known = try linesInUse()
    let heads = try HeadFitting(
      in: cache, weights: weights, execution: .init(threads: threads), terminal: terminal
    ).foldHeads()
    let pool = WorkerPool(threads: threads, terminal: terminal)
    let copies = images.copies() + (try images.nearCopies(pool: pool, terminal: terminal))
    let labels = try images.labelIssues(heads, folder: cache, pool: pool, terminal: terminal)
    let pictures = images.pictureProblems(cache, pool: pool, terminal: terminal)
    let suspects = (copies + labels.suspects + (pictures ?? [])).filter { !known.places.contains($0.place) }
    let lines = [Suspect.columns] + known.lines + suspects.map(\.fields)
    try AtomicFile.replace(output, with: lines.map(CommaSeparated.line).joined().utf8)
    let record = images.record(
      suspects, table: try AtomicFile.digest(of: output), picturesUnseen: pictures == nil, labelsUnjudged: heads == nil)
    try AtomicFile.replace(cache.inspection, with: try Sealed(record).json())
    say(suspects, images, labelsLeftOut: labels.leftOut, record, linesInUse: known.lines.count)
    if let head = try? HeadFile(cache.head) { completion(head.chosenKey) }
  }

  /// The lines of the table that the images were extracted with, as far as that heeded them: they go on to be needed, and what
  /// they are of was looked at. None where its columns are others, or there are several.
  ///
  /// - Throws: `DatasetError` where it was edited and is no table.
  private func linesInUse() throws -> (lines: [[String]], places: Set<Suspect.Place>) {
    guard inUse.count == 1, let options = ImageSource(cache)?.options else { return ([], []) }
    let table = try TextTable(contentsOf: inUse[0], separator: nil, mayBeEmpty: true)
    let columns = Suspect.columns.compactMap { table.columns.firstIndex(of: $0) }
    guard columns.count == Suspect.columns.count else { return ([], []) }
    func takes(_ table: String?) -> Bool { table.flatMap(FileIdentity.init) == FileIdentity(inUse[0]) }
    let (drops, relabels) = (takes(options.drop), takes(options.relabel))
    let lines = table.rows.map { row in columns.map { row.fields[$0] } }
      .map { (fields: $0, place: Suspect.Place($0)) }
      .filter { drops || relabels && $0.place?.problem == .label }
    return (lines.map(\.fields), Set(lines.compactMap(\.place)))
  }

  private func say(
    _ suspects: [Suspect], _ images: InspectedImages, labelsLeftOut: Int, _ record: InspectionRecord, linesInUse: Int
  ) {
    for problem in Suspect.Problem.allCases where !record.isUnseen(problem) {
      let own = suspects.filter { $0.problem == problem }
      let crossings = images.crossings(own).map { " (\($0))" } ?? ""
      func order(_ words: String) -> String { own.isEmpty ? "" : ", \(words)" }
      let title =
        switch problem {
        case .copy: "\(count(own.count, "copy", plural: "copies")) of other images, to the last byte\(crossings)"
        case .nearCopy: "\(count(own.count, "near copy", plural: "near copies")) of other images\(crossings)"
        case .label:
          count(own.count + labelsLeftOut, "label that looks wrong", plural: "labels that look wrong")
            + (labelsLeftOut == 0
              ? order("the likeliest first")
              : ", the likeliest \(grouped(own.count)) of them in the table; mend these, and look again")
        case .oneColour: "\(count(own.count, "picture")) of one colour"
        case .blurred: count(own.count, "blurred picture") + order("the worst first")
        case .tiny: count(own.count, "tiny picture")
        case .oddSize: "\(count(own.count, "picture")) of an odd size"
        }
      terminal.print(title)
      for suspect in own.prefix(Self.shown) {
        let detail =
          switch problem {
          case .label where images.areTagged:
            "given \(suspect.given.shortened); looks like \(suspect.suggested), \(percent(1 - suspect.score))"
          case .label:
            "given \(suspect.given), which has \(percent(suspect.score)); looks like \(suspect.suggested)"
          case .copy, .nearCopy:
            (suspect.given.isEmpty ? "" : "\(suspect.given.shortened); ") + "as \(suspect.suggested)"
          case .oneColour, .blurred, .tiny, .oddSize: suspect.suggested
          }
        terminal.print("  \(suspect.split) \(suspect.name): \(detail)".printable)
      }
      if own.count > Self.shown { terminal.print("  and \(grouped(own.count - Self.shown)) more") }
    }
    if record.picturesUnseen == true { terminal.print("colours, sharpness and sizes of the pictures: not looked at") }
    images.notes().forEach(terminal.print)
    for table in edited { terminal.print("\(table): stays as it is: it is not what inspect wrote last") }
    let others = "\(inUse.joined(separator: ", ")), with which these were extracted"
    guard !suspects.isEmpty else {
      return terminal.print(
        "\(output): no lines" + (linesInUse > 0 ? " but the \(grouped(linesInUse)) of \(others)" : ""))
    }
    let isContinued = linesInUse > 0
    let lines = count(suspects.count, isContinued ? "new line" : "line")
    let before = isContinued ? " behind the \(grouped(linesInUse)) of \(others) and whose place it takes" : ""
    let after = isContinued || inUse.isEmpty ? "" : "; give them behind the lines of \(others)"
    terminal.print(
      "\(output): \(lines)\(before); delete those of images that are right, then extract "
        + "\(images.areTagged ? "--drop" : "--drop or --relabel") takes the rest\(after)")
  }

  /// So many of each kind are printed.
  private static let shown = 5
}
