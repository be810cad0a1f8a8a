import KernelInterface

/// A 3×3 convolution, stride 1, same padding, with bias, ReLU and, if asked for, 2×2 max pooling: F(m×m, 3×3).
///
/// The maps are cut into tiles of m×m outputs, numbered through all images. A task takes some tiles through the three
/// steps of the algorithm in scratch memory of its own: transform the inputs, at each of the n×n positions multiply by
/// the transformed weights, transform the products to outputs.
package struct WinogradConvolution {
  package let inputChannels: Int
  package let outputChannels: Int
  private let algorithm: WinogradAlgorithm
  private let kernels: KernelTable
  /// U, [n × n][Cout / panel][Cin][panel].
  private let weights: AlignedMemory<Float>
  private let bias: AlignedMemory<Float>

  /// - Parameters:
  ///   - kernel: 3×3×Cin×Cout, Cin a multiple of 16 and Cout of 32.
  ///   - tile: m, 2…7.
  package init(
    kernel: [Float], bias: [Float], inputChannels: Int, outputChannels: Int, tile: Int, kernels: KernelTable,
    pool: WorkerPool
  ) {
    precondition(inputChannels % 16 == 0 && outputChannels % 32 == 0)
    precondition(kernel.count == 9 * inputChannels * outputChannels && bias.count == outputChannels)
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernels = kernels
    algorithm = .with(outputs: tile)
    let n = algorithm.inputs
    weights = AlignedMemory(count: n * n * inputChannels * outputChannels)
    algorithm.transformWeights(
      kernel, inputChannels: inputChannels, outputChannels: outputChannels, panelWidth: kernels.panelWidth,
      into: weights.start, pool: pool)
    self.bias = AlignedMemory(count: outputChannels)
    self.bias.start.update(from: bias, count: outputChannels)
  }

  /// The scratch memory, in floats, that each worker needs for tasks of `tilesInTask` tiles.
  package func scratchCount(tilesInTask: Int) -> Int {
    Self.transformBuffer + (tilesInTask + tilesInGroup - 1) / tilesInGroup * layout.groupStride
  }

  /// Convolves `images` images.
  ///
  /// - Parameters:
  ///   - input: in blocks of 16 channels, with a border that fits this convolution's tiles (``Activations``).
  ///   - output: of half the input's size, rounded down, if `pools`; of the same size if not.
  ///   - pools: whether a 2×2 max pooling follows.
  ///   - tilesInTask: the most tiles that a task takes, but for whole fours where tiles of odd size are pooled.
  ///   - scratch: memory of ``scratchCount(tilesInTask:)`` floats for each worker.
  package func run(
    images: Int, input: FeatureMap, output: FeatureMap, pools: Bool, tilesInTask: Int, pool: WorkerPool,
    scratch: [AlignedMemory<Float>]
  ) {
    let grid = TileGrid(height: input.height, width: input.width, images: images, tile: algorithm.outputs, pools: pools)
    nonisolated(unsafe) let (input, output) = (input, output)
    if pool.threadCount > 1 && grid.count <= tilesInTask && weightsOutweigh(tiles: grid.count) {
      convolveByChannels(grid, from: input, to: output, pools: pools, pool: pool, scratch: scratch)
      return
    }
    // As many tasks for every thread, all of about the same size.
    let threads = min(pool.threadCount, grid.windows)
    let tasks = min((grid.count + threads * tilesInTask - 1) / (threads * tilesInTask) * threads, grid.windows)
    pool.forEach(tasks) { task, worker in
      convolve(
        grid.tiles(inWindows: grid.windows * task / tasks..<grid.windows * (task + 1) / tasks), of: grid, from: input,
        to: output,
        pools: pools, scratch: scratch[worker].start)
    }
  }

  /// Whether there are many more weights than values of so many tiles.
  private func weightsOutweigh(tiles: Int) -> Bool {
    inputChannels * outputChannels > 4 * tiles * (inputChannels + outputChannels)
  }

  /// Takes some tiles through the three steps.
  func convolve(
    _ tiles: Range<Int>, of grid: TileGrid, from input: FeatureMap, to output: FeatureMap, pools: Bool,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let values = scratch + Self.transformBuffer
    let groups = groups(of: tiles)
    for (group, tiles) in groups.enumerated() {
      transformInputs(
        tiles, of: grid, from: input, to: values + group * layout.groupStride, blocks: 0..<inputChannels / 16,
        buffer: scratch)
    }
    multiply(tiles: tiles.count, values, to: values, panels: 0..<outputChannels / kernels.panelWidth)
    for (group, tiles) in groups.enumerated() {
      transformOutputs(
        tiles, of: grid, from: values + group * layout.groupStride, to: output, pools: pools,
        blocks: 0..<outputChannels / 16, buffer: scratch)
    }
  }

  /// Takes all tiles through the three steps, each thread for some of the channels: so every weight is read once, by one
  /// thread. As threads go from position to position on their own, V and M lie in the scratch memory of two workers.
  private func convolveByChannels(
    _ grid: TileGrid, from input: FeatureMap, to output: FeatureMap, pools: Bool, pool: WorkerPool,
    scratch: [AlignedMemory<Float>]
  ) {
    nonisolated(unsafe) let (input, output) = (input, output)
    nonisolated(unsafe) let values = scratch[0].start + Self.transformBuffer
    nonisolated(unsafe) let products = scratch[1].start + Self.transformBuffer
    let groups = groups(of: 0..<grid.count)
    pool.forEachRange(inputChannels / 16) { blocks, worker in
      for (group, tiles) in groups.enumerated() {
        transformInputs(
          tiles, of: grid, from: input, to: values + group * layout.groupStride, blocks: blocks,
          buffer: scratch[worker].start)
      }
    }
    let blocksInPanel = kernels.panelWidth / 16
    pool.forEachRange(outputChannels / kernels.panelWidth) { panels, worker in
      multiply(tiles: grid.count, values, to: products, panels: panels)
      for (group, tiles) in groups.enumerated() {
        transformOutputs(
          tiles, of: grid, from: products + group * layout.groupStride, to: output, pools: pools,
          blocks: panels.lowerBound * blocksInPanel..<panels.upperBound * blocksInPanel,
          buffer: scratch[worker].start)
      }
    }
  }

  private func groups(of tiles: Range<Int>) -> [Range<Int>] {
    stride(from: tiles.lowerBound, to: tiles.upperBound, by: tilesInGroup).map {
      $0..<min($0 + tilesInGroup, tiles.upperBound)
    }
  }

  // MARK: - The three steps

  /// How the scratch memory of a task is laid out: [group][channels / 16][n × n + 1 slots][12 tiles][16 channels].
  ///
  /// V and M share it. V at position ξ lies in slot ξ + 1, M at ξ in slot ξ, where V at ξ − 1 was and is not needed any
  /// more. All positions of a tile are near each other, so that the transforms stay within a few pages.
  private struct ScratchLayout {
    let positions: Int
    let blocks: Int

    var slotStride: Int { tilesInGroup * 16 }
    var blockStride: Int { (positions + 1) * slotStride }
    var groupStride: Int { blocks * blockStride }
  }

  /// Floats of a worker's scratch memory that the transforms use: at most (n + 4 m) × m vectors of 16.
  private static let transformBuffer = 4352

  private var layout: ScratchLayout {
    ScratchLayout(
      positions: algorithm.inputs * algorithm.inputs, blocks: max(inputChannels, outputChannels) / 16)
  }

  private func transformInputs(
    _ tiles: Range<Int>, of grid: TileGrid, from input: FeatureMap, to values: UnsafeMutablePointer<Float>,
    blocks: Range<Int>, buffer: UnsafeMutablePointer<Float>
  ) {
    let m = algorithm.outputs
    withUnsafeTemporaryAllocation(of: Int.self, capacity: tiles.count) { corners in
      for (index, tile) in tiles.enumerated() {
        let (image, row, column) = grid.position(of: tile)
        corners[index] = input.offset(image: image, row: row * m - 1, column: column * m - 1)
      }
      kernels.transformInput(
        InputTransformCall(
          size: m, input: input.origin + blocks.lowerBound * input.blockStride, corners: corners.baseAddress!,
          tiles: tiles.count, rowStride: input.rowStride, inputBlockStride: input.blockStride, blocks: blocks.count,
          output: values + layout.slotStride + blocks.lowerBound * layout.blockStride,
          outputBlockStride: layout.blockStride, buffer: buffer))
    }
  }

  private func multiply(
    tiles: Int, _ values: UnsafePointer<Float>, to products: UnsafeMutablePointer<Float>, panels: Range<Int>
  ) {
    let width = kernels.panelWidth
    let products = products + panels.lowerBound * (width / 16) * layout.blockStride
    let weights = weights.start + panels.lowerBound * inputChannels * width
    for position in 0..<layout.positions {
      kernels.multiply(
        WinogradProductCall(
          inputs: values + (position + 1) * layout.slotStride, outputs: products + position * layout.slotStride,
          weights: weights + position * inputChannels * outputChannels, tiles: tiles, inputChannels: inputChannels,
          outputChannels: panels.count * width, channelsInSum: algorithm.channelsInSum, groupStride: layout.groupStride,
          blockStride: layout.blockStride))
    }
  }

  private func transformOutputs(
    _ tiles: Range<Int>, of grid: TileGrid, from values: UnsafePointer<Float>, to output: FeatureMap, pools: Bool,
    blocks: Range<Int>, buffer: UnsafeMutablePointer<Float>
  ) {
    let m = algorithm.outputs
    let tilesInWindow = grid.across * grid.across
    withUnsafeTemporaryAllocation(of: TileOutputs.self, capacity: tiles.count / tilesInWindow) { places in
      for index in places.indices {
        var (image, row, column) = grid.position(of: tiles.lowerBound + index * tilesInWindow)
        (row, column) = pools ? (row * m / 2, column * m / 2) : (row * m, column * m)
        let size = pools ? grid.across * m / 2 : m
        places[index] = TileOutputs(
          offset: output.offset(image: image, row: row, column: column), rows: min(size, output.height - row),
          columns: min(size, output.width - column))
      }
      kernels.transformOutput(
        OutputTransformCall(
          size: algorithm.outputs, input: values + blocks.lowerBound * layout.blockStride,
          inputBlockStride: layout.blockStride, blocks: blocks.count, bias: bias.start + blocks.lowerBound * 16,
          output: output.origin + blocks.lowerBound * output.blockStride, places: places.baseAddress!,
          tiles: tiles.count, rowStride: output.rowStride, pixelStride: output.pixelStride,
          outputBlockStride: output.blockStride, pools: pools, buffer: buffer))
    }
  }
}

