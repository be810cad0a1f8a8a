import Console
import Foundation
import Support
import Testing

@Suite struct TerminalTests {
  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000")])
  func numbersAreGroupedByThousands(number: Int, text: String) {
    #expect(grouped(number) == text)
  }

  @Test(arguments: [
    (0.42, "0.4 s"), (59.0, "59 s"), (61.0, "1 min 1 s"), (7500.0, "2 h 5 min"),
    (9.94, "9.9 s"), (9.96, "10 s"), (59.7, "1 min 0 s"), (3599.6, "1 h 0 min"),
  ])
  func durationsAreSaidAsPeopleSayThem(seconds: Double, text: String) {
    #expect(duration(seconds) == text)
  }

  @Test(arguments: [
    ("3 of 4 · 96×96 …", "3 of 4 - 96x96 ..."), ("[━━··] 5 %", "[==--] 5 %"), ("caf\u{E9}: plain", "caf\\u{E9}: plain"),
    ("plain", "plain"),
  ])
  func whatATerminalOfASCIIShows(text: String, ascii: String) {
    #expect(text.inASCII == ascii)
  }

  @Test(
    arguments: [
      (["LANG": "en_GB.UTF-8"], true), (["LANG": "de_DE.utf8@euro"], true),
      (["LANG": "C.UTF-8", "LC_ALL": "C"], false),
      (["LANG": "en_US.ISO-8859-1"], false), (["LC_CTYPE": "C.UTF-8", "LANG": "C"], true),
      (["LC_ALL": "", "LANG": "fr_FR.UTF-8"], true),
      ([:], false),
    ] as [([String: String], Bool)])
  func theLocaleTellsWhetherATerminalShowsUTF8(environment: [String: String], isUTF8: Bool) {
    #expect(Locale.isUTF8(environment) == isUTF8)
  }
}
