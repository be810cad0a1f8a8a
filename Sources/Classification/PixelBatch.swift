import Core

extension WorkerPool {
  /// The values of several images, made on all threads, one image after the other.
  ///
  /// - Parameters:
  ///   - count: how many images there are.
  ///   - length: values of each.
  ///   - fill: fills an image's room, or says why it has no values.
  /// - Returns: the values of those that have any, without gaps, and what `fill` returned for each.
  /// - Throws: what `fill` throws.
  package func pixels<Failure: Sendable>(
    of count: Int, length: Int,
    _ fill: (_ index: Int, _ room: UnsafeMutableBufferPointer<Float>) throws -> Failure?
  ) throws -> (values: [Float], failures: [Failure?]) {
    var failures: [Failure?] = []
    let values = try [Float](unsafeUninitializedCapacity: count * length) { buffer, filled in
      nonisolated(unsafe) let buffer = buffer
      failures = try map(count) { index in
        try fill(index, UnsafeMutableBufferPointer(rebasing: buffer[index * length..<(index + 1) * length]))
      }
      // What follows an image that has no values moves up.
      for index in 0..<count where failures[index] == nil {
        (buffer.baseAddress! + filled).update(from: buffer.baseAddress! + index * length, count: length)
        filled += length
      }
    }
    return (values, failures)
  }
}
