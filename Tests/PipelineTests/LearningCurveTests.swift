import Core
import FeatureStore
import Foundation
import Stages
import Testing

/// fit-head --learning-curve, and what fit-head says is to be tried next.
@Suite struct LearningCurveTests {
  /// 36 images of three classes train a head, 18 judge it. In three folds 54 do both: of each class a quarter of 18 are 5, two
  /// thirds of which a fold's head is trained on.
  @Test(arguments: [(nil, ["9", "18", "36"]), (Folding.count(3), ["10", "18", "36"])])
  func sharesOfTheImages(folding: Folding?, counts: [String]) throws {
    let caches = try MadeUpCaches()
    caches.fitting.folding = folding
    try caches.fitHead()
    let plain = try HeadEnsemble(caches.fitting.cache)
    caches.fitting.learningCurve = true
    try caches.fitHead()
    let drawn = try HeadEnsemble(caches.fitting.cache)
    let table = try #require(drawn.file.choice?.comparisons.last)
    #expect(table.rows.map { $0[0] } == ["25.0 %", "50.0 %", "100.0 %"])
    #expect(table.rows.map { $0[1] } == counts.map { "\($0) images" })
    // The head itself, and what it is worth, are as they were.
    #expect(drawn.validation.probabilities == plain.validation.probabilities)
    #expect(table.rows.last?[3] == plain.validation.accuracy.withMargin)
    #expect(drawn.file.choice?.comparisons.dropLast() == plain.file.choice?.comparisons[...])

    let cache = caches.fitting.cache
    let files = try FileManager.default.contentsOfDirectory(atPath: cache.heads).map {
      try HeadFile(cache.head(named: $0))
    }
    for share in [0.25, 0.5] { #expect(files.count { $0.spec.share == share } == (folding == nil ? 1 : 3)) }
    #expect(files.filter { $0.spec.share == nil }.count == (folding == nil ? 1 : 3))
  }

  /// Copies of an image and images of a group are trained on together or not at all, and so are an image's passes.
  @Test func passesStayWithTheirImage() throws {
    let labels = (0..<36).map { $0 % 3 }
    func shared(changing changed: Int?) throws -> [[Float]] {
      let caches = try MadeUpCaches()
      let rows = labels + labels
      let truth = rows.enumerated().map { row, label in row % 36 == changed ? (label + 1) % 3 : label }
      try caches.write(
        "train", labels: rows, truth: truth, passes: [0, 1].flatMap { [UInt8](repeating: $0, count: 36) })
      caches.fitting.learningCurve = true
      try caches.fitHead()
      let cache = caches.fitting.cache
      return try FileManager.default.contentsOfDirectory(atPath: cache.heads)
        .map { try HeadFile(cache.head(named: $0)) }.filter { $0.spec.share == 0.25 }.map {
          $0.head.values.flatMap(\.self)
        }
    }
    let before = try shared(changing: nil)
    #expect(before.count == 1)
    // A quarter of 36 images decides the head: with both of its passes, an image does or does not.
    let deciding = try (0..<36).count { try shared(changing: $0) != before }
    #expect(deciding == 9)
  }

  /// Of two images a class a quarter and a half are the same one, and of one image there is no share.
  @Test(arguments: [(6, ["3", "6"]), (3, nil)])
  func sharesOfFewImages(images: Int, counts: [String]?) throws {
    let caches = try MadeUpCaches()
    try caches.write("train", labels: (0..<images).map { $0 % 3 })
    caches.fitting.learningCurve = true
    try caches.fitHead()
    let table = try HeadFile(caches.fitting.cache.head).choice?.comparisons.first { $0.title.hasPrefix("Learning") }
    #expect(table?.rows.map { $0[1] } == counts?.map { "\($0) images" })
  }

  // MARK: - What to try next

  /// Predictions of which some are wrong: `errors` rows of class 0 are taken for class 1.
  private func predictions(_ count: Int, errors: Int, confidence: Float = 0.9) -> Predictions {
    let labels = (0..<count).map { $0 % 3 }
    var left = errors
    let probabilities = labels.flatMap { label -> [Float] in
      var predicted = label
      if label == 0, left > 0 { (predicted, left) = (1, left - 1) }
      return (0..<3).map { $0 == predicted ? confidence : (1 - confidence) / 2 }
    }
    return Predictions(probabilities: probabilities, labels: labels)
  }

  private func advice(
    _ validation: Predictions, trained: Double, half: Predictions? = nil
  ) -> [String] {
    Advice(
      validation: validation, training: HeadMetrics(loss: 1, accuracy: trained), labelNames: ["six", "four", "one"],
      curve: half.map {
        LearningCurve(points: [
          .init(share: 0.5, imageCount: 150, validation: $0), .init(share: 1, imageCount: 300, validation: validation),
        ])
      }
    ).sentences
  }

  @Test func whatFollowsFromTheNumbers() {
    #expect(advice(predictions(300, errors: 0), trained: 1) == [])
    #expect(advice(predictions(300, errors: 2), trained: 0.99) == [], "two errors are no pattern")
    let confused = advice(predictions(300, errors: 30), trained: 0.9)
    #expect(confused.count == 1 && confused[0].hasPrefix("six is taken for four in 30 of 100: "), "\(confused)")
    // Three sixes are there for each four: more sixes would not tell them from fours.
    let labels = (0..<80).map { $0 % 4 == 3 ? 1 : 0 }
    let unequal = Predictions(
      probabilities: labels.enumerated().flatMap { $1 == 1 || $0 < 30 ? [Float(0.1), 0.9, 0] : [0.9, 0.1, 0] },
      labels: labels)
    #expect(
      advice(unequal, trained: 0.9).first?.hasPrefix("six is taken for four in 23 of 60: add images of four, or ")
        == true,
      "\(advice(unequal, trained: 0.9))")
    let overfitted = advice(predictions(300, errors: 30), trained: 1)
    #expect(
      overfitted.last
        == "train 100.0 % under dropout, validation 90.0 %: more dropout, --augment or --label-smoothing may help")
    let under = advice(predictions(300, errors: 30), trained: 0.7)
    #expect(under.last == "train 70.0 % under dropout, validation 90.0 %: more epochs may help")
  }

  @Test func whetherMoreImagesHelp() {
    let all = predictions(300, errors: 3)
    let worse = advice(all, trained: 0.99, half: predictions(300, errors: 40))
    let start = "still better on all images than on 50.0 % of them (log-loss lower by 0."
    #expect(worse.contains { $0.hasPrefix(start) }, "\(worse)")
    let same = advice(all, trained: 0.99, half: all)
    #expect(same.contains { $0.hasPrefix("no better on all images than on 50.0 % of them") }, "\(same)")
    let better = advice(all, trained: 0.99, half: predictions(300, errors: 0))
    #expect(better.contains { $0.hasPrefix("no better") }, "\(better)")
    // What is as good with a quarter of the images is no better with more, whatever lies between.
    let curve = LearningCurve(points: [
      .init(share: 0.25, imageCount: 75, validation: all),
      .init(share: 0.5, imageCount: 150, validation: predictions(300, errors: 40)),
      .init(share: 1, imageCount: 300, validation: all),
    ])
    let dip = Advice(
      validation: all, training: HeadMetrics(loss: 1, accuracy: 0.99), labelNames: ["six", "four", "one"], curve: curve)
    #expect(dip.sentences.contains { $0.hasPrefix("no better on all images than on 25.0 % of them") }, "\(dip)")
    let byChance = advice(all, trained: 0.99, half: predictions(300, errors: 4))
    // The loss is a little lower, but not by more than chance could hide.
    let noise = advice(predictions(60, errors: 3), trained: 0.99, half: predictions(60, errors: 2))
    #expect(
      noise.contains { $0.hasPrefix("no better on all images than on 50.0 % of them") && $0.contains("may be chance") },
      "\(noise)")
    #expect(
      byChance.contains { $0.hasPrefix("better on all images than on 50.0 % of them") && $0.contains("may be chance") },
      "\(byChance)")
  }
}
