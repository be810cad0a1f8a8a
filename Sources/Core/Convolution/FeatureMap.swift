import KernelInterface

/// Where a layer reads or writes the activations of some images: an address and the distances between neighbours.
///
/// Between layers, channels come in blocks of sixteen, [image][channels / 16][row][column][16], with a border of zeros
/// around each map, so that tiles need no tests at the edges. The features that leave the network are channels last,
/// [image][row][column][channel]: the same thing with other strides.
package struct FeatureMap {
  /// The first image's pixel at row 0, column 0 (inside the border), channel 0.
  package var origin: UnsafeMutablePointer<Float>
  package var height: Int
  package var width: Int
  package var channels: Int
  /// All strides are in floats.
  package var imageStride: Int
  package var blockStride: Int
  package var rowStride: Int
  package var pixelStride: Int

  /// The floats from the origin to a pixel's first channel. Row and column may lie in the border.
  func offset(image: Int, row: Int, column: Int) -> Int {
    image * imageStride + row * rowStride + column * pixelStride
  }

  /// Channels last, without a border.
  package static func channelsLast(
    _ origin: UnsafeMutablePointer<Float>, height: Int, width: Int, channels: Int
  ) -> FeatureMap {
    FeatureMap(
      origin: origin, height: height, width: width, channels: channels, imageStride: height * width * channels,
      blockStride: 16, rowStride: width * channels, pixelStride: channels)
  }

  /// The same map from a later image on.
  package func advanced(byImages images: Int) -> FeatureMap {
    var map = self
    map.origin += images * imageStride
    return map
  }
}

extension FeatureMap {
  /// Writes the maximum of every 2×2 pixels of the first image; an odd last row or column is left out.
  ///
  /// - Parameters:
  ///   - target: where the first goes; the strides are those of `map`.
  ///   - map: of at least half the width.
  func maximumPooled(to target: UnsafeMutablePointer<Float>, in map: FeatureMap) {
    for block in 0..<channels / 16 {
      for row in 0..<height / 2 {
        for column in 0..<width / 2 {
          let corner = origin + offset(image: 0, row: 2 * row, column: 2 * column) + block * blockStride
          let left = maximum(vector(at: corner), vector(at: corner + rowStride))
          let right = maximum(vector(at: corner + pixelStride), vector(at: corner + rowStride + pixelStride))
          let place = target + block * map.blockStride + row * map.rowStride + column * map.pixelStride
          UnsafeMutableRawPointer(place).storeBytes(of: maximum(left, right), as: Vector.self)
        }
      }
    }
  }

  private func vector(at place: UnsafePointer<Float>) -> Vector {
    UnsafeRawPointer(place).loadUnaligned(as: Vector.self)
  }

  private func maximum(_ a: Vector, _ b: Vector) -> Vector {
    a.replacing(with: b, where: a .< b)
  }
}

/// Memory for the activations that one layer hands to the next, whose zero border reaches as far as the reader's tiles do.
package final class Activations {
  package let map: FeatureMap
  private let memory: AlignedMemory<Float>
  private let tile: Int
  private let pooled: Bool

  /// - Parameters:
  ///   - tile: the reader's outputs per tile along each axis. The border is one pixel above and left of the map; below and
  ///     right it covers what the last tiles' inputs overhang.
  ///   - pooled: whether the reader's outputs are pooled.
  package init(
    images: Int, height: Int, width: Int, channels: Int, readInTilesOf tile: Int, pooled: Bool = false
  ) {
    (self.tile, self.pooled) = (tile, pooled)
    let grid = TileGrid(height: height, width: width, images: 1, tile: tile, pools: pooled)
    let rows = grid.rows * tile + 2
    let columns = grid.columns * tile + 2
    let blockStride = rows * columns * 16
    let imageStride = channels / 16 * blockStride
    memory = AlignedMemory(count: images * imageStride)
    map = FeatureMap(
      origin: memory.start + (columns + 1) * 16, height: height, width: width, channels: channels,
      imageStride: imageStride, blockStride: blockStride, rowStride: columns * 16, pixelStride: 16)
  }

  /// Memory of the same sizes.
  func likewise(images: Int) -> Activations {
    Activations(
      images: images, height: map.height, width: map.width, channels: map.channels, readInTilesOf: tile,
      pooled: pooled)
  }
}

extension FeatureMap {
  /// Copies the first image's pixels.
  ///
  /// - Parameter map: of the same size.
  func copy(to map: FeatureMap) {
    for row in 0..<height {
      for column in 0..<width {
        let (source, target) = (
          origin + offset(image: 0, row: row, column: column),
          map.origin + map.offset(image: 0, row: row, column: column)
        )
        for block in 0..<channels / 16 {
          let vector = UnsafeRawPointer(source + block * blockStride).loadUnaligned(as: Vector.self)
          UnsafeMutableRawPointer(target + block * map.blockStride).storeBytes(of: vector, as: Vector.self)
        }
      }
    }
  }
}
