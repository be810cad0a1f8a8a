/// How an epoch's rows are dealt out to batches: all of the first rows once, and in every batch a share of others, such as
/// pseudo-labelled ones.
public struct EpochBatches: Sendable {
  /// The rows that an epoch goes over.
  public let rows: Int
  /// The rows behind them, which are only mixed in; in turn, as far as they come.
  public let mixedRows: Int
  /// How many of a batch's rows are mixed in.
  public let mixedPerBatch: Int
  /// The last batch of an epoch may be smaller.
  public let batchSize: Int

  /// - Parameters:
  ///   - rows: how many are gone over.
  ///   - mixedRows: how many follow that are only mixed in.
  ///   - mixedShare: the part of a batch that is mixed in, at least one row and at most all but one.
  ///   - batchSize: of all batches but the last.
  /// - Precondition: there are rows, and a batch of rows that are mixed has at least two.
  public init(rows: Int, mixedRows: Int = 0, mixedShare: Double = 0, batchSize: Int) {
    precondition(rows > 0 && batchSize > (mixedRows > 0 ? 1 : 0), "batches of \(batchSize) of \(rows) rows")
    self.rows = rows
    self.mixedRows = mixedRows
    self.batchSize = batchSize
    mixedPerBatch = mixedRows == 0 ? 0 : min(max(Int((mixedShare * Double(batchSize)).rounded()), 1), batchSize - 1)
  }

  /// The batches of an epoch, in an order of its own.
  ///
  /// - Parameter epoch: from 0.
  package func batches(epoch: UInt64, seed: UInt64) -> [[Int]] {
    var random = Philox(seed: seed, stream: HeadStream.shuffle(epoch: epoch))
    let order = random.shuffled(Array(0..<rows))
    let mixed = random.shuffled(Array(rows..<rows + mixedRows))
    let rowsPerBatch = batchSize - mixedPerBatch
    return stride(from: 0, to: rows, by: rowsPerBatch).enumerated().map { batch, start in
      let first = batch * mixedPerBatch
      return order[start..<min(start + rowsPerBatch, rows)]
        + (first..<first + mixedPerBatch).map { mixed[$0 % mixedRows] }
    }
  }
}
