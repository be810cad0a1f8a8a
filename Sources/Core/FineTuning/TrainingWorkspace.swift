/// Memory that the convolutions of a network use one after the other in a training step.
package final class TrainingWorkspace {
  /// V of a chunk's gradients, or dM of a batch.
  private(set) var gradients = AlignedMemory<Float>(count: 0)
  /// For each worker: room for the transforms, for U or dU of a panel, and for M of a panel.
  private(set) var scratch: [AlignedMemory<Float>]
  let pool: WorkerPool

  package init(pool: WorkerPool) {
    self.pool = pool
    scratch = (0..<pool.threadCount).map { _ in AlignedMemory(count: 0) }
  }

  /// Makes room for a layer; counts are in floats.
  func reserve(gradients: Int = 0, scratch: Int = 0) {
    if gradients > self.gradients.count { self.gradients = AlignedMemory(count: gradients) }
    if scratch > self.scratch[0].count {
      self.scratch = (0..<pool.threadCount).map { _ in AlignedMemory(count: scratch) }
    }
  }
}
