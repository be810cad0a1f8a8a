import Core
import Foundation
import Report
import Testing

/// What stands in cache/report.html.
@Suite struct ReportTests {
  @Test func theReportTellsWhatWasRun() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    let page = try report(caches)
    for words in [
      "<html lang=\"en\">", "A fastai head with dropout p = 0.2", "block5_conv3", "36 images in 3 classes",
      "Validation images by class", "None: every image could be decoded", "best: epoch", "schedule 4@0.01",
    ] {
      #expect(page.contains(words), "\(words)")
    }
    #expect(!page.contains("id=\"sweep-title\"") && !page.contains("id=\"submission\""))
    #expect(page.contains("No images are shown: extract did not leave word"))
    try expectWellFormed(page)
  }

  @Test func theSameInputsGiveTheSameBytes() throws {
    let (first, second) = (try MadeUpCaches(), try MadeUpCaches())
    second.fitting.execution.threads = 1
    try first.fitHead()
    try second.fitHead()
    #expect(try first.bytes("report.html") == second.bytes("report.html"))
  }

  @Test func aSweepHasATableAndAChart() throws {
    let caches = try MadeUpCaches()
    caches.fitting.heads.dropouts = [0.1, 0.5]
    caches.fitting.heads.designs = [.fastai, .keras]
    caches.fitting.combination.ensemble = 2
    try caches.fitHead()
    let page = try report(caches)
    #expect(page.contains("id=\"sweep-title\"") && page.contains("What was tried, the best first"))
    #expect(page.contains("The members of the ensemble") && page.contains("An ensemble of 2"))
    try expectWellFormed(page)
  }

  @Test func namesOfFilesAndClassesAreEscaped() throws {
    let hostile = "<script>alert('x')</script>\"&"
    let caches = try MadeUpCaches(labelNames: ["a", hostile, "c"])
    let names = (0..<18).map { "\(hostile)/\($0).jpg" }
    try caches.write("valid", labels: (0..<18).map { $0 % 3 }, names: names, seed: 2)
    try caches.fitHead()
    let page = try report(caches)
    #expect(!page.contains("<script") && !page.contains("alert('x')"))
    #expect(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"))
    try expectWellFormed(page)
  }

  @Test func onlyImagesStandInThePageUnescaped() {
    let tags = ReportTemplate.texts.flatMap { text in
      text.matches(of: /\{\{\{\s*(\w+)\s*\}\}\}|\{\{&/).map { String($0.output.1 ?? "&") }
    }
    #expect(!tags.isEmpty && tags.allSatisfy { $0 == "description" }, "a DataURI's")
  }

  @Test func aClassWithoutValidationImagesHasADash() throws {
    let caches = try MadeUpCaches()
    try caches.write("valid", labels: [0, 0, 0, 0])
    try caches.fitHead()
    let page = try report(caches)
    #expect(
      page.contains(
        "<th scope=\"row\" class=\"name\"><span>b</span></th><td class=\"number\">0</td><td class=\"number\">–</td>"))
    try expectWellFormed(page)
  }

  @Test func manyClassesMakeAnImageOfTheConfusions() throws {
    let caches = try MadeUpCaches(labelNames: (0..<25).map { "class \($0)" })
    try caches.fitHead()
    let page = try report(caches)
    #expect(page.contains("class=\"matrix pixels\" src=\"data:image/png;base64,"))
    #expect(!page.contains("<table class=\"confusion"))
  }

  // MARK: - When it is written

  @Test func submitAddsItsPartAndAnotherHeadTakesItAway() throws {
    let caches = try MadeUpCaches()
    caches.submission.form.format = .probabilities
    try caches.fitHead()
    try caches.submit()
    let page = try report(caches)
    #expect(page.contains("12 test images, written as probabilities") && page.contains("clipped at"))
    let counts = try #require(page.firstRange(of: "Predicted classes"))
    #expect(page[counts.lowerBound...].contains("33.3 %"), "the share of each class in training")
    try expectWellFormed(page)
    caches.fitting.heads.dropouts = [0.3]
    try caches.fitHead()
    #expect(try !report(caches).contains("id=\"submission\""))
  }

  @Test func whatIsUpToDateIsLeftAloneAndWhatIsMissingIsWritten() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    try caches.submit()
    let bytes = try caches.bytes("report.html")
    let path = caches.folder.file("cache/report.html")
    let old = Date(timeIntervalSince1970: 1_000_000)
    try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path)
    try caches.fitHead()
    try caches.submit()
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date == old)
    try FileManager.default.removeItem(atPath: path)
    try caches.fitHead()
    #expect(try caches.bytes("report.html") == bytes)
  }

  @Test func aReportThatCannotBeWrittenStopsNothing() throws {
    let caches = try MadeUpCaches()
    let path = caches.folder.file("cache/report.html")
    try FileManager.default.createDirectory(atPath: path + "/x", withIntermediateDirectories: true)
    try caches.fitHead()
    try caches.submit()
    #expect(try !caches.bytes("submission.csv").isEmpty)
  }

  private func report(_ caches: MadeUpCaches) throws -> String {
    String(decoding: try caches.bytes("report.html"), as: UTF8.self)
  }

  /// Every element that is opened is closed in its order, every id is there once, and every link and label has its aim.
  private func expectWellFormed(_ page: String) throws {
    let empty: Set<Substring> = ["meta", "img", "path", "rect"]
    var open: [Substring] = []
    for tag in page.matches(of: /<(\/?)([a-z0-9]+)((?:\s[^<>]*?)?)(\/?)>/) where !empty.contains(tag.output.2) {
      guard tag.output.1 == "/" else {
        open.append(tag.output.2)
        continue
      }
      try #require(open.last == tag.output.2, "</\(tag.output.2)> closes \(open.last ?? "nothing")")
      open.removeLast()
    }
    #expect(open.isEmpty)
    let ids = page.matches(of: /\sid="([^"]*)"/).map(\.output.1)
    #expect(ids.count == Set(ids).count, "ids are unique")
    let aims =
      page.matches(of: /href="#([^"]*)"/).map(\.output.1)
      + page.matches(of: /aria-labelledby="([^"]*)"/).flatMap { $0.output.1.split(separator: " ") }
    #expect(!aims.isEmpty && aims.allSatisfy(ids.contains))
    #expect(page.matches(of: /<img [^>]*>/).allSatisfy { $0.output.contains(" alt=\"") })
    #expect(page.matches(of: /(?:src|href)="(?!#|data:)/).isEmpty, "nothing comes from elsewhere")
  }
}

