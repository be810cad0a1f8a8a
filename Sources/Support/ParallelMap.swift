import Core

extension WorkerPool {
  /// The results of `body(0)`, `body(1)`, …, computed on all threads.
  ///
  /// - Throws: the error of the first index that has one.
  package func map<Result: Sendable>(_ count: Int, _ body: (_ index: Int) throws -> Result) throws -> [Result] {
    var results = [Swift.Result<Result, any Error>?](repeating: nil, count: count)
    results.withUnsafeMutableBufferPointer { results in
      nonisolated(unsafe) let results = results
      forEach(count) { index, _ in results[index] = Swift.Result { try body(index) } }
    }
    return try results.map { try $0!.get() }
  }
}
