import Core
import Storage

extension Extraction.Settings {
  /// Checks that what is computed at a time fits into memory.
  ///
  /// - Throws: `MemoryError`, before any of it is allocated.
  func checkMemory(of cut: Backbone.Layer, size: ImageSize, batchSize: Int) throws {
    let plan = ConvolutionPlan(cut: cut, height: size.height, width: size.width, maximumBatch: batchSize)
    let image = Double(size.height) * Double(size.width) * 3
    let features = Double(cut.outputShape(height: size.height, width: size.width).count)
    // Of both, a batch at each end of the queues, and two in each.
    let batches = 4 * Double(batchSize) * (image + 2 * features) * 4
    try AvailableMemory.check(
      plan.memory(maximumBatch: batchSize, threads: threads) + batches + 64 * 0x1p20,
      for: "--size \(size.height) with batches of \(grouped(batchSize)) on \(count(threads, "thread"))",
      remedy: batchSize > 1 ? "give a smaller --extract-batch-size, or a smaller --size" : "give a smaller --size")
  }
}

extension HeadFitting.Settings {
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
      let batch = Double(batchSize) * (4 * widths + 2 * Double(head.pooled.count))
      // The variables, Adam's two moments, the epoch that is compared and the best one.
      return (kept: 4 * variables, trained: 4 * (5 * variables + batch))
    }
    let training = sizes.map(\.trained).sorted(by: >).prefix(atOnce).reduce(0, +)
    let units = heads.max { $0.variables.reduce(0) { $0 + $1.count } < $1.variables.reduce(0) { $0 + $1.count } }
    try AvailableMemory.check(
      training + sizes.reduce(0) { $0 + $1.kept },
      for: "training \(count(heads.count, "head")), \(atOnce) at once (\(units.map { "\($0)" } ?? "")),",
      remedy: "give fewer --hidden units, fewer heads or --threads, or a smaller --batch-size")
  }
}

extension WorkerPool {
  /// A pool that says where it has fewer threads than are asked for.
  convenience init(threads: Int, terminal: Terminal) {
    self.init(threads: threads)
    if let shortage { terminal.warn(shortage) }
  }
}