/// The tiles of some images of one size, numbered by rows, one image after the other.
///
/// Where tiles of odd size are pooled, a window of 2×2 of the pooling may lie across tiles. There they come in fours, two by
/// two, numbered four after four; a task takes whole ones.
struct TileGrid {
  /// Of tiles.
  let rows: Int
  let columns: Int
  let images: Int
  /// Tiles along each axis that are put out together: 1 or 2.
  let across: Int

  /// - Parameters:
  ///   - tile: the outputs of a tile along one axis.
  ///   - pools: whether a 2×2 max pooling follows.
  init(height: Int, width: Int, images: Int, tile: Int, pools: Bool) {
    across = pools && tile % 2 == 1 ? 2 : 1
    let window = across * tile
    rows = (height + window - 1) / window * across
    columns = (width + window - 1) / window * across
    self.images = images
  }

  var count: Int { images * rows * columns }

  /// How many there are of what is put out together.
  var windows: Int { count / (across * across) }

  func tiles(inWindows windows: Range<Int>) -> Range<Int> {
    windows.lowerBound * across * across..<windows.upperBound * across * across
  }

  func position(of tile: Int) -> (image: Int, row: Int, column: Int) {
    let (window, corner) = tile.quotientAndRemainder(dividingBy: across * across)
    let (image, inImage) = (window * across * across).quotientAndRemainder(dividingBy: rows * columns)
    let (row, column) = (inImage / (across * across)).quotientAndRemainder(dividingBy: columns / across)
    return (image, row * across + corner / across, column * across + corner % across)
  }
}
