import Core
import Foundation

/// A thread that runs one closure, and hands over what it threw when it is joined.
package final class BackgroundThread: @unchecked Sendable {
  private let finished = DispatchSemaphore(value: 0)
  private var failure: (any Error)?

  /// - Throws: ``PipelineError`` where the system has no room for one more thread: the closure does not run.
  package init(name: String, _ body: @escaping @Sendable () throws -> Void) throws {
    do {
      try startThread(named: name) { [self] in
        do { try body() } catch { failure = error }
        finished.signal()
      }
    } catch {
      throw PipelineError("\(error)")
    }
  }

  /// Waits for the closure to end. To be called once.
  /// - Throws: what the closure threw.
  package func join() throws {
    finished.wait()
    if let failure { throw failure }
  }
}
