import Support

/// How far a long step is, in words.
package struct ProgressLine {
  package let label: String
  package let unit: String
  package let total: Int
  package let done: Int
  /// Since the step began.
  package let seconds: Double
  /// What the step came to last: for a terminal, in place of the bar.
  package let latest: String?

  package init(label: String, unit: String, total: Int, done: Int, seconds: Double, latest: String? = nil) {
    self.latest = latest
    self.label = label
    self.unit = unit
    self.total = total
    self.done = done
    self.seconds = seconds
  }

  private var count: String { "\(grouped(done))/\(grouped(total))" }
  private var rate: Double { Double(done) / max(seconds, 1e-9) }
  private var speed: String { "\(fixed(rate, rate < 10 ? 1 : 0))/s" }
  private var timeLeft: String { "\(duration(Double(total - done) / max(rate, 1e-9))) left" }

  /// For a log: all of it.
  package var plain: String { "\(label): \(count) \(unit) · \(speed) · \(timeLeft)" }

  /// For a terminal: with a bar where there is room for one, else as much as there is room for.
  ///
  /// - Parameter width: of the window, in characters. The line stays a character below it, for some terminals wrap a full one.
  package func fitted(to width: Int) -> String {
    let facts = "\(count) \(unit) · \(speed) · \(timeLeft)"
    if let latest {
      let lines = ["\(latest) · \(facts)", "\(latest) · \(speed) · \(timeLeft)", "\(latest) · \(timeLeft)", latest]
      if let line = lines.first(where: { $0.count < width }) { return line }
    }
    let room = width - 1 - label.count - facts.count - 4
    if room >= 5 { return "\(label) [\(bar(of: min(room, 40)))] \(facts)" }
    let shorter = [
      "\(label) \(facts)", "\(label) \(count) · \(speed) · \(timeLeft)", "\(label) \(count) · \(timeLeft)",
      "\(label) \(count)", count,
    ]
    return shorter.first { $0.count < width } ?? ""
  }

  private func bar(of cells: Int) -> String {
    let filled = total == 0 ? cells : cells * min(done, total) / total
    return String(repeating: "━", count: filled) + String(repeating: "·", count: cells - filled)
  }
}
