import KernelInterface

/// A row-major float32 matrix in memory that kernels can work on: every row starts at a vector's boundary and is filled
/// up with zeros to whole vectors.
///
/// Threads share it by rows or by columns; whoever writes takes care that no other thread touches the same part.
package final class Matrix: @unchecked Sendable {
  let rows: Int
  let columns: Int
  /// Vectors from one row to the next.
  let width: Int
  let vectors: UnsafeMutablePointer<Vector>
  private let memory: AlignedMemory<Vector>

  /// Zeros.
  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    width = (columns + Vector.scalarCount - 1) / Vector.scalarCount
    memory = AlignedMemory(count: rows * width)
    vectors = memory.start
  }

  /// Floats from one row to the next.
  var stride: Int { width * Vector.scalarCount }

  /// The same memory, one float at a time.
  var floats: UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(vectors).assumingMemoryBound(to: Float.self)
  }

  /// sums(column) = Σ self(row, column), over the first rows, for a range of columns in vectors.
  func sumRows(_ count: Int, into sums: Matrix, panel: Range<Int>) {
    for column in panel {
      var sum = Vector.zero
      for row in 0..<count { sum += vectors[row * width + column] }
      sums.vectors[column] = sum
    }
  }

  /// The rows without what fills them up, one after the other.
  package var values: [Float] {
    get {
      Array(unsafeUninitializedCapacity: rows * columns) { buffer, count in
        for row in 0..<rows {
          (buffer.baseAddress! + row * columns).initialize(from: floats + row * stride, count: columns)
        }
        count = rows * columns
      }
    }
    set {
      precondition(newValue.count == rows * columns, "\(newValue.count) values for \(rows)×\(columns)")
      newValue.withUnsafeBufferPointer { buffer in
        for row in 0..<rows {
          (floats + row * stride).update(from: buffer.baseAddress! + row * columns, count: columns)
        }
      }
    }
  }
}
