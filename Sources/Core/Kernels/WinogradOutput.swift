/// Where a tile's outputs go: the first one, in floats from the map's origin, and how many rows and columns of them (after
/// any pooling) are written; others lie beyond the map.
public typealias TileOutputs = (offset: Int, rows: Int, columns: Int)

/// Transforms the products of a group's tiles to outputs, Y = Aᵀ M A, adds the bias, applies the ReLU and, if asked to,
/// takes the maximum of every 2×2, for all channels.
///
/// - Parameters:
///   - size: m of F(m×m, 3×3): 2, 3, 4, 5 or 6; even if `pools`. Below, n = m + 2.
///   - input: M, [blocks][n × n][tilesInGroup][16], blocks `inputBlockStride` floats apart.
///   - blocks: blocks of 16 channels.
///   - bias: one for each channel.
///   - output: the origin of the map. Neighbours are `pixelStride` and `rowStride` floats apart, blocks of 16 channels
///     `outputBlockStride`.
///   - places: where in the map each tile's outputs go.
///   - tiles: how many tiles, at most ``tilesInGroup``.
///   - buffer: scratch memory for (n + m) × m × 16 floats.
@inline(never)
public func winogradTransformOutput(
  size: Int, input: UnsafePointer<Float>, inputBlockStride: Int, blocks: Int, bias: UnsafePointer<Float>,
  output: UnsafeMutablePointer<Float>, places: UnsafePointer<TileOutputs>, tiles: Int, rowStride: Int,
  pixelStride: Int, outputBlockStride: Int, pools: Bool, buffer: UnsafeMutablePointer<Float>
) {
  /// Rows first, then columns.
  @inline(__always)
  func transform<F: WinogradTransform>(_: F.Type) {
    let n = F.inputs
    let m = F.outputs
    let outputs = buffer + n * m * 16
    for block in 0..<blocks {
      let bias = read(bias + block * 16)
      for tile in 0..<tiles {
        let input = input + block * inputBlockStride + tile * 16
        // The next tile's products are prefetched meanwhile: those of the next block's first tile after the last.
        let ahead = tile + 1 < tiles ? 16 : inputBlockStride - tile * 16
        for row in 0..<n {
          for column in 0..<n { prefetch(input + ahead + (row * n + column) * positionStride) }
          F.transformOutput(input + row * n * positionStride, positionStride, buffer + row * m * 16, 16)
        }
        for column in 0..<m {
          F.transformOutput(buffer + column * 16, m * 16, outputs + column * 16, m * 16)
        }
        let place = places[tile]
        let output = output + block * outputBlockStride + place.offset
        for row in 0..<place.rows {
          for column in 0..<place.columns {
            let y =
              pools
              ? maximumOfFour(outputs + (2 * row * m + 2 * column) * 16, rowStride: m * 16)
              : read(outputs + (row * m + column) * 16)
            write(maximum(y + bias, Vector()), to: output + row * rowStride + column * pixelStride)
          }
        }
      }
    }
  }
  switch size {
  case 2: transform(F2.self)
  case 3: transform(F3.self)
  case 4: transform(F4.self)
  case 5: transform(F5.self)
  case 6: transform(F6.self)
  default: preconditionFailure("there is no F(\(size)×\(size), 3×3)")
  }
}

/// The maximum of 2×2 neighbouring vectors.
@inline(__always)
private func maximumOfFour(_ corner: UnsafePointer<Float>, rowStride: Int) -> Vector {
  maximum(
    maximum(read(corner), read(corner + 16)), maximum(read(corner + rowStride), read(corner + rowStride + 16)))
}
