import Console
import Foundation
import Stages
import Testing

/// The report in a browser, where there is one.
@Suite struct ReportRenderingTests {
  @Test(.enabled(if: Chromium.path != nil, "needs Chromium: apt-get install chromium"))
  func nothingOverflowsAndNothingFails() throws {
    let caches = try MadeUpCaches(labelNames: [
      "a", "a class of dogs with a long name", "Donaudampfschifffahrtsgesellschaft",
    ])
    let names = (0..<18).map { "folder/with/" + String(repeating: "x", count: 40) + "\($0).jpg" }
    try caches.write("valid", labels: (0..<18).map { $0 % 3 }, names: names, seed: 2)
    caches.fitting.heads.dropouts = [0.1, 0.5]
    caches.fitting.combination.ensemble = 2
    try caches.fitHead()
    try caches.submit()
    let page = String(decoding: try caches.bytes("report.html"), as: UTF8.self)
    let result = try Chromium.layout(of: page, widths: [320, 375, 768, 1280], in: caches.folder)
    #expect(result.contentWidths == result.widths)
    #expect(result.widths == [320, 375, 768, 1280])
    #expect(result.messages == [])
  }

  /// With pictures, suspects, thresholds, a submission and a sweep; at three widths, in both themes.
  @Test(
    .enabled(if: Chromium.path != nil, "needs Chromium: apt-get install chromium"), arguments: Chromium.Theme.allCases)
  func nothingIsCutOffAndNothingOverlaps(theme: Chromium.Theme) throws {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 14).write(to: pipeline.folder)
    try pipeline.folder.write("photographs/train/dog/copy.jpg", Photographs(perClass: 14).jpeg("train/dog/dog1.jpg"))
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    pipeline.fitting.folding = .count(3)
    pipeline.fitting.heads.dropouts = [0.2, 0.6]
    try pipeline.runAll()
    try Inspection(of: pipeline.extraction.cache, threads: 2, terminal: Terminal(quiet: true) { _ in }).run()
    try pipeline.fitHead()
    let page = String(decoding: try pipeline.bytes("report.html"), as: UTF8.self)
    for part in ["attention", "suspects", "thresholds", "submission"] { #expect(page.contains("id=\"\(part)\"")) }
    let result = try Chromium.layout(of: page, widths: [390, 800, 1280], theme: theme, in: pipeline.folder)
    #expect(result.contentWidths == [390, 800, 1280] && result.widths == [390, 800, 1280])
    #expect(result.messages == [] && result.overlaps == [])
    #expect(result.brightness.allSatisfy { theme == .dark ? $0 < 60 : $0 > 200 }, "\(result.brightness)")
  }

  @Test(.enabled(if: Chromium.path != nil, "needs Chromium: apt-get install chromium"))
  func whatOverflowsOrFailsIsNoticed() throws {
    let page =
      "<!doctype html><body style=\"margin:0\"><div style=\"width:999px\">.</div><img src=\"no://where\"><script>nothing()</script>"
    let result = try Chromium.layout(of: page, widths: [375], in: try TemporaryFolder())
    #expect(result.widths == [375] && result.contentWidths == [999])
    #expect(result.messages.contains { $0.contains("nothing is not defined") })
    let chart =
      "<!doctype html><body style=\"margin:0;background:#102030\"><svg width=\"300\" height=\"60\"><text x=\"0\" y=\"20\">left</text>"
      + "<text x=\"10\" y=\"22\">over</text><text x=\"200\" y=\"20\">far away from the others, and cut off</text></svg>"
    let drawn = try Chromium.layout(of: chart, widths: [375], in: try TemporaryFolder())
    #expect(drawn.overlaps == ["375 over on left", "375 far away from the others, and cut off is cut off"])
    #expect(drawn.brightness == [32])
  }
}

