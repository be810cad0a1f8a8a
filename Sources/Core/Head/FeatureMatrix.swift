/// The pooled, flattened features of many images, N×D, without their zeros.
///
/// About 95 % of what VGG16's last convolution gives is zero (80 to 90 % after pooling), so a row is kept as its other
/// entries, in the order of their columns. Copies share the rows' memory, so subsets cost nothing.
public struct FeatureMatrix: Sendable {
  /// One image's entries.
  public struct Row: Sendable, Equatable {
    /// Ascending.
    public let columns: [UInt32]
    /// The entries of those columns.
    public let values: [Float]
  }

  /// D.
  public let columnCount: Int
  public private(set) var rows: [Row] = []

  /// No rows yet.
  public init(columnCount: Int) {
    precondition(columnCount > 0 && columnCount <= Int(Int32.max), "a feature matrix of \(columnCount) columns")
    self.columnCount = columnCount
  }

  /// The given rows of another.
  public init(_ other: FeatureMatrix, rows: [Int]) {
    columnCount = other.columnCount
    self.rows = rows.map { other.rows[$0] }
  }

  /// Appends the rows of another.
  ///
  /// - Precondition: the same number of columns.
  public mutating func append(_ other: FeatureMatrix) {
    precondition(other.columnCount == columnCount, "rows of \(other.columnCount) columns for \(columnCount)")
    rows += other.rows
  }

  /// Appends images that are flattened (and pooled) already.
  ///
  /// - Parameter dense: n×D values, row by row.
  /// - Throws: ``HeadError`` where a value is not a finite number; nothing is appended then.
  public mutating func append(dense: [Float], on pool: WorkerPool) throws {
    let shape = FeatureShape(height: 1, width: 1, channels: columnCount)
    try append(features: dense, shape: shape, pooling: false, on: pool)
  }

  /// Appends images' features, pooled 2×2 where `pooling` is true, and flattened.
  ///
  /// - Parameters:
  ///   - features: n×H×W×C values, channels last.
  ///   - shape: H, W and C.
  /// - Throws: ``HeadError`` where a value is not a finite number; nothing is appended then.
  /// - Precondition: whole images, of ``columnCount`` values once they are pooled.
  public mutating func append(features: [Float], shape: FeatureShape, pooling: Bool, on pool: WorkerPool) throws {
    let pooled = pooling ? MaxPooling.outputShape(of: shape) : shape
    precondition(pooled.count == columnCount, "features of \(shape) for \(columnCount) columns")
    precondition(features.count % shape.count == 0, "\(features.count) values of images of \(shape)")
    let count = features.count / shape.count
    var appended = [Row?](repeating: nil, count: count)
    features.withUnsafeBufferPointer { features in
      appended.withUnsafeMutableBufferPointer { appended in
        pool.forEach(count) { index, _ in
          let image = UnsafeBufferPointer(rebasing: features[index * shape.count..<(index + 1) * shape.count])
          appended[index] = Row(image: image, shape: shape, pooling: pooling)
        }
      }
    }
    if let bad = appended.firstIndex(where: { $0 == nil }) {
      let row = rows.count + bad
      throw HeadError("the features of row \(row) hold a value that is not a finite number; extract them again")
    }
    rows += appended.compactMap { $0 }
  }
}

extension FeatureMatrix.Row {
  /// Nil where a value is not finite.
  fileprivate init?(image: UnsafeBufferPointer<Float>, shape: FeatureShape, pooling: Bool) {
    guard allFinite(image) else { return nil }
    guard pooling else {
      self.init(dense: image)
      return
    }
    let pooledCount = MaxPooling.outputShape(of: shape).count
    self = withUnsafeTemporaryAllocation(of: Float.self, capacity: pooledCount) { pooled in
      MaxPooling.forward(image.baseAddress!, shape: shape, into: pooled.baseAddress!)
      return Self(dense: UnsafeBufferPointer(pooled))
    }
  }

  private init(dense: UnsafeBufferPointer<Float>) {
    let count = dense.count { $0 != 0 }
    columns = Array(unsafeUninitializedCapacity: count) { buffer, initialized in
      for (column, value) in dense.enumerated() where value != 0 {
        buffer[initialized] = UInt32(column)
        initialized += 1
      }
    }
    values = Array(unsafeUninitializedCapacity: count) { buffer, initialized in
      for value in dense where value != 0 {
        buffer[initialized] = value
        initialized += 1
      }
    }
  }
}

/// `x - x` is 0 for a finite x and not a number for any other.
private func allFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
  var differences = SIMD16<Float>.zero
  let whole = values.count / 16 * 16
  for start in stride(from: 0, to: whole, by: 16) {
    let lanes = UnsafeRawPointer(values.baseAddress! + start).loadUnaligned(as: SIMD16<Float>.self)
    differences += lanes - lanes
  }
  for index in whole..<values.count { differences[0] += values[index] - values[index] }
  return differences.sum() == 0
}
