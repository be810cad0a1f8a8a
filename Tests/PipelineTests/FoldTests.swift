import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Stages
import Synchronization
import Testing

/// fit-head --folds.
@Suite struct FoldTests {
  private func folded(_ caches: MadeUpCaches, _ folding: Folding = .count(3)) throws -> HeadEnsemble {
    caches.fitting.folding = folding
    try caches.fitHead()
    return try HeadEnsemble(caches.fitting.cache)
  }

  private func members(_ caches: MadeUpCaches) throws -> [HeadFile] {
    let cache = caches.fitting.cache
    return try #require(try HeadFile(cache.head).choice).members.map { try HeadFile(cache.head(named: $0)) }
  }

  @Test func everyImageIsPredictedOnceByAHeadThatWasTrainedWithoutIt() throws {
    let caches = try MadeUpCaches()
    let ensemble = try folded(caches)
    // 36 of the train cache, 18 of the validation cache.
    #expect(ensemble.members.count == 3)
    #expect(ensemble.validation.labels.count == 54)
    let members = try members(caches)
    #expect(members.flatMap { $0.validation.images! }.sorted() == Array(0..<54))
    for (index, member) in members.enumerated() {
      #expect(member.spec.fold == FoldSpec(folding: .count(3), seed: 2, index: index))
      // Of every class a third.
      for label in 0..<3 { #expect(member.validation.labels.count { $0 == label } == 6) }
      // No held-out image chooses among the epochs.
      #expect(member.bestEpoch == member.epochs.count)
      // What is said of a fold is what its head predicts for it.
      let pool = WorkerPool(threads: 1)
      let features = try [Split.train, .valid].map {
        try FeatureCache(caches.fitting.cache.features(of: $0)).matrix(for: member.head.architecture, pool: pool)
      }
      var all = features[0]
      all.append(features[1])
      let heldOut = all.selecting(member.validation.images!)
      #expect(member.head.probabilities(of: heldOut, on: pool) == member.validation.probabilities)
    }
  }

  /// What is held out has no influence on the head, and neither have its augmented passes.
  @Test(arguments: [nil, 2] as [Int?]) func nothingOfAFoldLeaks(passes: Int?) throws {
    let labels = (0..<36).map { $0 % 3 }
    func heads(changing changed: Int?) throws -> [HeadFile] {
      let caches = try MadeUpCaches()
      let rows = (0...(passes ?? 0)).flatMap { _ in labels }
      // The class that an image's features, and those of its passes, are of: of one of them another one than its label.
      let truth = rows.enumerated().map { row, label in row % 36 == changed ? (label + 1) % 3 : label }
      try caches.write(
        "train", labels: rows, truth: truth,
        passes: (0...(passes ?? 0)).flatMap { [UInt8](repeating: UInt8($0), count: 36) })
      _ = try folded(caches)
      return try members(caches)
    }
    let (before, after) = (try heads(changing: nil), try heads(changing: 7))
    for (one, other) in zip(before, after) {
      #expect((one.head.values == other.head.values) == one.validation.images!.contains(7))
    }
    #expect(before.count { $0.validation.images!.contains(7) } == 1)
  }

  @Test func groupsAndCopiesStayTogether() throws {
    let caches = try MadeUpCaches()
    // Twelve groups, some in both caches.
    let groups = (0..<36).map { "driver \($0 % 12)" }
    try caches.write("train", labels: (0..<36).map { $0 / 12 }, groups: groups)
    try caches.write("valid", labels: (0..<18).map { $0 / 6 }, groups: (0..<18).map { "driver \($0 % 9)" }, seed: 2)
    let ensemble = try folded(caches)
    let members = try members(caches)
    let all = groups + (0..<18).map { "driver \($0 % 9)" }
    let ofFold = members.map { Set($0.validation.images!.map { all[$0] }) }
    for (index, one) in ofFold.enumerated() {
      for other in ofFold[(index + 1)...] { #expect(one.isDisjoint(with: other)) }
    }
    #expect(ensemble.file.choice?.summary.contains("(3 folds, 54 images, groups kept whole), log-loss ") == true)
    _ = try folded(caches, .groups)
    #expect(try self.members(caches).count == 12)
  }

  @Test func aSweepIsJudgedByTheSameImages() throws {
    let caches = try MadeUpCaches()
    caches.fitting.heads.dropouts = [0.2, 0.3, 0.9]
    let ensemble = try folded(caches)
    let table = try #require(ensemble.file.choice?.comparisons.first)
    #expect(table.title == "What was tried in folds, the best first")
    #expect(table.rows.count == 3 && table.rows[0].last == "the best")
    #expect(table.rows.dropFirst().allSatisfy { $0.last!.hasSuffix("within noise") || $0.last!.hasSuffix("worse") })
    let losses = table.rows.map { Double($0[3])! }
    #expect(losses == losses.sorted())
  }

  @Test func withAnEnsembleAndPseudoLabels() throws {
    let caches = try MadeUpCaches()
    caches.fitting.combination = HeadCombination(ensemble: 2, pseudoLabelling: PseudoLabelling())
    let ensemble = try folded(caches)
    #expect(ensemble.members.count == 6 && ensemble.validation.labels.count == 54)
    for member in try members(caches) {
      // A fold's teachers are of that fold.
      #expect(member.spec.pseudoLabels?.teachers.count == 2)
    }
    #expect(Set(try members(caches).map { $0.spec.pseudoLabels!.teachers }).count == 3)
    try caches.submission.submission.run()
    #expect(try caches.bytes("submission.csv").count > 0)
  }

  @Test func fineTuningInFolds() throws {
    let pipeline = try TinyBackboneTests.pipeline()
    pipeline.extraction.features.layer = "block1_pool"
    pipeline.fitting.weights = pipeline.extraction.features.weights
    pipeline.fitting.training.fineTuning = FineTuning(
      schedule: LearningRateSchedule(phases: [.init(epochs: 2, rate: 1e-3)]))
    pipeline.fitting.folding = .count(2)
    try pipeline.runAll()
    let ensemble = try HeadEnsemble(pipeline.fitting.cache)
    #expect(ensemble.members.count == 2 && ensemble.members.allSatisfy { $0.tail != nil })
    #expect(ensemble.validation.labels.count == 36)
    // The report shows images of both caches.
    #expect(
      try String(decoding: pipeline.bytes("report.html"), as: UTF8.self).contains(
        "of 36 images are right, each told by heads that were trained without it"))
  }

  /// The same heads, whatever the threads.
  @Test func theSameBytes() throws {
    let (one, two) = (try MadeUpCaches(), try MadeUpCaches())
    one.fitting.execution.threads = 1
    _ = (try folded(one), try folded(two))
    #expect(try one.heads() == two.heads())
    for name in try one.heads() { #expect(try one.bytes("heads/" + name) == two.bytes("heads/" + name), "\(name)") }
    #expect(try one.bytes("head.weights.h5") == two.bytes("head.weights.h5"))
  }

  /// Folds deal out the training images, too: none need be held out for validation. Without folds a head can't be chosen.
  @Test func noValidationImages() throws {
    let caches = try MadeUpCaches()
    try caches.write("valid", labels: [])
    #expect { try caches.fitHead() } throws: {
      "\($0)".contains("valid.h5: no images: there is nothing to choose a head by; extract --valid-fraction 0.3")
    }
    let ensemble = try folded(caches)
    #expect(ensemble.members.count == 3 && ensemble.validation.count == 36)
  }

  @Test func whatCanNotBeFolded() throws {
    let caches = try MadeUpCaches()
    #expect { try folded(caches, .groups) } throws: { "\($0)".hasPrefix("--folds groups: the images have no groups") }
    #expect { try folded(caches, .count(60)) } throws: {
      "\($0)".hasSuffix("there are only 54 images to be held apart")
    }
    try caches.write("train", labels: (0..<36).map { $0 < 35 ? $0 % 2 : 2 })
    try caches.write("valid", labels: (0..<18).map { $0 % 2 }, seed: 2)
    #expect { try folded(caches) } throws: { "\($0)".hasPrefix("c: its 1 image can't be in two folds") }
    for text in ["1", "101", "many", "-3", ""] {
      #expect(throws: (any Error).self) { try Folding(parsing: text) }
    }
    #expect(try Folding(parsing: "groups") == .groups && Folding(parsing: "7") == .count(7))
  }

