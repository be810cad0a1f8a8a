import Core
import FeatureStore
import Foundation
import HDF5
import Stages
import Testing

/// What fit-head's options do to what it writes.
@Suite struct HeadFittingTests {
  @Test func metricsAndHistoryAreInTheHeadFile() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    let head = try caches.head()
    let confusion = try head.dataset("metrics/confusion")
    #expect(confusion.shape == [3, 3])
    #expect(try confusion.read(Int32.self).reduce(0, +) == 18)
    #expect(try head.dataset("metrics/class_accuracy").read(Double.self).count == 3)
    #expect(try head.dataset("metrics/top_accuracy").read(Double.self).last == 1)
    let metrics = try head.group("metrics")
    for name in ["log_loss", "macro_f1", "expected_calibration_error"] {
      #expect(try metrics.attribute(name, as: Double.self).isFinite, "\(name)")
    }
    let losses = try head.dataset("history/val_loss").read(Double.self)
    let best = try head.attribute("best_epoch", as: Int.self)
    #expect(losses.count == 4 && losses[best - 1] == losses.min())
    #expect(abs(try metrics.attribute("log_loss", as: Double.self) - losses[best - 1]) < 1e-5)
    #expect(try head.dataset("validation/probabilities").shape == [18, 3])
  }

  private static let settings = [
    "heads", "dropouts", "schedules", "patience", "batchSize", "classWeights", "labelSmoothing", "l2", "seed",
  ]

  /// Whoever adds one adds it there; those of other tests are the passes and what is fine-tuned.
  @Test func everySettingIsAmongThem() {
    let there = Mirror(reflecting: TrainingRequest()).children.compactMap(\.label)
    let tried = Set(Self.settings).subtracting(["heads", "dropouts"])
    #expect(Set(there) == tried.union(["augmentedPasses", "fineTuning"]))
  }

  /// Every setting that changes the result makes another head; one that doesn't, the same bytes.
  @Test(arguments: settings) func everySettingCounts(_ name: String) throws {
    let caches = try MadeUpCaches()
    // Unbalanced, or balanced class weights would change nothing.
    try caches.write("train", labels: (0..<40).map { min($0 % 5, 2) })
    try caches.fitHead()
    let before = try caches.bytes("head.weights.h5")
    switch name {
    case "heads": caches.fitting.heads.designs = [.hidden([24])]
    case "dropouts": caches.fitting.heads.dropouts = [0.5]
    case "schedules": caches.fitting.training.schedules = [LearningRateSchedule(phases: [.init(epochs: 4, rate: 2e-2)])]
    case "patience": caches.fitting.training.patience = 1
    case "batchSize": caches.fitting.training.batchSize = 16
    case "classWeights": caches.fitting.training.classWeights = .balanced
    case "labelSmoothing": caches.fitting.training.labelSmoothing = 0.1
    case "l2": caches.fitting.training.l2 = 0.01
    default: caches.fitting.training.seed = 9
    }
    try caches.fitHead()
    #expect(try caches.bytes("head.weights.h5") != before)
    #expect(try caches.heads().count == 2, "the former head is kept")
  }

  @Test func patienceEndsTraining() throws {
    let caches = try MadeUpCaches()
    caches.fitting.training.schedules = [LearningRateSchedule(phases: [.init(epochs: 200, rate: 5e-2)])]
    caches.fitting.training.patience = 3
    try caches.fitHead()
    let head = try caches.head()
    let losses = try head.dataset("history/val_loss").read(Double.self)
    #expect(losses.count < 200)
    #expect(losses.count - (try head.attribute("best_epoch", as: Int.self)) == 3)
  }

  @Test(arguments: [(nil, 40), (7, 40), (1, 20), (0, 10)])
  func augmentedPassesAreLimited(passes: Int?, rows: Int) throws {
    let caches = try MadeUpCaches()
    // Passes beyond the limit have other labels, so that the head of fewer passes tells.
    let labels = (0..<40).map { ($0 + $0 / 10) % 3 }
    try caches.write("train", labels: labels, passes: (0..<40).map { UInt8($0 / 10) })
    caches.fitting.training.augmentedPasses = passes
    try caches.fitHead()
    let alone = try MadeUpCaches()
    try alone.write("train", labels: Array(labels[..<rows]))
    try alone.fitHead()
    #expect(
      try caches.head().dataset("layers/dense/vars/0").read(Float.self)
        == alone.head().dataset("layers/dense/vars/0").read(Float.self))
  }

  @Test func aSweepKeepsTheBestAndAll() throws {
    let caches = try MadeUpCaches()
    caches.fitting.heads.dropouts = [0.1, 0.5]
    caches.fitting.heads.designs = [.fastai, .hidden([16])]
    try caches.fitHead()
    #expect(try caches.heads().count == 4)
    let losses = try caches.heads().map { name in
      try caches.head("heads/" + name).dataset("history/val_loss").read(Double.self).min()!
    }
    #expect(try caches.head().dataset("history/val_loss").read(Double.self).min() == losses.min())
    let table: [String] = try caches.head().attribute("table")
    #expect(table.count == 5)
    let points = try #require(try HeadFile(caches.fitting.cache.head).choice).comparisons[0].points
    #expect(points?.map(\.loss) == losses.sorted())

    // The same heads one by one are there already: the bytes of one alone are those of the sweep.
    let dates = try caches.heads().map { try date("heads/" + $0, caches) }
    caches.fitting.execution.threads = 1
    caches.fitting.heads.dropouts = [0.5]
    caches.fitting.heads.designs = [.fastai]
    try caches.fitHead()
    #expect(try caches.heads().map { try date("heads/" + $0, caches) } == dates)
    let alone = try MadeUpCaches()
    alone.fitting.heads.dropouts = [0.5]
    try alone.fitHead()
    #expect(try caches.bytes("head.weights.h5") == alone.bytes("head.weights.h5"))
  }

  private func date(_ name: String, _ caches: MadeUpCaches) throws -> Date {
    try FileManager.default.attributesOfItem(atPath: caches.folder.file("cache/" + name))[.modificationDate] as! Date
  }
}

