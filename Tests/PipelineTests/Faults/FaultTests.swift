import Foundation
import Testing

/// Whatever a disk does, the programs neither lie nor lose: no crash, no hang, no error without a word, no success with
/// other bytes, no damaged file under a final name, and a rerun mends everything.
///
/// `./pipeline.sh test` makes a sample of these runs, `./pipeline.sh faults` all of them.
@Suite struct FaultTests {
  /// Every call fails, and is short, or the last before a kill, or the first on a disk that is full from then on. In a
  /// sample some calls, fewer of the scenarios with extract, whose start takes most of their time.
  @Test(
    .serialized,
    .enabled(if: FaultShim.library != nil, "faults need a C compiler and preloading"),
    arguments: FaultScenario.all)
  func aSystemCallGoesWrong(scenario: FaultScenario) throws {
    let sweep = try FaultSweep(scenario, FaultData())
    try #require(sweep.calls.contains { $0.kind == "write" } && sweep.calls.contains { $0.kind == "rename" })
    let troubles = Self.isEverything ? sweep.everyFault : sweep.sample(step: scenario.step)
    try sweep.strike(troubles).report(as: "faults: \(scenario), \(sweep.calls.count) calls")
  }

  /// Every size of the disk between that on which nothing fits and that on which all does, in pages.
  @Test(
    .serialized,
    .enabled(if: FaultShim.library != nil && SmallDisk.isPossible, "full disks need a root that may mount"),
    arguments: [FaultScenario.fitHead, .submit, .extract])
  func theDiskIsFull(scenario: FaultScenario) throws {
    let sweep = try FaultSweep(scenario, FaultData())
    let tally = try sweep.strike(
      sweep.everyDisk(step: Self.isEverything ? scenario.page : scenario.page * scenario.step))
    tally.report(as: "full disks: \(scenario)")
    #expect(tally.ends["succeeded"] ?? 0 > 0 && tally.ends["an error"] ?? 0 > 0, "\(tally)")
  }

  @Test(.serialized, arguments: FlipSweep.Victim.all)
  func aBitIsFlipped(victim: FlipSweep.Victim) throws {
    let sweep = try FlipSweep(FaultData())
    let tally = try sweep.flip(victim, count: Self.isEverything ? 400 : 24, seed: 1)
    tally.report(as: "flips: \(victim)")
  }

  static let isEverything = ProcessInfo.processInfo.environment["FEATURE_CACHE_FAULTS"] == "all"
}
