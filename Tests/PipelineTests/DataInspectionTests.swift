import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Stages
import Synchronization
import Testing

/// `inspect`, and what `extract --drop` and `--relabel` make of its table.
@Suite struct DataInspectionTests {
  private func inspected(_ caches: MadeUpCaches) throws -> (rows: [[String]], printed: String) {
    let lines = Mutex<[String]>([])
    try Inspection(
      of: caches.fitting.cache, threads: 2,
      terminal: Terminal(quiet: true) { line in lines.withLock { $0.append(line) } }
    ).run()
    let rows = try String(decoding: caches.bytes("suspects.csv"), as: UTF8.self).split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    return (rows, lines.withLock { $0.joined(separator: "\n") })
  }

  @Test func labelsThatLookWrong() throws {
    let caches = try MadeUpCaches()
    // What images 5 and 20 show is another class than they are said to be of.
    let labels = (0..<120).map { $0 % 3 }
    let truth = labels.enumerated().map { [5, 20].contains($0) ? ($1 + 1) % 3 : $1 }
    try caches.write("train", labels: labels, truth: truth)
    caches.fitting.folding = .count(5)
    caches.fitting.training.schedules = [LearningRateSchedule(phases: [.init(epochs: 40, rate: 1e-2)])]
    try caches.fitHead()
    let head = try caches.bytes("head.weights.h5")
    let (rows, printed) = try inspected(caches)
    #expect(rows[0] == ["path", "split", "problem", "given", "suggested", "score"])
    // What the chosen head's folds predict for images that they were trained without.
    let predictions = try HeadEnsemble(caches.fitting.cache).validation
    let names = (1...120).map { ("train", "\($0)") } + (1...18).map { ("valid", "\($0)") }
    let wrong = rows.filter { $0[2] == "label" }
    #expect(
      !wrong.isEmpty
        && wrong.map { $0[1] + $0[0] } == LabelIssues.rows(of: predictions).map { names[$0].0 + names[$0].1 })
    for (row, image) in zip(wrong, LabelIssues.rows(of: predictions)) {
      let p = Array(predictions.probabilities[image * 3..<(image + 1) * 3])
      #expect(row[3] == caches.labelNames[predictions.labels[image]])
      #expect(row[4] == caches.labelNames[p.indices.max { p[$0] < p[$1] }!] && row[4] != row[3])
      #expect(abs(Double(row[5])! - Double(p[predictions.labels[image]])) <= 5e-5)
    }
    #expect(printed.contains("1 label that looks wrong, the likeliest first\n  "))
    #expect(try inspected(caches).rows == rows)
    #expect(try caches.bytes("head.weights.h5") == head)
  }

  /// Where there are no folds, heads of some are trained and kept; none of them is chosen.
  @Test func foldsAreMadeWhereThereAreNone() throws {
    let caches = try MadeUpCaches()
    let (rows, _) = try inspected(caches)
    #expect(!FileManager.default.fileExists(atPath: caches.fitting.cache.head))
    let heads = try caches.heads()
    #expect(heads.count == 5 && heads.allSatisfy { $0.contains("-fold") })
    let bytes = try heads.map { try caches.bytes("heads/" + $0) }
    #expect(try inspected(caches).rows == rows)
    #expect(try caches.heads().map { try caches.bytes("heads/" + $0) } == bytes)
  }

  /// Against the definition, by hand: of class 0 two rows are surely of class 1, of which one is said to be of it by a hair.
  @Test func confidentLearning() {
    func rows(_ p: [[Float]], _ labels: [Int]) -> [Int] {
      LabelIssues.rows(of: Predictions(probabilities: p.flatMap { $0 }, labels: labels))
    }
    let p: [[Float]] = [[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7], [0.05, 0.95]]
    #expect(rows(p, [0, 0, 1, 1, 1, 0]) == [5])
    // Who is right by the prediction is no suspect, whatever the thresholds.
    #expect(rows(p, [0, 0, 1, 1, 1, 1]) == [])
    // A class without rows is never suggested by its threshold.
    #expect(rows([[0.5, 0.4, 0.1], [0.2, 0.7, 0.1]], [0, 1]) == [])
  }

  @Test func nearCopiesAreFoundAmongMany() throws {
    var random = Philox(seed: 5)
    var values = (0..<2000).map { _ in (0..<64).map { _ in max(random.uniform(from: -1, to: 1), 0) } }
    // Each of the last twenty is one of the first, with a little noise.
    for index in 0..<20 {
      values[1980 + index] = values[index * 7].map { max($0 + random.uniform(from: -0.01, to: 0.01), 0) }
    }
    var matrix = FeatureMatrix(columnCount: 64)
    let pool = WorkerPool(threads: 2)
    try matrix.append(dense: values.flatMap { $0 }, on: pool)
    let pairs = try NearCopies(matrix, channels: 64, pool: pool).pairs(pool: pool)
    #expect(Set(pairs.map { [$0.first, $0.second] }) == Set((0..<20).map { [$0 * 7, 1980 + $0] }))
    #expect(pairs.allSatisfy { $0.cosine >= NearCopies.threshold && $0.cosine <= 1.0001 })
  }

  /// From a folder: copies are found, and what the table says is done, without changing the splits.
  @Test func theTableIsTaken() throws {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 8).write(to: pipeline.folder)
    let picture = try pipeline.folder.bytes("photographs/train/cat/cat0.jpg")
    try pipeline.folder.write("photographs/train/dog/copy.jpg", picture)
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    try pipeline.extract()
    let train = pipeline.folder.file("cache/train.h5")
    let before = try FeatureCache(train).filenames()
    let names = Mutex<[String]>([])
    try Inspection(
      of: pipeline.extraction.cache, threads: 2,
      terminal: Terminal(quiet: true) { line in names.withLock { $0.append(line) } }
    ).run()
    let table = try String(decoding: pipeline.bytes("suspects.csv"), as: UTF8.self)
    #expect(table.contains("dog/copy.jpg,train,copy,dog,train cat/cat0.jpg (cat),1.0000"))

    try pipeline.folder.write("drop.csv", Data("path,split\ndog/copy.jpg,train\n".utf8))
    pipeline.extraction.source.options.drop = pipeline.folder.file("drop.csv")
    try pipeline.extract()
    #expect(try FeatureCache(train).filenames() == before.filter { $0 != "dog/copy.jpg" })

    pipeline.extraction.source.options.drop = nil
    try pipeline.folder.write(
      "relabel.csv",
      Data("path,split,problem,given,suggested\ndog/copy.jpg,train,label,dog,cat\ndog/dog1.jpg,train,copy,dog,x\n".utf8)
    )
    pipeline.extraction.source.options.relabel = pipeline.folder.file("relabel.csv")
    try pipeline.extract()
    let cache = try FeatureCache(train)
    let row = try #require(try cache.filenames().firstIndex(of: "dog/copy.jpg"))
    #expect(try cache.labelNames[Int(cache.classes()[row]![0])] == "cat")

    for (text, reason) in [
      ("name\nx\n", "takes a table with a column path"),
      ("path,suggested\nno.jpg,cat\n", "line 2: there is no picture 'no.jpg'"),
      ("path,suggested\ndog/copy.jpg,bird\n", "line 2: there is no class 'bird'"),
      ("path\ndog/copy.jpg\n", "there is none"),
    ] {
      try pipeline.folder.write("relabel.csv", Data(text.utf8))
      #expect { try pipeline.extract() } throws: { "\($0)".contains(reason) }
    }
  }
}
