import KernelInterface

/// Inverted dropout (Srivastava et al. 2014), as `keras.layers.Dropout`: while training, an entry is zeroed with
/// probability `rate`, and what is kept is multiplied by 1 / (1 - rate).
///
/// Whether an entry is kept is a pure function of the seed, the step, the layer, the row of the batch and the entry's
/// position in the row, so that threads need not agree on an order.
struct Dropout: Sendable {
  let rate: Float
  let kernels: KernelTable
  /// Tells the layers of a head apart.
  let layer: Int

  /// What kept entries are multiplied by.
  var scale: Float { 1 / (1 - rate) }

  /// Words below are dropped.
  private var threshold: UInt32 { UInt32(Double(rate) * 0x1p32) }

  /// The entries of a feature row that are kept. Only entries that are not zero draw.
  ///
  /// - Parameters:
  ///   - entries: of the row.
  ///   - index: the row of the batch.
  ///   - columns, values: room for as many entries.
  ///   - scratch: room for as many words, rounded up to 32.
  /// - Returns: the number of entries kept.
  func forward(
    _ entries: SparseRow, index: Int, pass: HeadPass,
    columns: UnsafeMutablePointer<UInt32>, values: UnsafeMutablePointer<Float>, scratch: AlignedMemory<UInt32>
  ) -> Int {
    let words = scratch.start
    let count = entries.columns.count
    draw(groups: 0..<(count + 31) / 32, row: index, pass: pass, into: words)
    let threshold = self.threshold
    let scale = self.scale
    let (sourceColumns, sourceValues) = (entries.columns, entries.values)
    var kept = 0
    for i in 0..<count {
      columns[kept] = sourceColumns[i]
      values[kept] = sourceValues[i] * scale
      kept &+= words[i] >= threshold ? 1 : 0
    }
    return kept
  }

  /// The factors, 0 or ``scale``, of 32 neighbouring columns in every row of a batch.
  ///
  /// - Parameter factors: `width` (at most 32) factors a row, from one row to the next `stride`.
  func fillFactors(
    group: Int, rows: Int, width: Int, pass: HeadPass, factors: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let threshold = self.threshold
    let scale = self.scale
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 32) { words in
      for row in 0..<rows {
        draw(groups: group..<group + 1, row: row, pass: pass, into: words.baseAddress!)
        for i in 0..<width { factors[row * stride + i] = words[i] >= threshold ? scale : 0 }
      }
    }
  }

  private func draw(groups: Range<Int>, row: Int, pass: HeadPass, into words: UnsafeMutablePointer<UInt32>) {
    kernels.dropoutDraws(
      DropoutDrawsCall(
        firstGroup: groups.lowerBound, groups: groups.count, row: UInt32(row), seed: pass.seed,
        stream: HeadStream.dropout(step: pass.step, layer: layer), words: words))
  }
}

/// Dropout between dense layers.
final class DropoutLayer: HeadLayer {
  let output: Matrix
  private let input: Matrix
  private let dropout: Dropout
  private let factors: Matrix

  init(_ dropout: Dropout, input: Matrix) {
    self.dropout = dropout
    self.input = input
    output = Matrix(rows: input.rows, columns: input.columns)
    factors = Matrix(rows: input.rows, columns: input.columns)
  }

  /// output = input · factors, which are 1 unless training.
  func forward(pass: HeadPass, panel: Range<Int>) {
    if pass.isTraining {
      dropout.fillFactors(
        group: panel.lowerBound / HeadNetwork.panelWidth, rows: pass.rows, width: panel.count * 16, pass: pass,
        factors: factors.floats + panel.lowerBound * 16, stride: factors.stride)
    }
    for row in 0..<pass.rows {
      for column in panel {
        let i = row * output.width + column
        output.vectors[i] = pass.isTraining ? input.vectors[i] * factors.vectors[i] : input.vectors[i]
      }
    }
  }

  /// gradient = gradient · factors.
  func backward(_ gradient: Matrix, pass: HeadPass, panel: Range<Int>) {
    for row in 0..<pass.rows {
      for column in panel {
        gradient.vectors[row * gradient.width + column] *= factors.vectors[row * gradient.width + column]
      }
    }
  }
}
