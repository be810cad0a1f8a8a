import Core
import Foundation
import Synchronization

/// Progress of one long step on standard error: a bar that is redrawn in place on a terminal, else a line every few
/// seconds with the same facts. It has no colours. Any thread may advance it.
package final class ProgressBar: Sendable {
  private let label: String
  private let unit: String
  private let total: Int
  private let quiet: Bool
  private let isTerminal = StandardStream.error.isTerminal && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  private struct State {
    var done = 0
    var lastShown: ContinuousClock.Instant
    /// Whether the bar stands on the terminal's last line.
    var isOpen = false
    /// What the step came to last.
    var latest: String?
  }

  package init(_ label: String, total: Int, unit: String, quiet: Bool) {
    self.label = label
    self.total = total
    self.unit = unit
    self.quiet = quiet
    state = Mutex(State(lastShown: start))
  }

  /// Seconds since the step began.
  package var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

  package func advance(by count: Int) {
    guard !quiet else { return }
    state.withLock { state in
      state.done += count
      let now = ContinuousClock.now
      guard now - state.lastShown >= .milliseconds(isTerminal ? 100 : 5000) else { return }
      state.lastShown = now
      show(&state)
    }
  }

  /// Says what the step has just come to: in the live line where there is one, and elsewhere in a line of its own.
  package func tell(_ line: String, _ terminal: Terminal) {
    guard isTerminal, StandardStream.output.isTerminal, !quiet else { return aside { terminal.note(line) } }
    state.withLock { state in
      state.latest = line
      show(&state)
    }
  }

  /// Takes the bar away while `body` prints lines.
  package func aside(_ body: () -> Void) {
    state.withLock { state in
      let wasOpen = state.isOpen
      hide(&state)
      body()
      if wasOpen { show(&state) }
    }
  }

  /// Takes the bar away; what follows starts on a clean line.
  package func finish() {
    state.withLock { hide(&$0) }
  }

  private func show(_ state: inout State) {
    let line = ProgressLine(
      label: label, unit: unit, total: total, done: state.done, seconds: elapsed, latest: state.latest)
    guard isTerminal else { return StandardStream.error.show(line.plain.onOneLine + "\n") }
    StandardStream.error.show("\r\u{1B}[K" + line.fitted(to: terminalWidth()).onOneLine)
    state.isOpen = true
  }

  private func hide(_ state: inout State) {
    guard state.isOpen else { return }
    StandardStream.error.show("\r\u{1B}[K")
    state.isOpen = false
  }

  private func terminalWidth() -> Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
