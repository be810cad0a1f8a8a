import Core
import Foundation
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

  @Test func callerIsWorkerZeroAndOthersHelp() {
    let pool = WorkerPool(threads: 2)
    let workers = Mutex<Set<Int>>([])
    let caller = Thread.current
    pool.forEach(2) { _, worker in
      #expect((Thread.current == caller) == (worker == 0))
      workers.withLock { _ = $0.insert(worker) }
      while workers.withLock({ $0.count }) < 2 { sched_yield() }  // So neither can take both indices.
    }
    #expect(workers.withLock { $0 } == [0, 1])
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

  @Test func wakesAfterSleeping() {
    let pool = WorkerPool(threads: 3)
    for _ in 0..<5 {
      Thread.sleep(forTimeInterval: 0.01)
      let visits = Visits(count: 50)
      pool.forEach(50) { index, _ in visits.record(index) }
      #expect(visits.counts == Array(repeating: 1, count: 50))
    }
  }

  @Test func loopsFromSeveralThreadsRunOneAfterTheOther() async {
    let pool = WorkerPool(threads: 2)
    let sums = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let sum = Mutex(0)
          for _ in 0..<500 { pool.forEach(3) { index, _ in sum.withLock { $0 += index } } }
          return sum.withLock { $0 }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sums == [1500, 1500, 1500, 1500])
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

  @Test func threadsEndWithThePool() throws {
    let before = try threadNames().count { $0 == "worker 37" }
    var pool: WorkerPool? = WorkerPool(threads: 38)
    pool?.forEach(100) { _, _ in }
    pool = nil
    #expect(before == 0)
    var left = 1
    for _ in 0..<200 where left > 0 {
      Thread.sleep(forTimeInterval: 0.01)
      left = try threadNames().count { $0 == "worker 37" }
    }
    #expect(left == 0)
  }

  /// The names of this process' threads.
  private func threadNames() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").map { thread in
      let name = try? String(contentsOfFile: "/proc/self/task/\(thread)/comm", encoding: .utf8)
      return name?.trimmingCharacters(in: .newlines) ?? ""
    }
  }
}

/// How often each index was visited.
private final class Visits: Sendable {
  private let storage: Mutex<[Int]>

  init(count: Int) { storage = Mutex(Array(repeating: 0, count: count)) }

  func record(_ index: Int) { storage.withLock { $0[index] += 1 } }

  var counts: [Int] { storage.withLock { $0 } }
}
