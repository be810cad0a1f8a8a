import Foundation

/// Progress of one long step on standard error: a bar that is redrawn in place on a terminal, else a line every few
/// seconds with the same facts.
final class Progress {
  private let label: String
  private let unit: String
  private let total: Int
  private let quiet: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let start = ContinuousClock.now
  private var lastShown: ContinuousClock.Instant
  private var done = 0
  private var lineIsOpen = false

  init(_ label: String, total: Int, unit: String, quiet: Bool) {
    self.label = label
    self.total = total
    self.unit = unit
    self.quiet = quiet
    lastShown = start
  }

  /// Seconds since the step began.
  var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

  func advance(by count: Int) {
    done += count
    let now = ContinuousClock.now
    guard !quiet, now - lastShown >= .milliseconds(isTerminal ? 100 : 5000) else { return }
    lastShown = now
    show()
  }

  /// Takes the bar away; what follows starts on a clean line.
  func finish() {
    guard lineIsOpen else { return }
    write("\r\u{1B}[K")
    lineIsOpen = false
  }

  private func show() {
    let rate = Double(done) / max(elapsed, 1e-9)
    let left = duration(Double(total - done) / max(rate, 1e-9))
    let facts = "\(grouped(done))/\(grouped(total)) \(unit) · \(fixed(rate, rate < 10 ? 1 : 0))/s · \(left) left"
    guard isTerminal else { return write("\(label): \(facts)\n") }
    write("\r\u{1B}[K" + line(facts, width: terminalWidth()))
    lineIsOpen = true
  }

  /// The label, a bar as wide as the window leaves room for, and the facts; in a narrow window what fits of the facts.
  private func line(_ facts: String, width: Int) -> String {
    let room = width - 1 - label.count - facts.count - 4
    guard room >= 5 else { return String("\(label) \(facts)".prefix(width - 1)) }
    let cells = min(room, 40)
    let filled = total == 0 ? cells : cells * done / total
    let bar = String(repeating: "━", count: filled) + String(repeating: "·", count: cells - filled)
    return "\(label) [\(bar)] \(facts)"
  }

  private func terminalWidth() -> Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
