/// How a network up to a cut is computed for images of one size: which tile for which layer, how many tiles a task takes, and
/// how many images go through a block of layers together.
package struct ConvolutionPlan {
  /// One of the Winograd convolutions: all but the first.
  package struct Step: Equatable {
    package let name: String
    package let inputChannels: Int
    package let outputChannels: Int
    /// The size of the map that it reads and, before any pooling, computes.
    package let height: Int
    package let width: Int
    /// Whether the 2×2 max pooling that ends a block follows.
    package let pools: Bool
    /// m of F(m×m, 3×3).
    package let tile: Int
    package let tilesInTask: Int
    /// The number of images that the step takes at once.
    package let imagesAtOnce: Int

    /// The tiles of an image.
    var grid: TileGrid { TileGrid(height: height, width: width, images: 1, tile: tile, pools: pools) }
    package var tilesInImage: Int { grid.count }
  }

  package let steps: [Step]

  /// The version of the arithmetic: what is computed by the same version is the same to the last bit. Since version 2 there is
  /// F(7×7), and F(3×3) and F(5×5) have other points; where none of these is used, nothing changed.
  package var arithmetic: Int { steps.contains { [3, 5, 7].contains($0.tile) } ? 2 : 1 }

  /// Whether the first convolution, which is computed directly, is followed by a pooling.
  package let poolsFirst: Bool
  /// The number of images that the first convolution takes at once.
  package let imagesAtOnceAtFirst: Int

  /// - Parameters:
  ///   - start: the layer that what goes in comes from; nil for images.
  ///   - cut: the last layer to compute.
  ///   - height, width: of what goes in.
  package init(start: Backbone.Layer? = nil, cut: Backbone.Layer, height: Int, width: Int, maximumBatch: Int) {
    let imagePixels = height * width
    var (height, width) = (height, width)
    var steps: [Step] = []
    let first = start.map { $0.lastConvolution + 1 } ?? 0
    for (index, row) in zip(first..., cut.convolutions[first...]) {
      let pools = cut.pools(after: index)
      // The first convolution is computed directly.
      if index > 0 {
        steps.append(
          Step(
            name: row.name, inputChannels: row.inputChannels, outputChannels: row.outputChannels, height: height,
            width: width, pools: pools,
            tile: Self.tile(row, height: height, width: width, pools: pools),
            tilesInTask: Self.tilesInTask(row),
            imagesAtOnce: Self.imagesAtOnce(row, imagePixels: imagePixels, maximumBatch: maximumBatch)))
      }
      if pools { (height, width) = (height / 2, width / 2) }
    }
    self.steps = steps
    poolsFirst = cut.pools(after: 0)
    imagesAtOnceAtFirst = Self.imagesAtOnce(
      cut.convolutions[0], imagePixels: imagePixels, maximumBatch: maximumBatch)
  }

  /// The tile with which a layer costs least: in multiplications, those of tiles that overhang the map's edges included, and in
  /// transforms, which take as long as some multiplications for every value.
  ///
  /// F(7×7) reads the most weights: where an image has few tiles to multiply by them, as at 14×14, it would be slower alone
  /// than it is faster in a batch.
  private static func tile(_ row: Backbone.Convolution, height: Int, width: Int, pools: Bool) -> Int {
    let weights = Double(row.inputChannels * row.outputChannels)
    let channels = Double(row.inputChannels + row.outputChannels)
    func tiles(_ algorithm: WinogradAlgorithm) -> Int {
      TileGrid(height: height, width: width, images: 1, tile: algorithm.outputs, pools: pools).count
    }
    func cost(_ algorithm: WinogradAlgorithm) -> Double {
      let values = Double(tiles(algorithm) * algorithm.inputs * algorithm.inputs)
      return values * (weights + algorithm.transformCost * channels)
    }
    return WinogradAlgorithm.all.filter { $0.outputs < 7 || tiles($0) >= 9 }.min { cost($0) < cost($1) }!.outputs
  }

  /// The most tiles that a task takes. Each task reads all weights of the layer, which in the later blocks are many times
  /// what the caches hold: so there it is as many tiles as the caches can hold.
  private static func tilesInTask(_ row: Backbone.Convolution) -> Int {
    row.outputChannels >= 256 ? 96 : 48
  }

  /// How many images the layers of a block take at once. The first blocks have large maps and few weights: an image after
  /// the other, so that the next layer finds its input in the cache. The last blocks have small maps and many weights:
  /// all images together, so that the weights are read once.
  private static func imagesAtOnce(_ row: Backbone.Convolution, imagePixels: Int, maximumBatch: Int) -> Int {
    let pixels: Int
    switch row.outputChannels {
    case ...128: pixels = 224 * 224
    case ...256: pixels = 4 * 224 * 224
    default: return maximumBatch
    }
    return min(max(1, pixels / imagePixels), maximumBatch)
  }
}
