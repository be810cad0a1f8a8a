/// A batch of feature rows after dropout: the input of the first dense layer, as its entries that are not zero.
///
/// The columns are cut into blocks whose kernel rows fit into a core's cache. Blocks depend on the number of columns
/// only, so sums over them come out the same on any number of threads.
final class SparseBatch {
  let blocks: ColumnBlocks
  /// The most rows that fit.
  let capacity: Int
  /// In `columns` and `values`, from one row's entries to the next one's.
  private(set) var rowCapacity = 0
  private(set) var columns = AlignedMemory<UInt32>(count: 0)
  private(set) var values = AlignedMemory<Float>(count: 0)
  /// capacity × (blocks + 1): where each block's entries begin among their row's, and at last how many there are.
  let starts: AlignedMemory<Int32>

  init(columnCount: Int, capacity: Int) {
    blocks = ColumnBlocks(columnCount: columnCount)
    self.capacity = capacity
    starts = AlignedMemory(count: capacity * (blocks.count + 1))
  }

  /// Makes room for rows of so many entries.
  func reserve(entriesPerRow count: Int) {
    guard count > rowCapacity else { return }
    rowCapacity = count
    columns = AlignedMemory(count: capacity * count)
    values = AlignedMemory(count: capacity * count)
  }

  /// Sets a row of the batch. While training, every entry draws whether it is kept.
  func set(_ index: Int, to row: SparseRow, dropout: Dropout?, pass: HeadPass, scratch: AlignedMemory<UInt32>) {
    let columns = self.columns.start + index * rowCapacity
    let values = self.values.start + index * rowCapacity
    var count = row.columns.count
    if let dropout, pass.isTraining, dropout.rate > 0 {
      count = dropout.forward(row, index: index, pass: pass, columns: columns, values: values, scratch: scratch)
    } else {
      _ = UnsafeMutableBufferPointer(start: columns, count: count).update(fromContentsOf: row.columns)
      _ = UnsafeMutableBufferPointer(start: values, count: count).update(fromContentsOf: row.values)
    }
    findBlocks(columns, count: count, starts: starts.start + index * (blocks.count + 1))
  }

  /// Writes where each block begins among a row's `count` columns.
  private func findBlocks(_ columns: UnsafePointer<UInt32>, count: Int, starts: UnsafeMutablePointer<Int32>) {
    var position = 0
    for block in 0..<blocks.count {
      starts[block] = Int32(truncatingIfNeeded: position)
      let end = blocks.range(block).upperBound
      while position < count && columns[position] < end { position += 1 }
    }
    starts[blocks.count] = Int32(truncatingIfNeeded: count)
  }
}

/// A feature row's entries that are not zero, in the order of their columns.
struct SparseRow {
  let columns: UnsafeBufferPointer<UInt32>
  let values: UnsafeBufferPointer<Float>
}

extension SparseRow {
  /// The entries of a row of the matrix, to be used as long as that lives.
  init(_ row: FeatureMatrix.Row) {
    columns = row.columns
    values = row.values
  }

  /// Those among `count` values.
  ///
  /// - Parameters:
  ///   - columns, values: room for as many entries.
  init(
    dense: UnsafePointer<Float>, count: Int, columns: UnsafeMutablePointer<UInt32>, values: UnsafeMutablePointer<Float>
  ) {
    var entries = 0
    for column in 0..<count {
      columns[entries] = UInt32(truncatingIfNeeded: column)
      values[entries] = dense[column]
      entries &+= dense[column] != 0 ? 1 : 0
    }
    self.columns = UnsafeBufferPointer(start: columns, count: entries)
    self.values = UnsafeBufferPointer(start: values, count: entries)
  }
}

/// The cut of the first dense layer's inputs into blocks of neighbouring columns.
struct ColumnBlocks: Sendable {
  let columnCount: Int
  let columnsPerBlock: Int

  /// Blocks of at most 256 columns, and, where it makes sense, enough of them for many threads.
  init(columnCount: Int) {
    self.columnCount = columnCount
    columnsPerBlock = min(max((columnCount + 31) / 32, 32), 256)
  }

  var count: Int { (columnCount + columnsPerBlock - 1) / columnsPerBlock }

  func range(_ block: Int) -> Range<Int> {
    block * columnsPerBlock..<min((block + 1) * columnsPerBlock, columnCount)
  }
}

/// One block of a batch, column by column: what the kernel's gradient is made of. A worker's scratch memory.
final class TransposedBlock {
  /// For every column of the block, where its entries begin; and where the last one's end.
  let starts: AlignedMemory<Int32>
  /// The row of the batch that an entry comes from; ascending in each column.
  let samples: AlignedMemory<UInt32>
  let values: AlignedMemory<Float>
  private let next: AlignedMemory<Int32>

  init(blocks: ColumnBlocks, samples count: Int) {
    starts = AlignedMemory(count: blocks.columnsPerBlock + 1)
    next = AlignedMemory(count: blocks.columnsPerBlock + 1)
    samples = AlignedMemory(count: blocks.columnsPerBlock * count)
    values = AlignedMemory(count: blocks.columnsPerBlock * count)
  }

  /// A counting sort of a block's entries by column.
  func gather(block: Int, of batch: SparseBatch, rows: Int) {
    let range = batch.blocks.range(block)
    let first = UInt32(range.lowerBound)
    let next = self.next.start
    next.update(repeating: 0, count: range.count + 1)
    Self.forEachEntry(of: block, in: batch, rows: rows) { column, _, _ in next[Int(column - first) + 1] += 1 }
    for column in 0..<range.count { next[column + 1] += next[column] }
    starts.start.update(from: next, count: range.count + 1)
    let samples = self.samples.start
    let values = self.values.start
    Self.forEachEntry(of: block, in: batch, rows: rows) { column, value, row in
      let position = Int(next[Int(column - first)])
      samples[position] = UInt32(truncatingIfNeeded: row)
      values[position] = value
      next[Int(column - first)] += 1
    }
  }

  @inline(__always)
  private static func forEachEntry(
    of block: Int, in batch: SparseBatch, rows: Int, _ body: (_ column: UInt32, _ value: Float, _ row: Int) -> Void
  ) {
    for row in 0..<rows {
      let bounds = batch.starts.start + row * (batch.blocks.count + 1) + block
      let columns = batch.columns.start + row * batch.rowCapacity
      let values = batch.values.start + row * batch.rowCapacity
      for position in Int(bounds[0])..<Int(bounds[1]) { body(columns[position], values[position], row) }
    }
  }
}
