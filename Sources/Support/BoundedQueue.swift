import Foundation

/// Hands values from one thread to another, at most `capacity` of them waiting: what makes loading, computing and writing
/// overlap without the memory growing.
package final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
  private let capacity: Int
  private let condition = NSCondition()
  private var elements: [Element] = []
  private var isClosed = false

  package init(capacity: Int) {
    self.capacity = capacity
  }

  /// Waits for room. Returns false, without adding, once the queue is closed.
  package func put(_ element: Element) -> Bool {
    condition.withLock {
      while elements.count >= capacity && !isClosed { condition.wait() }
      guard !isClosed else { return false }
      elements.append(element)
      condition.broadcast()
      return true
    }
  }

  /// Waits for a value. Returns nil once the queue is closed and empty.
  package func take() -> Element? {
    condition.withLock {
      while elements.isEmpty && !isClosed { condition.wait() }
      guard !elements.isEmpty else { return nil }
      condition.broadcast()
      return elements.removeFirst()
    }
  }

  /// No more values come; those waiting may still be taken.
  package func close() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
    }
  }
}
