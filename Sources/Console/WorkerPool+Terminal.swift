import Core

extension WorkerPool {
  /// A pool that says where it has fewer threads than are asked for.
  package convenience init(threads: Int, terminal: Terminal) {
    self.init(threads: threads)
    if let shortage { terminal.warn(shortage) }
  }
}
