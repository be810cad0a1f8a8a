extension FineTuner {
  /// Goes over all rows once, in an order of its own for each epoch.
  ///
  /// - Parameters:
  ///   - features: N×(H·W·C), of the cut.
  ///   - targets: of each row.
  ///   - epoch: from 0: which order.
  ///   - mixedRows: how many rows at the end are mixed into the batches: ``EpochBatches``.
  ///   - mixedShare: the part of a batch that is mixed in.
  ///   - learningRate: Adam's, for the whole epoch.
  ///   - progress: told how many rows a step took.
  /// - Returns: loss and accuracy over the epoch, each row's as it was when its turn came, dropout included.
  /// - Throws: ``HeadError`` where targets and features don't fit the head or each other, and where the loss stops being
  ///   a number; what `progress` throws.
  public func trainEpoch(
    _ features: FeatureMatrix, targets: HeadTargets, epoch: UInt64, mixedRows: Int = 0, mixedShare: Double = 0,
    learningRate: Double, progress: (_ rows: Int) throws(AnyError) -> Void = { _ in }
  ) throws(AnyError) -> HeadMetrics {
    try check(features, targets: targets)
    let batches = EpochBatches(
      rows: targets.count - mixedRows, mixedRows: mixedRows, mixedShare: mixedShare, batchSize: batchSize)
    var (loss, right, rows) = (0.0, 0.0, 0.0)
    let memory = AlignedMemory<Float>(count: batchSize * self.features.count)
    for batch in batches.batches(epoch: epoch, seed: seed) {
      load(batch.map { features.rows[$0] }, to: memory)
      let metrics = try trainStep(memory.start, targets: targets, rows: batch, learningRate: learningRate)
      let count = Double(batch.count)
      (loss, right, rows) = (loss + metrics.loss * count, right + metrics.accuracy * count, rows + count)
      try progress(batch.count)
    }
    return HeadMetrics(loss: loss / rows, accuracy: right / rows)
  }

  /// Loss and accuracy without dropout, with the moving statistics.
  ///
  /// - Parameters: as of ``trainEpoch(_:targets:epoch:mixedRows:mixedShare:learningRate:progress:)``.
  /// - Throws: as there.
  public func evaluate(_ features: FeatureMatrix, targets: HeadTargets) throws(HeadError) -> HeadMetrics {
    try check(features, targets: targets)
    var (loss, right) = (0.0, 0.0)
    let memory = AlignedMemory<Float>(count: batchSize * self.features.count)
    for start in stride(from: 0, to: features.rows.count, by: batchSize) {
      let rows = start..<min(start + batchSize, features.rows.count)
      load(features.rows[rows], to: memory)
      let metrics = try evaluate(memory.start, targets: targets, rows: Array(rows))
      loss += metrics.loss * Double(rows.count)
      right += metrics.accuracy * Double(rows.count)
    }
    return HeadMetrics(loss: loss / Double(features.rows.count), accuracy: right / Double(features.rows.count))
  }

  private func load(_ rows: some RandomAccessCollection<FeatureMatrix.Row>, to memory: AlignedMemory<Float>) {
    let (rows, count) = (Array(rows), features.count)
    pool.forEach(rows.count) { index, _ in rows[index].copy(to: memory.start + index * count, count: count) }
  }

  private func check(_ features: FeatureMatrix, targets: HeadTargets) throws(HeadError) {
    guard features.columnCount == self.features.count else {
      throw HeadError.columnCount(features.columnCount, pooled: self.features)
    }
    guard targets.count > 0 && targets.count == features.rows.count else {
      throw HeadError.targetCount(targets.count, rows: features.rows.count)
    }
  }
}