/// Data and options that no head can come of are refused in one line, and no head is written.
@Suite struct HeadRefusalTests {
  private func expectRefusal(_ caches: MadeUpCaches, _ words: String) throws {
    #expect {
      try caches.fitHead()
    } throws: {
      "\($0)".contains(words) && !"\($0)".contains("\n")
    }
    #expect(try !caches.folder.names(in: "cache").contains("head.weights.h5"))
  }

  @Test func oneClass() throws {
    let caches = try MadeUpCaches()
    try caches.write("train", labels: [Int](repeating: 1, count: 20))
    try expectRefusal(caches, "all images are of one class, b: a head needs two to tell apart")
    try expectRefusal(try MadeUpCaches(labelNames: ["only"]), "all images are of one class, only")
  }

  @Test func aClassMissingInTrain() throws {
    let caches = try MadeUpCaches()
    try caches.write("train", labels: (0..<20).map { $0 % 2 })
    try expectRefusal(caches, "train.h5: no images of c: a head can't learn what it never sees")
  }

  @Test func aClassMissingInValidAndFewRowsAreNoObstacle() throws {
    let caches = try MadeUpCaches()
    try caches.write("valid", labels: [0, 1, 0, 1])
    caches.fitting.training.batchSize = 64
    try caches.fitHead()
    let accuracies = try caches.head().dataset("metrics/class_accuracy").read(Double.self)
    #expect(accuracies[2].isNaN && !accuracies[0].isNaN)
    #expect(try caches.head().dataset("layers/dense/vars/0").read(Float.self).allSatisfy(\.isFinite))
  }

  @Test func unknownLabels() throws {
    let caches = try MadeUpCaches()
    try caches.write("train", labels: [0, 1, 2, -1])
    try expectRefusal(caches, "some rows have no label")
  }

  @Test func featuresThatAreNoNumbers() throws {
    let caches = try MadeUpCaches()
    try caches.write("train", labels: (0..<20).map { $0 % 3 }, badRow: 13)
    try expectRefusal(caches, "train.h5: the features of row 13 hold a value that is not a finite number")
  }

  @Test func divergence() throws {
    let caches = try MadeUpCaches()
    caches.fitting.training.schedules = [LearningRateSchedule(phases: [.init(epochs: 4, rate: 1e38)])]
    try expectRefusal(caches, "is not a number; lower the learning rate (--schedule)")
    // In a sweep it is only the one that is out.
    caches.fitting.training.schedules.append(LearningRateSchedule(phases: [.init(epochs: 2, rate: 1e-3)]))
    try caches.fitHead()
    #expect(try caches.head().attribute("schedule", as: String.self) == "2@0.001")
  }
}

