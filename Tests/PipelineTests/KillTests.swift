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
    #expect(last.wholeMatch(of: /stopped: train: [0-9]+ of 240 images are done and kept; the same command goes on from there/) != nil)
  }

  /// `./pipeline.sh soak MINUTES`: kills, interrupts, damage and changed images, in any order.
  @Test(.enabled(if: soakMinutes != nil)) func soak() throws {
    let seed = UInt64(time(nil))
    print("soak: seed \(seed)")
    let ordeal = try Ordeal(seed: seed)
    let end = ContinuousClock.now + .seconds(60 * Self.soakMinutes!)
    var damages = 0
    while ContinuousClock.now < end {
      if ordeal.choose([true, false, false]) {
        try ordeal.damageSomething()
        damages += 1
      }
      try ordeal.run(strikingWith: ordeal.choose([SIGKILL, SIGKILL, SIGINT, SIGTERM]), ordeal.choose(Ordeal.Moment.allCases))
    }
    try ordeal.run()
    print("soak: \(ordeal.strikes) struck, \(damages) damages, \(ordeal.completions) runs to the end, all with the same bytes")
  }

  static let soakMinutes = ProcessInfo.processInfo.environment["FEATURE_CACHE_SOAK_MINUTES"].flatMap(Double.init)
}
