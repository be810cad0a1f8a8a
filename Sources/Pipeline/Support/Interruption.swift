import Foundation
import Synchronization

/// What Ctrl-C does. Nothing that is under a final name can be lost at any moment, so all there is to do is to say what is
/// kept and to end at once.
public final class Interruption: Sendable {
  public static let shared = Interruption()

  private let done = Mutex("nothing was computed yet")

  /// Ends the process on SIGINT and SIGTERM, with exit status 130 and 143.
  public func install() {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
      // The handler holds the source, which thus lives as long as the process.
      source.setEventHandler { [self, source] in
        _ = source
        let line = "stopped: \(done.withLock(\.self)); the same command goes on from there\n"
        let clear = isatty(STDERR_FILENO) == 1 ? "\r\u{1B}[K" : ""
        FileHandle.standardError.write(Data((clear + line).utf8))
        _exit(128 + number)
      }
      source.resume()
    }
  }

  /// Sets what will be said to be done.
  func report(_ done: String) {
    self.done.withLock { $0 = done }
  }
}
