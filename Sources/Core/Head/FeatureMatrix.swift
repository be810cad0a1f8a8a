/// The pooled, flattened features of many images, N×D, without their zeros.
///
/// About 95 % of what VGG16's last convolution gives is zero (80 to 90 % after pooling), so a row is kept as its other
/// entries, in the order of their columns. Copies share the rows' memory, so subsets cost nothing.
public struct FeatureMatrix: Sendable {
  /// One image's entries.
  public struct Row: Sendable, Equatable {
    private let block: RowBlock
    private let offset: Int
    private let count: Int

    /// Ascending. To be used as long as the row lives.
    public var columns: UnsafeBufferPointer<UInt32> {
      UnsafeBufferPointer(start: (block.bytes.baseAddress! + offset).assumingMemoryBound(to: UInt32.self), count: count)
    }
    /// The entries of those columns. To be used as long as the row lives.
    public var values: UnsafeBufferPointer<Float> {
      let start = block.bytes.baseAddress! + offset + count * MemoryLayout<UInt32>.size
      return UnsafeBufferPointer(start: start.assumingMemoryBound(to: Float.self), count: count)
    }

    fileprivate init(block: RowBlock, offset: Int, count: Int) {
      self.block = block
      self.offset = offset
      self.count = count
    }

    /// Writes all D values, the zeros, too.
    ///
    /// - Parameters:
    ///   - target: room for them.
    ///   - count: D.
    public func copy(to target: UnsafeMutablePointer<Float>, count: Int) {
      target.update(repeating: 0, count: count)
      for (column, value) in zip(columns, values) { target[Int(column)] = value }
    }

    public static func == (a: Row, b: Row) -> Bool {
      a.columns.elementsEqual(b.columns) && a.values.elementsEqual(b.values)
    }
  }

  /// D.
  public let columnCount: Int
  public private(set) var rows: [Row] = []
  private let keep: Keeper?

  /// Takes the memory of rows that were just appended and returns where they are from now on, unchanged.
  public typealias Keeper = @Sendable (RowBlock) throws(AnyError) -> RowBlock

  /// No rows yet.
  ///
  /// - Parameters:
  ///   - columnCount: values in a row, D.
  ///   - keep: moves rows elsewhere where they take too much memory; nil leaves them where they are.
  public init(columnCount: Int, keep: Keeper? = nil) {
    precondition(columnCount > 0 && columnCount <= Int(Int32.max), "a feature matrix of \(columnCount) columns")
    self.columnCount = columnCount
    self.keep = keep
  }

  /// Some of the rows, in any order; they share the memory.
  public func selecting(_ indices: [Int]) -> FeatureMatrix {
    var selection = self
    selection.rows = indices.map { rows[$0] }
    return selection
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
  /// - Parameters:
  ///   - dense: n×D values, row by row.
  ///   - pool: the threads to work on.
  /// - Throws: ``HeadError`` where a value is not a finite number; nothing is appended then.
  public mutating func append(dense: [Float], on pool: WorkerPool) throws(AnyError) {
    let shape = FeatureShape(height: 1, width: 1, channels: columnCount)
    try append(features: dense, shape: shape, pooling: false, on: pool)
  }

  /// Appends images' features, pooled 2×2 where `pooling` is true, and flattened.
  ///
  /// - Parameters:
  ///   - features: n×H×W×C values, channels last.
  ///   - shape: H, W and C.
  ///   - pooling: whether they are pooled.
  ///   - pool: the threads to work on.
  /// - Throws: ``HeadError`` where a value is not a finite number, and what keeping the rows throws; nothing is appended
  ///   then.
  /// - Precondition: whole images, of ``columnCount`` values once they are pooled.
  public mutating func append(features: [Float], shape: FeatureShape, pooling: Bool, on pool: WorkerPool)
    throws(AnyError)
  {
    let pooled = pooling ? MaxPooling.outputShape(of: shape) : shape
    precondition(pooled.count == columnCount, "features of \(shape) for \(columnCount) columns")
    precondition(features.count % shape.count == 0, "\(features.count) values of images of \(shape)")
    let count = features.count / shape.count
    var appended = [Entries?](repeating: nil, count: count)
    features.withUnsafeBufferPointer { features in
      appended.withUnsafeMutableBufferPointer { appended in
        pool.forEach(count) { index, _ in
          let image = UnsafeBufferPointer(rebasing: features[index * shape.count..<(index + 1) * shape.count])
          appended[index] = Entries(image: image, shape: shape, pooling: pooling)
        }
      }
    }
    if let bad = appended.firstIndex(where: { $0 == nil }) {
      throw HeadError.notFinite(row: rows.count + bad)
    }
    try store(appended.compactMap { $0 })
  }

  /// Moves the rows' entries into one block.
  private mutating func store(_ appended: [Entries]) throws(AnyError) {
    let size = appended.reduce(0) { $0 + $1.columns.count * Entries.size }
    let owner = AlignedMemory<UInt8>(count: size)
    let memory = UnsafeMutableRawBufferPointer(start: owner.start, count: max(size, 1))
    var offsets: [Int] = []
    var end = 0
    for entries in appended {
      offsets.append(end)
      entries.columns.withUnsafeBytes { memory[end..<end + $0.count].copyBytes(from: $0) }
      end += entries.columns.count * MemoryLayout<UInt32>.size
      entries.values.withUnsafeBytes { memory[end..<end + $0.count].copyBytes(from: $0) }
      end += entries.values.count * MemoryLayout<Float>.size
    }
    var block = RowBlock(bytes: UnsafeRawBufferPointer(memory)) { _ in withExtendedLifetime(owner) {} }
    if let keep { block = try keep(block) }
    rows += zip(appended, offsets).map { Row(block: block, offset: $1, count: $0.columns.count) }
  }
}

/// Memory that holds the entries of some rows, as long as one of them is in use.
public final class RowBlock: @unchecked Sendable {
  public let bytes: UnsafeRawBufferPointer
  private let release: (UnsafeRawBufferPointer) -> Void

  /// - Parameters:
  ///   - bytes: nobody writes to them any more.
  ///   - release: gives them back.
  public init(bytes: UnsafeRawBufferPointer, release: @escaping (UnsafeRawBufferPointer) -> Void) {
    self.bytes = bytes
    self.release = release
  }

  deinit { release(bytes) }
}

/// An image's entries before they are moved to where they are kept.
private struct Entries {
  /// Of an entry in bytes.
  static let size = MemoryLayout<UInt32>.size + MemoryLayout<Float>.size
  let columns: [UInt32]
  let values: [Float]

  /// Nil where a value is not finite.
  init?(image: UnsafeBufferPointer<Float>, shape: FeatureShape, pooling: Bool) {
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
