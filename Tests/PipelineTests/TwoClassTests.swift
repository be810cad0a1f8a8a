import Console
import Core
import FeatureStore
import Foundation
import Stages
import Synchronization
import Testing

/// Two classes: thresholds, what is printed of them, and what they decide.
@Suite struct TwoClassTests {
  private static func caches(_ labelNames: [String] = ["cat", "dog"]) throws -> MadeUpCaches {
    let caches = try MadeUpCaches(labelNames: labelNames)
    let count = labelNames.count
    // Some images show another class than their label says.
    try caches.write(
      "valid", labels: (0..<60).map { $0 % count }, truth: (0..<60).map { ($0 % 7 == 0 ? $0 + 1 : $0) % count }, seed: 2
    )
    try caches.write(
      "test", labels: (0..<40).map { $0 % count }, truth: (0..<40).map { ($0 % 5 == 0 ? $0 + 1 : $0) % count }, seed: 3)
    return caches
  }

  private func printed(_ caches: MadeUpCaches) throws -> [String] {
    let lines = Mutex<[String]>([])
    try caches.fitting.fitting(Terminal(quiet: false) { line in lines.withLock { $0.append(line) } }).run()
    return lines.withLock(\.self)
  }

  private func submitted(_ caches: MadeUpCaches) throws -> (labels: [String], record: SubmissionRecord) {
    try caches.submit()
    let lines = String(decoding: try caches.bytes("submission.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
    let record = try #require(Sealed<SubmissionRecord>.read(caches.fitting.cache.submissionProvenance))
    return (lines.map { String($0.split(separator: ",")[1]) }, record)
  }

  /// What is said of a threshold is what comes of it on these images.
  @Test(arguments: [nil, 3] as [Int?]) func theTableIsTrue(folds: Int?) throws {
    let caches = try Self.caches()
    caches.fitting.folding = folds.map(Folding.count)
    let lines = try printed(caches)
    let predictions = try HeadEnsemble(caches.fitting.cache).validation
    #expect(predictions.labels.count == (folds == nil ? 60 : 84))
    for positive in [0, 1] {
      let judgement = try #require(TwoClassJudgement(predictions, positive: positive))
      for recall in [0.8, 0.95, 1] {
        let row = judgement.row(recall: recall)
        let rule = DecisionThreshold(positive: positive, value: row.threshold)
        let called = predictions.labels.indices.filter {
          rule.label(of: predictions.probabilities[2 * $0..<2 * $0 + 2]) == positive
        }
        let right = called.count { predictions.labels[$0] == positive }
        let all = predictions.labels.count { $0 == positive }
        #expect(row.recall == Double(right) / Double(all) && row.recall >= recall)
        #expect(row.precision == Double(right) / Double(called.count))
        #expect(row.falsePositiveRate == Double(called.count - right) / Double(predictions.labels.count - all))
      }
    }
    let judgement = try #require(TwoClassJudgement(predictions, positive: 1))
    let said = "\(folds == nil ? "validation" : "out of fold"): area under the ROC curve "
    #expect(lines.contains { $0.hasPrefix(said) && $0.hasSuffix(judgement.summary(labelNames: ["cat", "dog"])) })
    #expect(lines.contains { $0.contains("recall of dog: threshold ") })
  }

  @Test func thresholdsThatCanBeTyped() {
    for (threshold, short) in [
      (0.3099, 0.3), (0.5, 0.5), (0.999871, 0.99987), (0.00123, 0.0012), (0.0301, 0.03), (1, 0.9999999),
      (0.55000001192, 0.55),
    ] {
      #expect(abs(TwoClassJudgement.short(threshold) - short) < 1e-12, "\(threshold)")
      #expect(TwoClassJudgement.short(threshold) <= threshold)
    }
    #expect([0.3, 0.000049, 0.9999999].map(TwoClassJudgement.text) == ["0.3", "0.000049", "0.9999999"])
    #expect(TwoClassJudgement.text(2.5e-9) == "2.5e-09")
  }

  @Test func aThresholdDecidesTheSubmission() throws {
    let caches = try Self.caches()
    try caches.fitHead()
    let (plain, record) = try submitted(caches)
    let cache = caches.fitting.cache
    let test = try FeatureCache(cache.features(of: .test))
    let head = try HeadFile(cache.head).head
    let pool = WorkerPool(threads: 1)
    let p = head.probabilities(of: try test.matrix(for: head.architecture, pool: pool), on: pool)
    #expect(plain == (0..<40).map { p[2 * $0 + 1] > p[2 * $0] ? "dog" : "cat" })
    let history = History(cache).test(ofHead: try HeadFile(cache.head).chosenKey)
    #expect(record.test == history && history?.count == 40)

    for (positive, name) in [(1, nil), (1, "dog"), (0, "cat")] as [(Int, String?)] {
      caches.submission.decision = DecisionRequest(threshold: 0.9, positive: name)
      let (labels, record) = try submitted(caches)
      let expected = (0..<40).map { Double(p[2 * $0 + positive]) >= 0.9 ? positive : 1 - positive }
      #expect(labels == expected.map { ["cat", "dog"][$0] } && labels != plain)
      let right = try zip(expected, test.classes()).count { [Int32($0)] == $1 }
      #expect(record.test == Accuracy(right: right, of: 40))
      #expect(record.predictions.classCounts == [0, 1].map { label in expected.count { $0 == label } })
      let said = positive == 1 ? "dog where its probability is at least 0.9, cat elsewhere" : "cat where"
      #expect(record.results[0].hasPrefix(said) && record.results.last!.hasPrefix("test accuracy "))
      // The report's headline says what its test accuracy is of.
      #expect(String(decoding: try caches.bytes("report.html"), as: UTF8.self).contains("are right, \(said)"))
      // What heads are compared by is without a threshold.
      #expect(History(cache).test(ofHead: try HeadFile(cache.head).chosenKey) == history)
    }
  }

  /// Copies of training and validation images among the test images say nothing of how good a head is.
  @Test func testImagesThatTheHeadHasSeenDoNotCount() throws {
    let caches = try Self.caches()
    let truth = (0..<40).map { $0 % 2 }
    try caches.write("test", labels: truth, seed: 3, copies: [3: "train 0", 8: "valid 0"])
    try caches.fitHead()
    let (labels, record) = try submitted(caches)
    let counted = labels.indices.filter { ![3, 8].contains($0) }
    #expect(record.test == Accuracy(right: counted.count { labels[$0] == ["cat", "dog"][truth[$0]] }, of: 38))
    #expect(record.results.last == "2 test images that the head was trained on or chosen by do not count")
    #expect(
      History(caches.fitting.cache).test(ofHead: try HeadFile(caches.fitting.cache.head).chosenKey) == record.test)
  }

  /// Of a head that an earlier version wrote nobody knows whether it saw the test images.
  @Test func aHeadThatForgotItsImagesIsNoJudge() throws {
    let caches = try Self.caches()
    try caches.fitHead()
    _ = try submitted(caches)
    let (cache, key) = (caches.fitting.cache, try HeadFile(caches.fitting.cache.head).chosenKey)
    let judged = try #require(History(cache).test(ofHead: key))
    try caches.write("test", labels: (0..<12).map { $0 % 2 }, seed: 8)
    try forgetImages(ofHead: cache.head)
    let warnings = Mutex<[String]>([])
    try Submission(
      from: cache, threads: 2,
      terminal: Terminal(quiet: true, errors: { line in warnings.withLock { $0.append(line) } }) { _ in }
    ).run()
    #expect(
      warnings.withLock {
        $0.count == 1 && $0[0].contains("test.h5: whether the head was trained on some of these images can't be told")
          && $0[0].contains("is not kept in the history; run fit-head")
      })
    let record = try #require(Sealed<SubmissionRecord>.read(cache.submissionProvenance))
    #expect(
      record.test?.count == 12 && record.results.last?.hasPrefix("the head may have been trained on some") == true)
    #expect(History(cache).test(ofHead: key) == judged)
    // Trained anew it is one, and what it replaces is said.
    try caches.fitHead()
    try Submission(
      from: cache, threads: 2,
      terminal: Terminal(quiet: true, errors: { line in warnings.withLock { $0.append(line) } }) { _ in }
    ).run()
    #expect(
      warnings.withLock { $0.last?.contains("its test accuracy was \(judged.brief) before, by other test") } == true)
    #expect(History(cache).test(ofHead: try HeadFile(cache.head).chosenKey)?.count == 12)
  }

  @Test func whatTakesNoThreshold() throws {
    let caches = try Self.caches()
    try caches.fitHead()
    caches.submission.decision = DecisionRequest(threshold: 0.3, positive: "bird")
    #expect { try caches.submit() } throws: { "\($0)" == "--positive bird: no such class; there are cat and dog" }
    caches.submission.decision = DecisionRequest(threshold: 0.3)
    caches.submission.form.format = .probabilities
    #expect { try caches.submit() } throws: {
      "\($0)".hasPrefix("--threshold decides labels, and these are probabilities")
    }
    let three = try Self.caches(["a", "b", "c"])
    #expect(try !printed(three).contains { $0.contains("ROC") })
    three.submission.decision = DecisionRequest(threshold: 0.3)
    #expect { try three.submit() } throws: {
      "\($0)" == "--threshold tells two classes apart, and the head knows 3: the most probable one is answered"
    }
  }
}

