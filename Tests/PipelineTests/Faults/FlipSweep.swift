import Core
import Foundation
import Testing

/// Flips a bit of a file in a finished cache folder and runs what reads it: the results must be the same, or the file
/// refused in one line, or made anew.
final class FlipSweep: Sendable {
  /// The file whose bits are flipped, what is run then, and what is taken away first, for it to be made again.
  struct Victim: CustomStringConvertible, Sendable {
    let name: String
    let readers: [FaultScenario.Command]
    let removed: [String]
    /// What the readers make, in the same bytes. A head that is found whole stays as it is, with a bit that nothing reads.
    let results: [String]

    var description: String { name }

    static let all = [
      Victim(name: "head.weights.h5", readers: [submission], removed: submissionFiles, results: submissionFiles),
      Victim(
        name: "heads", readers: [training, submission], removed: ["head.weights.h5"] + submissionFiles,
        results: ["head.weights.h5"] + submissionFiles),
      Victim(
        name: "train.h5", readers: [training], removed: ["head.weights.h5", "heads"], results: ["head.weights.h5"]),
      Victim(
        name: "valid.h5", readers: [training], removed: ["head.weights.h5", "heads"], results: ["head.weights.h5"]),
      Victim(name: "test.h5", readers: [submission], removed: submissionFiles, results: ["submission.csv"]),
      Victim(name: "submission.provenance.json", readers: [submission], removed: [], results: submissionFiles),
      Victim(name: "report.html", readers: [submission], removed: [], results: submissionFiles),
    ]

    private static let training = FaultScenario.fitHead.command
    private static let submission = FaultScenario.submit.command
    private static let submissionFiles = ["submission.csv", "submission.provenance.json", "report.html"]
  }

  private let data: FaultData
  private let folder: TemporaryFolder
  private let whole: CacheContent

  /// Runs all stages once.
  init(_ data: FaultData) throws {
    self.data = data
    folder = try TemporaryFolder()
    let cache = folder.file("whole")
    for command in FaultScenario.submit.preparation + [FaultScenario.submit.command] {
      try data.succeed(command, in: cache)
    }
    whole = try CacheContent(of: cache)
  }

  /// Flips so many bits at random places, one at a time.
  func flip(_ victim: Victim, count: Int, seed: UInt64) throws -> Tally {
    let names = whole.results.filter { $0 == victim.name || $0.hasPrefix(victim.name + "/") }
    var random = Philox(seed: seed)
    let flips = (0..<count).map { _ in
      let name = names[random.integer(below: names.count)]
      return (name: name, byte: random.integer(below: whole[name]!.count), bit: UInt8(random.integer(below: 8)))
    }
    var tally = Tally()
    for (flip, outcome) in try sideBySide(
      flips,
      { flip, worker in
        try self.attempt(victim, self.folder.file("cache-\(worker)")) { cache in
          var bytes = self.whole[flip.name]!
          bytes[flip.byte] ^= 1 << flip.bit
          try bytes.write(to: URL(fileURLWithPath: cache + "/" + flip.name))
        }
      })
    {
      tally.add(outcome, "\(flip.name), byte \(flip.byte), bit \(flip.bit)")
    }
    return tally
  }

  private func attempt(_ victim: Victim, _ cache: String, _ damage: (String) throws -> Void) throws -> Outcome {
    try? FileManager.default.removeItem(atPath: cache)
    try whole.write(to: cache)
    try damage(cache)
    for name in victim.removed where name != victim.name {
      try FileManager.default.removeItem(atPath: cache + "/" + name)
    }
    for reader in victim.readers {
      let run = try data.run(reader, in: cache)
      let outcome = Outcome(of: run)
      guard run.succeeded else { return outcome }
    }
    let content = try CacheContent(of: cache)
    let others = content.differences(from: whole).filter { name in
      victim.results.contains(name)
    }
    var outcome = Outcome(of: FinishedRun.success)
    if !others.isEmpty { outcome.problems.append("success, but other bytes in \(others)") }
    return outcome
  }
}
