import Foundation
import Synchronization
import Testing

/// What came of a run in trouble.
struct Outcome: Sendable {
  /// For the count: "an error".
  let end: String
  /// What must not be: a crash, a hang, an error without a word or with several lines.
  var problems: [String] = []
  let words: String

  /// - Parameter mayBeKilled: whether the trouble was a kill.
  init(of run: FinishedRun, mayBeKilled: Bool = false) {
    words = run.words
    switch run.end {
    case .status(0): end = "succeeded"
    case .signal(SIGKILL) where mayBeKilled: end = "killed"
    case .signal(let number): (end, problems) = ("crashed", ["a crash by signal \(number)"])
    case .hang: (end, problems) = ("hung", ["it hangs"])
    case .status(let status):
      end = "an error"
      let lines = run.words.split(separator: "\n").filter { $0.hasPrefix("Error: ") }
      if status != 1 { problems.append("exit status \(status)") }
      if lines.count != 1 { problems.append("\(lines.count) lines of error") }
    }
  }
}

/// How many runs came to which end.
struct Tally: Sendable, CustomStringConvertible {
  private(set) var ends: [String: Int] = [:]
  /// What must not be: how often, and an example of each kind.
  private(set) var problems: [String: (count: Int, example: String)] = [:]

  /// - Parameter trouble: for people: what befell the run.
  mutating func add(_ outcome: Outcome, _ trouble: String) {
    ends[outcome.end, default: 0] += 1
    let example = "\(trouble): \(outcome.words.suffix(300))"
    for problem in outcome.problems { problems[problem, default: (0, example)].count += 1 }
  }

  static func += (tally: inout Tally, more: Tally) {
    tally.ends.merge(more.ends, uniquingKeysWith: +)
    tally.problems.merge(more.problems) { ($0.count + $1.count, $0.example) }
  }

  /// Has every kind of problem fail the test.
  func report(as name: String) {
    print("\(name): \(ends.values.reduce(0, +)) runs: \(self)")
    for (problem, place) in problems.sorted(by: { $0.key < $1.key }) {
      Issue.record("\(name): \(place.count) times \(problem), such as \(place.example)")
    }
  }

  var description: String {
    ends.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
  }
}

/// Calls `body` with each of the items, two side by side, and with the number of who calls, 0 or 1.
///
/// - Throws: the first error; then no more items are taken.
func sideBySide<Item: Sendable, Result: Sendable>(
  _ items: [Item], _ body: @Sendable (_ item: Item, _ worker: Int) throws -> Result
) throws -> [(item: Item, result: Result)] {
  let next = Mutex(0)
  let results = Mutex<(done: [Int: Result], error: (any Error)?)>(([:], nil))
  DispatchQueue.concurrentPerform(iterations: 2) { worker in
    while true {
      let index = next.withLock { next in
        defer { next += 1 }
        return next
      }
      guard index < items.count, results.withLock({ $0.error == nil }) else { return }
      do {
        let result = try body(items[index], worker)
        results.withLock { $0.done[index] = result }
      } catch {
        results.withLock { $0.error = error }
      }
    }
  }
  let (done, error) = results.withLock { $0 }
  if let error { throw error }
  return items.indices.map { (items[$0], done[$0]!) }
}