/// Numbers that are measured are printed with what they can tell.
@Suite struct MeasuredNumberTests {
  @Test func anAccuracyHasItsNumberAndItsInterval() {
    // statsmodels' proportion_confint(195, 200, method="wilson") is (0.94282…, 0.98928…).
    let accuracy = Accuracy(right: 195, of: 200)
    #expect(accuracy.summary == "97.5 % (195 of 200; 95 % interval 94.3 to 98.9 %)")
    #expect(accuracy.brief == "97.5 % (94.3 to 98.9 %) of 200" && accuracy.withMargin == "97.5 % ± 2.3")
    // Of few, half of the interval would reach beyond what there can be.
    #expect(Accuracy(right: 5, of: 6).withMargin == "83.3 % (43.6 to 97.0 %)")
    #expect(Accuracy(right: 30, of: 30).summary == "100.0 % (30 of 30; 95 % interval 88.6 to 100.0 %)")
  }

  /// The history of earlier versions is still read.
  @Test func whatIsWrittenDownKeepsItsNames() throws {
    let accuracy = try JSONDecoder().decode(Accuracy.self, from: Data(#"{"known": 40, "right": 31}"#.utf8))
    #expect(accuracy == Accuracy(right: 31, of: 40))
  }

  @Test func predictionsAreSummedUp() {
    let predictions = Predictions(probabilities: [0.9, 0.1, 0.4, 0.6, 0.2, 0.8], labels: [0, 0, 1])
    // (-ln 0.9 - ln 0.4 - ln 0.8) / 3 = 0.4149.
    #expect(
      predictions.summary == "validation accuracy 66.7 % (2 of 3; 95 % interval 20.8 to 93.9 %), log-loss 0.41")
  }
}
