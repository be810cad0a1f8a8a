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

/// Memory for the activations that one layer hands to the next, whose zero border reaches as far as the reader's tiles do.
package final class Activations {
  package let map: FeatureMap
  private let memory: AlignedMemory<Float>

  /// - Parameter tile: the reader's outputs per tile along each axis. The border is one pixel above and left of the map;
  ///   below and right it covers what the last tiles' inputs overhang.
  package init(images: Int, height: Int, width: Int, channels: Int, readInTilesOf tile: Int) {
    let rows = (height + tile - 1) / tile * tile + 2
    let columns = (width + tile - 1) / tile * tile + 2
    let blockStride = rows * columns * 16
    let imageStride = channels / 16 * blockStride
    memory = AlignedMemory(count: images * imageStride)
    map = FeatureMap(
      origin: memory.start + (columns + 1) * 16, height: height, width: width, channels: channels,
      imageStride: imageStride, blockStride: blockStride, rowStride: columns * 16, pixelStride: 16)
  }
}
