import KernelInterface

/// The tiles of a batch of maps, and how they lie once they are transformed: [channels / 16][n × n][tiles][16].
struct BatchTiles {
  let algorithm: WinogradAlgorithm
  let grid: TileGrid

  /// The tiles of maps of one size.
  init(algorithm: WinogradAlgorithm, height: Int, width: Int, images: Int) {
    self.algorithm = algorithm
    grid = TileGrid(height: height, width: width, images: images, tile: algorithm.outputs, pools: false)
  }

  var count: Int { grid.count }
  /// n × n.
  var positions: Int { algorithm.inputs * algorithm.inputs }
  /// From one position ξ to the next, in floats: an odd number of cache lines, so that those of a tile at all positions
  /// don't compete for the same few places in the cache.
  var positionStride: Int { (count | 1) * 16 }
  /// From one block of 16 channels to the next, in floats.
  var blockStride: Int { positions * positionStride }

  /// Where in a map each tile begins, in floats from its origin.
  ///
  /// - Parameter margin: the pixels above and left of the tile's outputs that count as its: 1 for the inputs.
  func corners(in map: FeatureMap, margin: Int) -> AlignedMemory<Int> {
    let corners = AlignedMemory<Int>(count: count)
    let m = algorithm.outputs
    for tile in 0..<count {
      let (image, row, column) = grid.position(of: tile)
      corners.start[tile] = map.offset(image: image, row: row * m - margin, column: column * m - margin)
    }
    return corners
  }

  /// Where in a map each tile's outputs go.
  func places(in map: FeatureMap) -> AlignedMemory<TileOutputs> {
    let places = AlignedMemory<TileOutputs>(count: count)
    let m = algorithm.outputs
    for tile in 0..<count {
      let (image, row, column) = grid.position(of: tile)
      places.start[tile] = TileOutputs(
        offset: map.offset(image: image, row: row * m, column: column * m), rows: min(m, map.height - row * m),
        columns: min(m, map.width - column * m))
    }
    return places
  }
}
