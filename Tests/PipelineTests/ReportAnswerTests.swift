import Core
import FeatureStore
import Foundation
import Report
import Testing

/// What the report answers: how good it is, where it fails, and what makes it again.
@Suite struct ReportAnswerTests {
  private func report(_ caches: MadeUpCaches) throws -> String {
    String(decoding: try caches.bytes("report.html"), as: UTF8.self)
  }

  @Test func testStandsBesideValidation() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    let validation = try HeadFile(caches.fitting.cache.head).validation.accuracy
    #expect(try report(caches).contains(">of 18 validation images are right<"))
    #expect(try report(caches).contains(">95 % interval \(validation.range)<"))
    #expect(try !report(caches).contains("test images are right"))
    try caches.submit()
    let test = try #require(
      History(caches.fitting.cache).test(ofHead: try HeadFile(caches.fitting.cache.head).chosenKey))
    #expect(try report(caches).contains(">of 12 test images are right<"))
    #expect(try report(caches).contains(">95 % interval \(test.range)<"))
  }

  @Test func wrongComesBeforeRightAndTheSecondGuessIsBesideTheFirst() throws {
    #expect(Gallery.Kind.allCases == [.mostConfidentWrong, .mostUncertain, .mostConfidentRight])
    let caches = try MadeUpCaches()
    try caches.write("valid", labels: [0, 1, 2, 0], truth: [0, 1, 2, 1], names: ["w", "x", "y", "z"], seed: 2)
    try caches.fitHead()
    let page = try report(caches)
    let predictions = try HeadFile(caches.fitting.cache.head).validation
    for row in 0..<4 {
      let p = Array(predictions.probabilities[3 * row..<3 * row + 3])
      let order = p.indices.sorted { p[$0] > p[$1] }
      let guesses =
        ">\(caches.labelNames[order[0]])</span> <span class=\"probability\">\(probability(p[order[0]]))</span></span>\n"
        + "<span class=\"second\">\(caches.labelNames[order[1]]) <span class=\"probability\">"
        + "\(probability(p[order[1]]))</span></span>"
      #expect(page.contains(guesses.replacing("> 9", with: "&gt; 9").replacing("< 0", with: "&lt; 0")), "\(guesses)")
    }
  }

  /// Classes by recall, the lowest first, those without images last; the worst class's bar is the longest.
  @Test func classesAreSortedByRecall() throws {
    let caches = try MadeUpCaches(labelNames: ["a", "b", "c", "d"])
    let labels = (0..<30).map { $0 % 3 }
    try caches.write("valid", labels: labels, truth: labels.map { $0 == 1 ? 2 : $0 }, seed: 2)
    try caches.fitHead()
    let page = try report(caches)
    let table = try #require(page.firstRange(of: "by class, the lowest recall first"))
    let rows = page[table.upperBound...].matches(
      of:
        /<th scope="row" class="name"><span>(\w)<\/span><\/th><td class="number">(\d+)<\/td><td class="number">([^<]*)<\/td><td class="bar error" title="([^"]*)"><span style="--share:(\d+)%">/
    ).prefix(4)
    let metrics = try HeadFile(caches.fitting.cache.head).validation.metrics
    let right = (0..<3).map { metrics.count(of: $0, takenFor: $0) }
    let order = (0..<3).sorted { (right[$0], $0) < (right[$1], $1) }
    #expect(Set(right).count > 1, "there is something to sort")
    #expect(rows.map { String($0.output.1) } == order.map { caches.labelNames[$0] } + ["d"])
    #expect(rows[0].output.5 == "100" && rows[3].output.3 == "–" && rows[3].output.5 == "0")
    let recalls = rows.compactMap { Double($0.output.3.dropLast(2)) }
    #expect(recalls == recalls.sorted() && recalls.count == 3)
    #expect(rows.prefix(3).map { String($0.output.4) } == order.map { "\(10 - right[$0]) of 10 wrong" })
  }

  @Test func theConfusionMatrixHasAxesAndShares() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    let page = try report(caches)
    #expect(page.contains(">predicted</th>") && page.contains("rowspan=\"3\"><span>true</span></th>"))
    let metrics = try HeadFile(caches.fitting.cache.head).validation.metrics
    let right = metrics.count(of: 0, takenFor: 0)
    let share = String(format: "%.0f", 100 * Double(right) / 6)
    #expect(right > 0 && page.contains("title=\"a taken for a: \(right) of 6\">\(right)<small>\(share) %</small></td>"))
    let style = try #require(ReportTemplate.texts.first { $0.contains(".matrix {") })
    #expect(style.contains("min-width: 240px") && style.contains(".confusion { min-width: 15rem; }"))
  }

  @Test func skippedFilesAreOneLineWhereThereAreNone() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    let page = try report(caches)
    #expect(page.contains("<dt>Skipped files</dt><dd>None: every image could be decoded.</dd>"))
    #expect(!page.contains("id=\"skipped\""))
  }

  @Test func twoClassesHaveThresholds() throws {
    let caches = try MadeUpCaches(labelNames: ["cat", "dog"])
    try caches.fitHead()
    let page = try report(caches)
    let judgement = try #require(TwoClassJudgement(try HeadFile(caches.fitting.cache.head).validation, positive: 1))
    #expect(page.contains("id=\"roc-title\"") && page.contains("id=\"precision-title\""))
    let row = judgement.row(recall: 0.95)
    #expect(
      page.contains(
        "<td class=\"number\">≥ 95 %</td><td class=\"number\">\(TwoClassJudgement.text(row.threshold))</td>"))
    #expect(page.contains("cat is positive: --positive cat"))
    #expect(page.contains("area under the ROC curve</dt><dd>\(String(format: "%.3f", judgement.curve.area))<"))
    let three = try MadeUpCaches()
    try three.fitHead()
    #expect(try !report(three).contains("id=\"roc-title\""))
  }

  /// The command of the report finds the head to be up to date: it makes the same one.
  @Test(arguments: [0, 1, 2]) func theCommandMakesItAgain(variant: Int) throws {
    let caches = try MadeUpCaches()
    switch variant {
    case 0: break
    case 1:
      caches.fitting.folding = .count(3)
      caches.fitting.combination.ensemble = 2
      caches.fitting.heads.designs = [.hidden([24, 12])]
      caches.fitting.training.labelSmoothing = 0.1
    default:
      caches.fitting.training.l2 = 1e-4
      caches.fitting.training.classWeights = .balanced
      caches.fitting.training.patience = 3
      caches.fitting.training.batchSize = 16
      caches.fitting.combination.pseudoLabelling = PseudoLabelling(share: 0.3)
    }
    // What is not as it is where nothing is said must be in the command.
    try caches.fitHead()
    let page = try report(caches)
    let line = try #require(page.firstMatch(of: /\.\/pipeline\.sh fit-head ([^\n]*)\n/)?.output.1)
    let words =
      line.split(separator: " ").map(String.init) + ["--cache", caches.folder.file("cache"), "--threads", "1"]
    let run = try FinishedRun(.fitHead, words)
    #expect(run.end == .status(0), "\(run.words)")
    #expect(run.output.contains("up to date"), "\(words) \(run.output)")
  }

  @Test func theDataAreNamed() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    try pipeline.fitHead()
    let page = String(decoding: try pipeline.bytes("report.html"), as: UTF8.self)
    #expect(page.contains("<title>data: ") && page.contains("VGG16 feature cache · data<"))
    #expect(page.contains("./pipeline.sh extract --data data --network ") && page.contains(" --size 32 "))
    #expect(page.contains("id=\"attention\"") && page.contains("Where it looks"))
  }

  /// Whatever the losses are.
  @Test(arguments: [(0.03, 1.9), (1e-9, 3), (0.4, 0.41), (1e-4, 1), (2e-3, 40), (1e-15, 1e3), (0.9, 1.1)])
  func aLossAxisHasAtMostSixLabels(least: Double, greatest: Double) {
    let axis = Axis(logarithmicAround: [greatest, least], from: 100, to: 0)
    #expect((2...6).contains(axis.ticks.count), "\(axis.ticks)")
    #expect(axis.ticks[0] <= least * 1.0001 && axis.ticks.last! >= greatest * 0.9999, "\(axis.ticks)")
    #expect(zip(axis.ticks, axis.ticks.dropFirst()).allSatisfy(<))
  }

  /// The fewer images a bar stands on, the paler it is.
  @Test func barsFade() {
    func opacity(_ count: Int) -> Double {
      let metrics = ClassificationMetrics(
        probabilities: (0..<count).flatMap { _ in [Float(0.9), 0.1] }, labels: (0..<count).map { $0 % 10 == 0 ? 1 : 0 },
        classes: 2)
      return Double(Chart.reliability(metrics.calibration, of: .classes).bars[0].opacity)!
    }
    #expect(opacity(1) < opacity(10) && opacity(10) < opacity(40) && opacity(400) == 1 && opacity(1) >= 0.2)
  }
}