/// Several heads of one recipe, and images without labels.
@Suite struct EnsembleTests {
  private func probabilities(_ caches: MadeUpCaches) throws -> [Float] {
    caches.submission.form.format = .probabilities
    caches.submission.clip = .off
    try caches.submit()
    return String(decoding: try caches.bytes("submission.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
      .flatMap { line in line.split(separator: ",").dropFirst().map { Float($0)! } }
  }

  @Test func submitAveragesTheMembers() throws {
    let caches = try MadeUpCaches()
    caches.fitting.combination.ensemble = 3
    try caches.fitHead()
    let members: [String] = try caches.head().attribute("members")
    #expect(try members.count == 3 && Set(members) == Set(caches.heads()))
    #expect(try caches.head().attribute("table", as: [String].self).count == 5)
    let averaged = try probabilities(caches)

    let single = try MadeUpCaches()
    let alone = try (2...4).map { seed in
      single.fitting.training.seed = UInt64(seed)
      try single.fitHead()
      return try probabilities(single)
    }
    #expect(alone[0] != alone[1] && alone[1] != alone[2])
    for index in averaged.indices {
      let mean = alone.reduce(0) { $0 + $1[index] } / 3
      #expect(abs(averaged[index] - mean) < 1e-6)
    }
    let before = try caches.bytes("head.weights.h5")
    try FileManager.default.removeItem(atPath: caches.folder.file("cache/heads/" + members[1]))
    try FileManager.default.removeItem(atPath: caches.folder.file("cache/submission.csv"))
    #expect { try caches.submit() } throws: { "\($0)".contains(members[1]) && "\($0)".contains("fit-head") }
    try caches.fitHead()
    #expect(try caches.bytes("head.weights.h5") == before, "the member that was missing is trained again")
    try caches.submit()
  }

  @Test func pseudoLabelsAreMixedIn() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    let without = try caches.head().dataset("layers/dense/vars/0").read(Float.self)
    caches.fitting.combination.pseudoLabelling = PseudoLabelling(share: 0.5)
    try caches.fitHead()
    let with = try caches.bytes("head.weights.h5")
    #expect(try caches.head().dataset("layers/dense/vars/0").read(Float.self) != without)
    #expect(try caches.head().attribute("table", as: [String].self).map { $0.prefix(4) } == ["on t", "with", "with"])
    #expect(try caches.heads().count == 2, "the head that labelled them, and the one that learned from it")
    // The labels in the test cache are never looked at, its features are.
    try caches.write("test", labels: [Int](repeating: -1, count: 12), seed: 3)
    try caches.fitHead()
    #expect(try caches.bytes("head.weights.h5") != with)
    caches.fitting.combination.pseudoLabelling = nil
    try caches.fitHead()
    #expect(try caches.head().dataset("layers/dense/vars/0").read(Float.self) == without)
  }

  @Test func onlyTestImagesArePseudoLabelled() throws {
    #expect(try PseudoLabelling(parsing: "test") == PseudoLabelling(share: 0.25))
    #expect(try PseudoLabelling(parsing: "test:0.4").share == 0.4)
    for (text, words) in [
      ("valid", "heads are chosen and judged by them"), ("train", "have labels"), ("x", "expected test"),
      ("test:0", "more than 0 and less than 1"), ("test:1", "less than 1"), ("test:nan", "less than 1"),
    ] {
      #expect { try PseudoLabelling(parsing: text) } throws: { "\($0)".contains(words) }
    }
  }
}
