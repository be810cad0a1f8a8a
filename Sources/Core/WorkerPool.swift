import Synchronization

/// A fixed set of threads that run the iterations of a loop together.
///
/// The calling thread is worker 0 and takes its share. Workers spin briefly between loops, then sleep, so an idle pool
/// leaves its cores to others. The threads end when the pool is deallocated.
public final class WorkerPool: Sendable {
  /// The number of threads that run a loop's body, the caller included.
  public let threadCount: Int
  /// Why there are fewer threads than were asked for, in one line; nil where there are as many.
  public let shortage: String?

  private let shared: SharedLoop

  /// Starts the threads. Where the system does not let it start as many, the pool makes do with those that there are:
  /// no result depends on their number. ``shortage`` tells.
  ///
  /// - Precondition: `threads` is at least 1.
  public init(threads: Int) {
    precondition(threads >= 1, "a worker pool needs at least one thread")
    shared = SharedLoop()
    var (started, failure) = (1, ThreadError?.none)
    while started < threads, failure == nil {
      do {
        try startThread(named: "worker \(started)") { [shared, worker = started] in shared.serve(as: worker) }
        started += 1
      } catch {
        failure = error
      }
    }
    threadCount = started
    shortage = failure.map { "\(started) of \(threads) threads compute: \($0)" }
  }

  deinit {
    shared.stop()
  }

  /// Runs `body(index, worker)` for every index in `0..<count` on all threads and returns when all are done.
  ///
  /// Threads take the next index as they become free; `worker`, in `0..<threadCount`, tells which thread it is, so that
  /// it may use scratch memory of its own. Loops started from several threads run one after the other.
  ///
  /// - Precondition: not called from a body of the same pool.
  public func forEach(_ count: Int, _ body: (_ index: Int, _ worker: Int) -> Void) {
    if threadCount == 1 || count <= 1 {
      for index in 0..<max(count, 0) { body(index, 0) }
    } else {
      withoutActuallyEscaping(body) { shared.run(count, $0) }
    }
  }

  /// Runs `body(range, worker)` for `0..<count` cut into at most `threadCount` contiguous ranges of about the same length.
  ///
  /// The ranges depend on `count` and ``threadCount`` only.
  public func forEachRange(_ count: Int, _ body: (_ range: Range<Int>, _ worker: Int) -> Void) {
    let ranges = min(count, threadCount)
    forEach(ranges) { index, worker in
      body(count * index / ranges..<count * (index + 1) / ranges, worker)
    }
  }
}

/// The loop that a pool's threads work on at the moment.
///
/// A worker claims an index by lowering `tickets`, and only then reads `body`: a claimed index keeps the loop alive, for
/// `run` waits until every index is finished, but not for a worker that wakes too late to claim one.
private final class SharedLoop: @unchecked Sendable {
  private typealias Body = (_ index: Int, _ worker: Int) -> Void

  /// The loop's serial number (upper 32 bits) and how many of its indices are not yet claimed (lower 32 bits).
  /// The number makes a late worker's compare-and-exchange fail when the next loop has begun.
  private let tickets = Atomic<UInt64>(0)
  private let unfinished = Atomic<Int>(0)
  private let stopped = Atomic<Bool>(false)

  /// Written by `run` before it publishes `tickets`; read by those who hold a claim.
  private var count = 0
  private var body: Body?

  /// One loop at a time.
  private let callers = Condition()
  /// Where workers sleep between loops.
  private let started = Condition()
  /// Where the caller sleeps while the last indices are finished by others.
  private let finished = Condition()

  func run(_ count: Int, _ body: @escaping (_ index: Int, _ worker: Int) -> Void) {
    precondition(count <= UInt32.max, "a loop of more than 2³² iterations")
    callers.lock()
    defer { callers.unlock() }
    self.count = count
    self.body = body
    unfinished.store(count, ordering: .relaxed)
    let serial = (tickets.load(ordering: .relaxed) >> 32) &+ 1
    tickets.store(serial << 32 | UInt64(count), ordering: .releasing)
    started.lock()
    started.broadcast()
    started.unlock()

    while takeOne(as: 0) {}
    if !spin(until: { isFinished }) {
      finished.lock()
      while !isFinished { finished.wait() }
      finished.unlock()
    }
    self.body = nil
  }

  func serve(as worker: Int) {
    while !stopped.load(ordering: .acquiring) {
      if takeOne(as: worker) || spin(until: { isWanted }) { continue }
      started.lock()
      while !isWanted { started.wait() }
      started.unlock()
    }
  }

  func stop() {
    stopped.store(true, ordering: .releasing)
    started.lock()
    started.broadcast()
    started.unlock()
  }

  /// Whether every index of the loop has been run.
  private var isFinished: Bool { unfinished.load(ordering: .acquiring) == 0 }

  /// Whether a worker has something to do: an index to claim, or to end.
  private var isWanted: Bool {
    UInt32(truncatingIfNeeded: tickets.load(ordering: .acquiring)) > 0 || stopped.load(ordering: .acquiring)
  }

  /// Claims an index and runs the body for it. Returns false when none is left.
  private func takeOne(as worker: Int) -> Bool {
    var seen = tickets.load(ordering: .acquiring)
    while true {
      let unclaimed = Int(UInt32(truncatingIfNeeded: seen))
      if unclaimed == 0 { return false }
      let claim = tickets.weakCompareExchange(expected: seen, desired: seen - 1, ordering: .acquiringAndReleasing)
      guard claim.exchanged else {
        seen = claim.original
        continue
      }
      body!(count - unclaimed, worker)
      if unfinished.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 && worker != 0 {
        finished.lock()
        finished.signal()
        finished.unlock()
      }
      return true
    }
  }

  /// Waits some tens of microseconds for `condition`, giving way to other threads. Returns whether it came true.
  private func spin(until condition: () -> Bool) -> Bool {
    for _ in 0..<100 {
      if condition() { return true }
      giveWay()
    }
    return false
  }
}
