import Foundation
import Storage
import Synchronization
import Testing

/// What several threads find room for is not given out twice.
struct AvailableMemoryTests {
  private let promises = MemoryPromises { 100 }

  @Test func aThreadWaitsForWhatAnotherMayTake() {
    let (isPromised, hasEnded) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let isDone = Atomic(false)
    Thread { [promises] in
      _ = promises.begin()
      _ = promises.lacking(60)
      isPromised.signal()
      Thread.sleep(forTimeInterval: 0.3)
      isDone.store(true, ordering: .sequentiallyConsistent)
      promises.end()
      hasEnded.signal()
    }.start()
    isPromised.wait()
    #expect(promises.begin())
    #expect(promises.lacking(60) == nil)
    let waited = isDone.load(ordering: .sequentiallyConsistent)
    #expect(waited)
    promises.end()
    hasEnded.wait()
  }

  @Test func whoPromisedDoesNotWait() {
    #expect(promises.begin())
    #expect(!promises.begin(), "within another")
    #expect(promises.lacking(60) == nil)
    #expect(promises.lacking(90) == nil, "the same memory, asked for in two steps")
    #expect(promises.lacking(101) == 100)
    promises.end()
    #expect(promises.lacking(101) == 100)
  }

  @Test func whatIsTooMuchIsSaid() {
    #expect(throws: MemoryError.self) { try AvailableMemory.check(0x1p60, for: "it", remedy: "") }
    #expect(throws: MemoryError.self) {
      try AvailableMemory.reserving { try AvailableMemory.check(0x1p60, for: "it", remedy: "") }
    }
  }
}
