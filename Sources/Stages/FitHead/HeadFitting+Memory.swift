import Core
import Storage
import Support

extension HeadFitting {
  /// Checks that the heads that are trained at a time, and the best of each, fit into memory.
  ///
  /// - Parameters:
  ///   - heads: all that are to be trained.
  ///   - atOnce: how many of them are trained side by side.
  /// - Throws: `MemoryError`, before any of it is allocated.
  func checkMemory(of heads: [HeadArchitecture], atOnce: Int) throws {
    let sizes = heads.map { head in
      let variables = head.variables.reduce(0.0) { $0 + $1.shape.reduce(1.0) { $0 * Double($1) } }
      let widths = head.variables.reduce(0.0) { $0 + Double($1.shape.last ?? 0) }
      let batch = Double(training.batchSize) * (4 * widths + 2 * Double(head.pooled.count))
      // The variables, Adam's two moments, the epoch that is compared and the best one.
      return (kept: 4 * variables, trained: 4 * (5 * variables + batch))
    }
    let trained = sizes.map(\.trained).sorted(by: >).prefix(atOnce).reduce(0, +)
    let units = heads.max { $0.variables.reduce(0) { $0 + $1.count } < $1.variables.reduce(0) { $0 + $1.count } }
    try AvailableMemory.check(
      trained + sizes.reduce(0) { $0 + $1.kept },
      for: "training \(count(heads.count, "head")), \(atOnce) at once (\(units.map { "\($0)" } ?? "")),",
      remedy: "give fewer --hidden units, fewer heads or --threads, or a smaller --batch-size")
  }
}
