import Support
import Testing

@Suite struct TerminalTests {
  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000")])
  func numbersAreGroupedByThousands(number: Int, text: String) {
    #expect(grouped(number) == text)
  }

  @Test(arguments: [(0.42, "0.4 s"), (59.0, "59 s"), (61.0, "1 min 1 s"), (7500.0, "2 h 5 min")])
  func durationsAreSaidAsPeopleSayThem(seconds: Double, text: String) {
    #expect(duration(seconds) == text)
  }
}
