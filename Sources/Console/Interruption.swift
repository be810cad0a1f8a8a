import Foundation
import Support
import Synchronization

/// What Ctrl-C does. Nothing that is under a final name can be lost at any moment; what is computed and not yet in a file is
/// written first, where a step has said how. A second Ctrl-C does not wait for that.
public final class Interruption: Sendable {
  public static let shared = Interruption()

  private let done = Mutex("what was finished is kept")
  private let last = Mutex<(@Sendable () -> Void)?>(nil)

  /// Ends the process on SIGINT and SIGTERM, with exit status 130 and 143. To be called before any other thread is started.
  ///
  /// - Throws: ``PipelineError`` where the system has no room for the thread that waits for the signals.
  public func install() throws {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] {
      // A shell has its background jobs ignore SIGINT.
      signal(number, SIG_DFL)
      sigaddset(&signals, number)
    }
    // Threads inherit what is blocked: only the one that waits for these signals gets them.
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    do {
      _ = try BackgroundThread(name: "signals") { [self, signals] in
        var (signals, number) = (signals, Int32(0))
        while sigwait(&signals, &number) != 0 {}
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        last.withLock(\.self)?()
        let line = "stopped: \(done.withLock(\.self)); the same command goes on from there\n"
        let clear = StandardStream.error.isTerminal ? "\r\u{1B}[K" : ""
        StandardStream.error.writeAtOnce(clear + line)
        _exit(128 + number)
      }
    } catch {
      pthread_sigmask(SIG_UNBLOCK, &signals, nil)
      throw error
    }
  }

  /// Sets what is done before the process ends, by the thread that takes the signal; nil: nothing. It must not return before
  /// what it keeps is kept.
  package func beforeEnding(_ body: (@Sendable () -> Void)?) {
    last.withLock { $0 = body }
  }

  /// Sets what will be said to be done.
  package func report(_ done: String) {
    self.done.withLock { $0 = done }
  }
}
