import Foundation
import Testing

/// A run that is killed at any moment, any number of times, ends with the bytes of an undisturbed one.
@Suite struct KillTests {
  @Test func killedThirtyTimes() throws {
    let ordeal = try Ordeal(seed: 1)
    // Of 80 runs some come to their end before they are struck.
    var runs = 0
    while ordeal.strikes.values.reduce(0, +) < 30 || ordeal.strikes.count < Ordeal.Moment.allCases.count, runs < 80 {
      try ordeal.run(strikingWith: SIGKILL, Ordeal.Moment.allCases[runs % Ordeal.Moment.allCases.count])
      runs += 1
    }
    try ordeal.run()
    #expect(ordeal.strikes.values.reduce(0, +) >= 30)
    #expect(ordeal.strikes.count == Ordeal.Moment.allCases.count, "in every phase: \(ordeal.strikes)")
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func anInterruptedRunSaysHowToGoOn(number: Int32) throws {
    let folder = try TemporaryFolder()
    try Photographs(perClass: 120).write(to: folder)
    let process = try ExtractProcess(in: folder)
    while process.isRunning, !FileManager.default.fileExists(atPath: folder.file("cache/train.parts/000002.h5")) {
      usleep(500)
    }
    process.signal(number)
    #expect(process.wait() == 128 + number)
    let last = try #require(process.output.split(separator: "\n").last)
    let expected = /stopped: train: [0-9]+ of 240 images are done and kept; the same command goes on from there/
    #expect(last.wholeMatch(of: expected) != nil, "\(last)")
  }

  /// `./pipeline.sh soak MINUTES`: kills, interrupts, failed system calls, damage and changed images, in any order; and beside
  /// it failed system calls in the other stages, and flipped bits in heads.
  @Test(.enabled(if: soakMinutes != nil)) func soak() throws {
    let seed = UInt64(time(nil))
    print("soak: seed \(seed)")
    let ordeal = try Ordeal(seed: seed)
    let end = ContinuousClock.now + .seconds(60 * Self.soakMinutes!)
    let heads = try HeadOrdeal()
    var damages = 0
    while ContinuousClock.now < end {
      if ordeal.choose([true, false, false]) {
        try ordeal.damageSomething()
        damages += 1
      }
      let number = ordeal.choose([SIGKILL, SIGKILL, SIGINT, SIGTERM])
      try ordeal.run(strikingWith: number, ordeal.choose(Ordeal.Moment.allCases))
      if FaultShim.library != nil { try ordeal.run(failingAt: ordeal.choose(Array(0..<400))) }
      try heads.disturb(choosing: ordeal)
    }
    try ordeal.run()
    let strikes = ordeal.strikes.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
    print(
      "soak: struck \(strikes); \(damages) damages; \(ordeal.faults) failed system calls; \(ordeal.completions) runs to the end, "
        + "all with the same bytes; of fit-head and submit \(heads.tally)")
  }

  static let soakMinutes = ProcessInfo.processInfo.environment["FEATURE_CACHE_SOAK_MINUTES"].flatMap(Double.init)
}
