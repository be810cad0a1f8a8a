import Foundation
import Testing

/// Runs a scenario's command in trouble, again and again, and judges what came of it: in the end there must be the bytes of
/// an undisturbed run.
final class FaultSweep: Sendable {
  enum Trouble: Sendable {
    case fault(Fault)
    /// The disk has room for what is there and so many KiB more.
    case disk(kilobytes: Int)
  }

  private let scenario: FaultScenario
  private let data: FaultData
  private let folder: TemporaryFolder
  /// What the command finds, what it leaves where nothing goes wrong, and what is there after its sequel.
  private let before: CacheContent
  private let afterCommand: CacheContent
  private let afterSequel: CacheContent
  /// The system calls of an undisturbed run.
  let calls: [FaultShim.Call]

  init(_ scenario: FaultScenario, _ data: FaultData) throws {
    self.scenario = scenario
    self.data = data
    folder = try TemporaryFolder()
    let (start, reference, list) = (folder.file("before"), folder.file("reference"), folder.file("calls"))
    try FileManager.default.createDirectory(atPath: start, withIntermediateDirectories: true)
    for command in scenario.preparation { try data.succeed(command, in: start) }
    try scenario.change(start)
    before = try CacheContent(of: start)
    try FileManager.default.copyItem(atPath: start, toPath: reference)
    try data.succeed(scenario.command, in: reference, environment: FaultShim.environment(listing: list))
    afterCommand = try CacheContent(of: reference)
    for command in scenario.sequel { try data.succeed(command, in: reference) }
    afterSequel = try CacheContent(of: reference)
    calls = try FaultShim.calls(in: list)
  }

  // MARK: - What there is to try

  /// Every call in every way.
  var everyFault: [Trouble] {
    calls.indices.flatMap { call in modes(of: call).map { .fault(Fault(call: call, mode: $0)) } }
  }

  /// Every call, or one of `step`, in two ways: it fails, and another way, which differs from call to call.
  func sample(step: Int) -> [Trouble] {
    stride(from: 0, to: calls.count, by: step).flatMap { call -> [Trouble] in
      let others = modes(of: call).filter { $0 != .broken }
      return [.broken, others[call / step % others.count]].map { .fault(Fault(call: call, mode: $0)) }
    }
  }

  private func modes(of call: Int) -> [Fault.Mode] {
    Fault.Mode.allCases.filter { $0 != .short || calls[call].kind == "write" }
  }

  /// Disks from one that nothing fits on to one that all fits on, parts and temporary files included.
  func everyDisk(step kilobytes: Int) -> [Trouble] {
    let most = 2 * max(afterCommand.byteCount - before.byteCount, 0) >> 10 + 8 * kilobytes
    // A size of 0 would be none.
    return stride(from: 4, to: most, by: kilobytes).map { .disk(kilobytes: $0) }
  }

  // MARK: - Trying it

  /// Makes every one of these runs, two side by side.
  func strike(_ troubles: [Trouble]) throws -> Tally {
    var tally = Tally()
    for (trouble, outcome) in try sideBySide(troubles, { try self.strike($0, worker: $1) }) {
      tally.add(outcome, describe(trouble))
    }
    return tally
  }

  private func describe(_ trouble: Trouble) -> String {
    switch trouble {
    case .fault(let fault): "call \(fault.call) (\(calls[fault.call].kind) \(calls[fault.call].file)), \(fault.mode)"
    case .disk(let kilobytes): "a disk with room for \(kilobytes) KiB"
    }
  }

  private func strike(_ trouble: Trouble, worker: Int) throws -> Outcome {
    let cache = folder.file("cache-\(worker)")
    let ample = 64 << 10
    try? FileManager.default.removeItem(atPath: cache)
    let disk: SmallDisk?
    let fault: Fault?
    switch trouble {
    case .fault(let its):
      (disk, fault) = (nil, its)
      try FileManager.default.copyItem(atPath: folder.file("before"), toPath: cache)
    case .disk(let kilobytes):
      let small: SmallDisk = try #require(SmallDisk(cache, kilobytes: ample))
      (disk, fault) = (small, nil)
      try before.write(to: cache)
      small.resize(kilobytes: SmallDisk.usedKilobytes(of: cache) + kilobytes)
    }
    let run = try data.run(scenario.command, in: cache, environment: fault?.environment ?? [:])
    var outcome = Outcome(of: run, mayBeKilled: fault?.mode == .killed)
    outcome.problems += try problems(of: CacheContent(of: cache), after: run)
    disk?.resize(kilobytes: ample)
    outcome.problems += try recover(cache, afterSuccess: run.succeeded)
    return outcome
  }

  // MARK: - What must be true

  private func problems(of content: CacheContent, after run: FinishedRun) -> [String] {
    var problems: [String] = []
    // The report is made of files that are safe: that it could not be written is a warning.
    let others = content.differences(from: afterCommand).filter { name in
      !(name == "report.html" && run.words.contains("/report.html: not written: "))
    }
    if run.succeeded, scenario.sequel.isEmpty, !others.isEmpty {
      problems.append("success, but other bytes in \(others)")
    }
    let damaged = content.results.filter { name in
      let whole = [before[name], afterCommand[name], afterSequel[name]].compactMap(\.self)
      return !whole.isEmpty && !whole.contains(content[name]!)
    }
    if !damaged.isEmpty { problems.append("a damaged file in place: \(damaged)") }
    return problems
  }

  /// Runs everything again, undisturbed; what was wrong with that.
  private func recover(_ cache: String, afterSuccess: Bool) throws -> [String] {
    // The sequel must be able to go on after what the command called a success.
    let commands = (afterSuccess && !scenario.sequel.isEmpty ? [] : [scenario.command]) + scenario.sequel
    for command in commands {
      let run = try data.run(command, in: cache)
      let words = run.words.replacing(cache, with: "CACHE").suffix(300)
      guard run.succeeded else { return ["the rerun ends with \(run.end): \(words)"] }
    }
    let content = try CacheContent(of: cache)
    let others = content.differences(from: afterSequel)
    let leftovers = content.leftovers(beside: afterSequel)
    return (others.isEmpty ? [] : ["the rerun ends with other bytes in \(others)"])
      + (leftovers.isEmpty ? [] : ["after the rerun there is still \(leftovers)"])
  }
}
