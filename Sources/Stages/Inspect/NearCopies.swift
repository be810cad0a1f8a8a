import Core
import FeatureStore

/// Images that show almost the same, by the cosine of their features' means over height and width, from which the mean of all
/// images is taken away.
///
/// Not all pairs of N are compared, but those whose features lie on the same side of log₂ N random hyperplanes in one of
/// ``tables`` drawings (Charikar 2002, "Similarity estimation techniques from rounding algorithms"): N log N comparisons where
/// images differ, and the square of those that resemble one another. Of 10,000 images a pair with a cosine of 0.99 is missed
/// once in 30,000 times, and of a million once in a thousand.
package struct NearCopies {
  /// The least cosine of near copies.
  package static let threshold: Float = 0.99
  private static let tables = 14
  private static let stream: UInt64 = 0x4E45_4152_0000_0000  // "NEAR"

  /// Unit vectors.
  private let vectors: [[Float]]

  /// - Parameter means: of the features over height and width, N×C.
  package init(_ means: [[Float]]) {
    var vectors = means
    let channels = means.first?.count ?? 0
    var mean = [Double](repeating: 0, count: channels)
    for vector in vectors { for (channel, value) in vector.enumerated() { mean[channel] += Double(value) } }
    for index in vectors.indices {
      for channel in 0..<channels { vectors[index][channel] -= Float(mean[channel] / Double(vectors.count)) }
      let length = Self.product(vectors[index], vectors[index]).squareRoot()
      if length > 0 { for channel in 0..<channels { vectors[index][channel] /= length } }
    }
    self.vectors = vectors
  }

  /// Pairs of rows, the first before the second, with their cosine: the closest first.
  package func pairs(pool: WorkerPool) throws -> [(first: Int, second: Int, cosine: Float)] {
    var found: [Pair: Float] = [:]
    let bits = max(8, Int.bitWidth - vectors.count.leadingZeroBitCount)
    for table in 0..<Self.tables {
      var random = Philox(seed: 1, stream: Self.stream | UInt64(table))
      let planes = (0..<bits).map { _ in (vectors.first ?? []).map { _ in random.uniform(from: -1, to: 1) } }
      let keys = try pool.map(vectors.count) { index in
        planes.reduce(0) { $0 << 1 | (Self.product($1, vectors[index]) >= 0 ? 1 : 0) }
      }
      for bucket in Dictionary(grouping: vectors.indices, by: { keys[$0] }).values {
        for (place, first) in bucket.enumerated() {
          for second in bucket[(place + 1)...] where found[Pair(first: first, second: second)] == nil {
            let cosine = Self.product(vectors[first], vectors[second])
            if cosine >= Self.threshold { found[Pair(first: first, second: second)] = cosine }
          }
        }
      }
    }
    return found.map { ($0.key.first, $0.key.second, $0.value) }
      .sorted { ($1.cosine, $0.first, $0.second) < ($0.cosine, $1.first, $1.second) }
  }

  private struct Pair: Hashable {
    let first: Int
    let second: Int
  }

  private static func product(_ a: [Float], _ b: [Float]) -> Float {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        var sum = SIMD8<Float>.zero
        let whole = a.count / 8 * 8
        for start in stride(from: 0, to: whole, by: 8) {
          let x = UnsafeRawPointer(a.baseAddress! + start).loadUnaligned(as: SIMD8<Float>.self)
          let y = UnsafeRawPointer(b.baseAddress! + start).loadUnaligned(as: SIMD8<Float>.self)
          sum += x * y
        }
        var rest: Float = 0
        for index in whole..<a.count { rest += a[index] * b[index] }
        return sum.sum() + rest
      }
    }
  }
}
