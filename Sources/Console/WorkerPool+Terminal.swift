import Core

extension WorkerPool {
  /// A pool that says what makes it slow: fewer threads than are asked for, a processor without fused multiply-adds.
  package convenience init(threads: Int, terminal: Terminal) {
    self.init(threads: threads)
    if let shortage { terminal.warn(shortage) }
    if !InstructionSet.current.fusesInHardware {
      terminal.warn(
        "this processor (or FEATURE_CACHE_ISA) has no fused multiply-add (AVX2 and FMA): it is done in software, to the same "
          + "bytes, about twenty times slower")
    }
  }
}
