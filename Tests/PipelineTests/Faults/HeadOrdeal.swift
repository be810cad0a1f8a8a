import Testing

/// Faults and flipped bits of the stages after extract, drawn at random.
final class HeadOrdeal {
  private let sweeps: [FaultSweep]
  private let flips: FlipSweep
  private(set) var tally = Tally()

  init() throws {
    let data = try FaultData()
    flips = try FlipSweep(data)
    sweeps = FaultShim.library == nil ? [] : try [.fitHead, .ensemble, .submit].map { try FaultSweep($0, data) }
  }

  /// Two faults and two flips.
  func disturb(choosing dice: Ordeal) throws {
    if !sweeps.isEmpty {
      let sweep = dice.choose(sweeps)
      tally += try sweep.strike((0..<2).map { _ in dice.choose(sweep.everyFault) })
    }
    let seed = UInt64(dice.choose(Array(0..<1 << 20)))
    tally += try flips.flip(dice.choose(FlipSweep.Victim.all), count: 2, seed: seed)
    try #require(tally.problems.isEmpty, "\(tally.problems)")
  }
}