/// Text can be read in light and in dark.
@Suite struct ReportColourTests {
  @Test func contrastIsAtLeastFourAndAHalf() throws {
    let style = try #require(ReportTemplate.texts.first { $0.contains(":root {") })
    let themes = style.matches(of: /:root \{([^}]*)\}/).map { Self.colours(in: $0.output.1) }
    #expect(themes.count == 2)
    for colours in themes {
      let paper = try #require(colours["paper"])
      for name in ["ink", "muted", "first", "right", "wrong"] {
        #expect(Self.contrast(try #require(colours[name]), paper) >= 4.5, "\(name) on paper")
      }
      let ink = try #require(colours["ink"])
      for name in ["first", "wrong"] {
        let tint = zip(try #require(colours[name]), try #require(colours["wash"])).map { 0.5 * $0 + 0.5 * $1 }
        #expect(Self.contrast(ink, tint) >= 4.5, "a count in the darkest cell of the confusion matrix, \(name)")
      }
    }
  }

  private static func colours(in block: Substring) -> [String: [Double]] {
    Dictionary(
      uniqueKeysWithValues: block.matches(of: /--(\w+): #([0-9a-f]{6});/).map { match in
        let value = Int(match.output.2, radix: 16)!
        return (String(match.output.1), [value >> 16, value >> 8 & 255, value & 255].map { Double($0) / 255 })
      })
  }

  /// WCAG 2's contrast ratio.
  private static func contrast(_ first: [Double], _ second: [Double]) -> Double {
    let (a, b) = (luminance(first), luminance(second))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  private static func luminance(_ colour: [Double]) -> Double {
    let linear = colour.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }
}
