/// The first two convolutions of a network as one, where no pooling stands between them: block1_conv1 is computed a few rows
/// at a time, for block1_conv2 to read while they are in the cache. As a whole, its output is the largest of the network.
struct FusedFirstBlock {
  let first: FirstConvolution
  let second: WinogradConvolution
  let plan: ConvolutionPlan.Step

  private var tile: Int { plan.tile }
  private var tileColumns: Int { plan.grid.columns }
  private var tileRows: Int { plan.grid.rows }

  /// Rows of tiles in a task: as many as it may take, but about the same number in all tasks.
  private var bandRows: Int {
    let across = plan.grid.across
    let rows = tileRows / across
    let most = max(1, plan.tilesInTask / (tileColumns * across))
    let bands = (rows + most - 1) / most
    return (rows + bands - 1) / bands * across
  }

  /// The rows of the first convolution's output, borders included, that a band of tiles reads.
  private var stripRows: Int { bandRows * tile + 2 }
  private var stripColumns: Int { tileColumns * tile + 2 }
  private var stripBlockStride: Int { stripRows * stripColumns * 16 }

  /// The scratch memory, in floats, that each worker needs.
  var scratchCount: Int {
    second.scratchCount(tilesInTask: bandRows * tileColumns)
      + first.scratchCount(rows: stripRows, width: plan.width)
  }

  /// Memory, in floats, for the part of the first convolution's output that a worker has at a time. It must be zero to
  /// begin with: the columns beyond the image stay so.
  var stripCount: Int { plan.inputChannels / 16 * stripBlockStride }

  /// Convolves `images` images.
  ///
  /// - Parameters:
  ///   - input: N×H×W×3.
  ///   - scratch: memory of ``scratchCount`` floats for each worker.
  ///   - strips: memory of ``stripCount`` floats for each worker.
  func run(
    images: Int, input: UnsafePointer<Float>, output: FeatureMap, pool: WorkerPool, scratch: [AlignedMemory<Float>],
    strips: [AlignedMemory<Float>]
  ) {
    let bands = (tileRows + bandRows - 1) / bandRows
    nonisolated(unsafe) let (input, output) = (input, output)
    pool.forEach(images * bands) { task, worker in
      let (image, band) = task.quotientAndRemainder(dividingBy: bands)
      let firstRow = band * bandRows * tile
      let strip = strip(at: strips[worker].start)
      computeStrip(
        strip, firstRow: firstRow, image: input + image * plan.height * plan.width * 3,
        scratch: scratch[worker].start)

      var target = output.advanced(byImages: image)
      let outputRow = plan.pools ? firstRow / 2 : firstRow
      target.origin += outputRow * target.rowStride
      target.height -= outputRow
      let rows = min(bandRows, tileRows - band * bandRows)
      let grid = TileGrid(height: rows * tile, width: plan.width, images: 1, tile: tile, pools: plan.pools)
      second.convolve(
        0..<grid.count, of: grid, from: strip, to: target, pools: plan.pools, scratch: scratch[worker].start)
    }
  }

  /// A strip whose row 0 is the first that the band's tiles put out, with a border of a pixel all around.
  private func strip(at memory: UnsafeMutablePointer<Float>) -> FeatureMap {
    FeatureMap(
      origin: memory + (stripColumns + 1) * 16, height: stripRows - 2, width: plan.width,
      channels: plan.inputChannels, imageStride: 0, blockStride: stripBlockStride, rowStride: stripColumns * 16,
      pixelStride: 16)
  }

  /// Computes the first convolution for a strip that begins with `firstRow`, and the rows above and below.
  private func computeStrip(
    _ strip: FeatureMap, firstRow: Int, image: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let wanted = firstRow - 1..<firstRow - 1 + stripRows
    let rows = wanted.clamped(to: 0..<plan.height)
    first.convolve(
      rows: rows, of: image, height: plan.height, width: plan.width,
      to: strip.origin + strip.offset(image: 0, row: rows.lowerBound - firstRow, column: 0), in: strip,
      scratch: scratch)
    for row in wanted where !rows.contains(row) {
      for block in 0..<plan.inputChannels / 16 {
        let start = strip.offset(image: 0, row: row - firstRow, column: -1) + block * strip.blockStride
        (strip.origin + start).update(repeating: 0, count: strip.rowStride)
      }
    }
  }
}
