import Core
import Foundation
import Synchronization
import Testing

/// Threads as the system sees them. (Tests/Arm64 leaves this file out: it is the one that takes Foundation.)
@Suite struct WorkerThreadsTests {
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

  /// Linux lists them.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/task")))
  func threadsEndWithThePool() throws {
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
