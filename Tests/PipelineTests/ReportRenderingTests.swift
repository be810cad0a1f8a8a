import Foundation
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

  @Test(.enabled(if: Chromium.path != nil, "needs Chromium: apt-get install chromium"))
  func whatOverflowsOrFailsIsNoticed() throws {
    let page =
      "<!doctype html><body style=\"margin:0\"><div style=\"width:999px\">.</div><img src=\"no://where\"><script>nothing()</script>"
    let result = try Chromium.layout(of: page, widths: [375], in: try TemporaryFolder())
    #expect(result.widths == [375] && result.contentWidths == [999])
    #expect(result.messages.contains { $0.contains("nothing is not defined") })
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
  }

  /// Lays a page out in frames of several widths, side by side in one page: windows can't be that narrow.
  static func layout(of page: String, widths: [Int], in folder: TemporaryFolder) throws -> Layout {
    let escaped = page.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
    let frames = widths.map {
      "<iframe style=\"border:0\" width=\"\($0)\" height=\"800\" srcdoc=\"\(escaped)\"></iframe>"
    }
    let script = """
      onload = () => {
        const sizes = [...document.querySelectorAll("iframe")].map(frame =>
          frame.contentWindow.innerWidth + ":" + frame.contentDocument.documentElement.scrollWidth);
        document.body.textContent = "sizes " + sizes.join(" ") + " end";
      }
      """
    let text = "<!doctype html><meta charset=\"utf-8\"><body>\(frames.joined())<script>\(script)</script>"
    try folder.write("frames.html", Data(text.utf8))
    try run(folder)
    let dom = String(decoding: try folder.bytes("dom"), as: UTF8.self)
    let sizes = try #require(dom.firstMatch(of: /sizes ([0-9: ]*) end/), "Chromium wrote no page").output.1
    let pairs = sizes.split(separator: " ").map { $0.split(separator: ":").compactMap { Int($0) } }
    let log = String(decoding: try folder.bytes("log"), as: UTF8.self)
    return Layout(
      widths: pairs.map { $0[0] }, contentWidths: pairs.map { $0[1] },
      messages: log.split(separator: "\n").filter { $0.contains("CONSOLE") }.map(String.init))
  }

  private static func run(_ folder: TemporaryFolder) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path!)
    process.arguments = [
      "--headless", "--hide-scrollbars", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
      "--user-data-dir=\(folder.file("profile"))", "--enable-logging=stderr", "--virtual-time-budget=5000",
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
