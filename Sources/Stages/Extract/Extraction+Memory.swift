import Core
import Storage
import Support

extension Extraction {
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
      plan.memory(maximumBatch: batchSize, threads: execution.threads) + batches + 64 * 0x1p20,
      for: "--size \(size.height) with batches of \(grouped(batchSize)) on \(count(execution.threads, "thread"))",
      remedy: batchSize > 1 ? "give a smaller --extract-batch-size, or a smaller --size" : "give a smaller --size")
  }
}