  /// A head of a fold that is gone, and a fold's file in the place of another's.
  @Test func aMissingFoldIsTold() throws {
    let caches = try MadeUpCaches()
    _ = try folded(caches)
    let names = try #require(try HeadFile(caches.fitting.cache.head).choice).members
    let first = try caches.bytes("heads/" + names[0])
    try caches.folder.write("cache/heads/" + names[1], first)
    #expect { try HeadEnsemble(caches.fitting.cache) } throws: { "\($0)".contains("heads of some folds are missing") }
    try FileManager.default.removeItem(atPath: caches.fitting.cache.head(named: names[1]))
    #expect { try HeadEnsemble(caches.fitting.cache) } throws: {
      "\($0)".contains("the mean of 3 heads, of which ")
        && "\($0)".hasSuffix("copy the folder heads with it, or run fit-head again")
    }
  }

  /// Each head says what it was trained on; together that is all images.
  @Test func whatEachHeadHasSeen() throws {
    let caches = try MadeUpCaches()
    _ = try folded(caches)
    let cache = caches.fitting.cache
    let digests = try [Split.train, .valid].flatMap { try FeatureCache(cache.features(of: $0)).digests() }
    let ensemble = try HeadEnsemble(cache)
    #expect(digests.allSatisfy { ensemble.seenImages?.contains($0) == true })
    for name in try #require(ensemble.file.choice).members {
      let head = try HeadFile(cache.head(named: name))
      let heldOut = Set(try #require(head.validation.images))
      #expect(!heldOut.isEmpty)
      for (image, digest) in digests.enumerated() {
        #expect(head.seenImages?.contains(digest) == !heldOut.contains(image))
      }
    }
    // Heads that an earlier version wrote, which did not say so, are written anew, and not trained.
    let paths = [cache.head] + (try caches.heads().map(cache.head(named:)))
    let bytes = try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    try paths.forEach(forgetImages)
    #expect(try HeadEnsemble(cache).seenImages == nil)
    try caches.fitHead()
    #expect(try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) } == bytes)
  }
}