/// A browser without a window.
enum Chromium {
  static let path: String? = ["chromium", "chromium-browser", "google-chrome"].lazy
    .flatMap { name in
      (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
    }.first(where: FileManager.default.isExecutableFile)

  struct Layout {
    /// Of the windows.
    var widths: [Int] = []
    /// Of the page in each: more where it overflows.
    var contentWidths: [Int] = []
    /// What the browser's console said.
    var messages: [String] = []
    /// Texts of charts that lie on each other, or beyond the window.
    var overlaps: [String] = []
    /// The mean of the page's colour in each frame, of 255.
    var brightness: [Double] = []
  }

  enum Theme: String, CaseIterable {
    case light, dark

    /// Blink's number.
    var option: String { "--blink-settings=preferredColorScheme=\(self == .dark ? 0 : 1)" }
  }

  /// Lays a page out in frames of several widths, side by side in one page: windows can't be that narrow.
  static func layout(of page: String, widths: [Int], theme: Theme = .light, in folder: TemporaryFolder) throws -> Layout
  {
    let escaped = page.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
    let frames = widths.map {
      "<iframe style=\"border:0\" width=\"\($0)\" height=\"800\" srcdoc=\"\(escaped)\"></iframe>"
    }
    let script = """
      onload = () => {
        const sizes = [...document.querySelectorAll("iframe")].map(frame =>
          frame.contentWindow.innerWidth + ":" + frame.contentDocument.documentElement.scrollWidth);
        const overlaps = [], colours = [];
        for (const frame of document.querySelectorAll("iframe")) {
          const page = frame.contentDocument;
          colours.push(frame.contentWindow.getComputedStyle(page.body).backgroundColor.match(/[0-9]+/g).slice(0, 3).join(","));
          for (const chart of page.querySelectorAll("svg")) {
            const texts = [...chart.querySelectorAll("text")].filter(text => text.textContent.trim());
            const boxes = texts.map(text => text.getBoundingClientRect());
            for (let i = 0; i < boxes.length; i++) {
              const a = boxes[i], name = frame.width + " " + texts[i].textContent;
              if (a.left < 0 || a.right > frame.contentWindow.innerWidth) overlaps.push(name + " is cut off");
              for (let j = 0; j < i; j++) {
                const b = boxes[j];
                if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
                  overlaps.push(name + " on " + texts[j].textContent);
              }
            }
          }
        }
        document.body.textContent = "sizes " + sizes.join(" ") + " end overlaps [" + overlaps.join("; ") + "] colours "
          + colours.join(" ") + " end";
      }
      """
    let text = "<!doctype html><meta charset=\"utf-8\"><body>\(frames.joined())<script>\(script)</script>"
    try folder.write("frames.html", Data(text.utf8))
    try run(theme, folder)
    let dom = String(decoding: try folder.bytes("dom"), as: UTF8.self)
    let sizes = try #require(dom.firstMatch(of: /sizes ([0-9: ]*) end/), "Chromium wrote no page").output.1
    let pairs = sizes.split(separator: " ").map { $0.split(separator: ":").compactMap { Int($0) } }
    let log = String(decoding: try folder.bytes("log"), as: UTF8.self)
    let overlaps = try #require(dom.firstMatch(of: /overlaps \[([^\]]*)\] colours ([0-9, ]*) end/)).output
    return Layout(
      widths: pairs.map { $0[0] }, contentWidths: pairs.map { $0[1] },
      messages: log.split(separator: "\n").filter { $0.contains("CONSOLE") }.map(String.init),
      overlaps: overlaps.1.split(separator: "; ").map(String.init),
      brightness: overlaps.2.split(separator: " ").map { colour in
        let channels = colour.split(separator: ",").compactMap { Double($0) }
        return channels.reduce(0, +) / Double(max(channels.count, 1))
      })
  }

  private static func run(_ theme: Theme, _ folder: TemporaryFolder) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path!)
    process.arguments = [
      "--headless", "--hide-scrollbars", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
      theme.option, "--user-data-dir=\(folder.file("profile"))", "--enable-logging=stderr",
      "--virtual-time-budget=5000",
      "--dump-dom", "file://" + folder.file("frames.html"),
    ]
    for name in ["dom", "log"] { try folder.write(name, Data()) }
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.file("dom")))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.file("log")))
    try process.run()
    let deadline = DispatchWorkItem { process.terminate() }
    DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: deadline)
    process.waitUntilExit()
    deadline.cancel()
  }
}
