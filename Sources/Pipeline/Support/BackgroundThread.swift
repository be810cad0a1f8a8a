import Foundation

/// A thread that runs one closure, and hands over what it threw when it is joined.
package final class BackgroundThread: @unchecked Sendable {
  private let finished = DispatchSemaphore(value: 0)
  private var failure: (any Error)?

  package init(name: String, _ body: @escaping @Sendable () throws -> Void) {
    let thread = Thread { [self] in
      do { try body() } catch { failure = error }
      finished.signal()
    }
    thread.name = name
    thread.stackSize = 1 << 20
    thread.start()
  }

  /// Waits for the closure to end. To be called once.
  /// - Throws: what the closure threw.
  package func join() throws {
    finished.wait()
    if let failure { throw failure }
  }
}
