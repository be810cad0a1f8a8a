import Foundation
import Storage
import Synchronization
import Testing

/// What several threads find room for is not given out twice.
struct AvailableMemoryTests {
  @Test func aThreadWaitsForWhatAnotherMayTake() throws {
    let most = 0.6 * Double(AvailableMemory.bytes)
    let isPromised = DispatchSemaphore(value: 0)
    let isDone = Atomic(false)
    try withThread {
      try? AvailableMemory.reserving {
        try AvailableMemory.check(most, for: nil, remedy: "")
        isPromised.signal()
        Thread.sleep(forTimeInterval: 0.3)
        isDone.store(true, ordering: .sequentiallyConsistent)
      }
    } body: {
      isPromised.wait()
      try AvailableMemory.reserving {
        try AvailableMemory.check(most, for: nil, remedy: "")
        let waited = isDone.load(ordering: .sequentiallyConsistent)
        #expect(waited)
      }
    }
  }

  @Test func whoPromisedDoesNotWait() throws {
    try AvailableMemory.reserving {
      try AvailableMemory.check(1, for: nil, remedy: "")
      #expect(throws: MemoryError.self) { try AvailableMemory.check(0x1p60, for: "it", remedy: "") }
      try AvailableMemory.reserving { try AvailableMemory.check(1, for: nil, remedy: "") }
    }
    #expect(throws: MemoryError.self) { try AvailableMemory.check(0x1p60, for: "it", remedy: "") }
  }

  /// Runs `other` on a thread of its own beside `body`, and waits for both.
  private func withThread(_ other: @escaping @Sendable () -> Void, body: () throws -> Void) rethrows {
    let ended = DispatchSemaphore(value: 0)
    Thread {
      other()
      ended.signal()
    }.start()
    defer { ended.wait() }
    try body()
  }
}
