import Core
import Synchronization
import Testing

@Suite struct WorkerPoolTests {
  @Test(arguments: [1, 2, 3, 8])
  func runsEveryIndexOnce(threads: Int) {
    let pool = WorkerPool(threads: threads)
    for count in [0, 1, 2, 7, 100, 1000] {
      let visits = Visits(count: count)
      pool.forEach(count) { index, worker in
        #expect((0..<threads).contains(worker))
        visits.record(index)
      }
      #expect(visits.counts == Array(repeating: 1, count: count))
    }
  }

  /// A late worker of one loop must never run the next loop's body with this loop's index, or the reverse.
  @Test func manyShortLoopsInARow() {
    let pool = WorkerPool(threads: 4)
    let total = Atomic<Int>(0)
    var expected = 0
    for loop in 0..<20_000 {
      let count = loop % 7
      expected += count * loop
      pool.forEach(count) { index, _ in
        precondition(index < count)
        total.add(loop, ordering: .relaxed)
      }
    }
    #expect(total.load(ordering: .relaxed) == expected)
  }

  @Test(arguments: [(1, 10), (3, 10), (4, 3), (2, 0)])
  func rangesCoverTheCountOnceAndInOrder(threads: Int, count: Int) {
    let pool = WorkerPool(threads: threads)
    let ranges = Mutex<[Range<Int>]>([])
    pool.forEachRange(count) { range, _ in ranges.withLock { $0.append(range) } }
    let sorted = ranges.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
    #expect(sorted.count == min(threads, count))
    #expect(sorted.flatMap { Array($0) } == Array(0..<count))
  }
}

/// How often each index was visited.
final class Visits: Sendable {
  private let storage: Mutex<[Int]>

  init(count: Int) { storage = Mutex(Array(repeating: 0, count: count)) }

  func record(_ index: Int) { storage.withLock { $0[index] += 1 } }

  var counts: [Int] { storage.withLock { $0 } }
}
