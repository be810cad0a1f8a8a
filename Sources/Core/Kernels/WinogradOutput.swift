/// Transforms one tile's products to outputs, Y = Aᵀ M A, adds the bias, applies the ReLU and, if asked to, takes the
/// maximum of every 2×2, for all channels.
///
/// - Parameters:
///   - tile: m of F(m×m, 3×3): 2, 3, 4, 5 or 6; even if `pools`. Below, n = m + 2.
///   - input: M, n × n positions of 16 channels, `positionStride` floats apart, and so for each block of 16 channels,
///     `inputBlockStride` floats apart.
///   - bias: one for each channel.
///   - output: where the tile's first output goes; its neighbours go `pixelStride` and `rowStride` floats further, and
///     the next block of 16 channels `outputBlockStride` floats further.
///   - rows: how many rows of the tile's outputs (after pooling) are written; the others lie beyond the map.
///   - columns: the same for columns.
///   - buffer: scratch memory for (n + m) × m × 16 floats.
@inline(never)
public func winogradTransformOutput(
  tile: Int, input: UnsafePointer<Float>, positionStride: Int, inputBlockStride: Int, bias: UnsafePointer<Float>,
  output: UnsafeMutablePointer<Float>, rowStride: Int, pixelStride: Int, outputBlockStride: Int, blocks: Int,
  rows: Int, columns: Int, pools: Bool, buffer: UnsafeMutablePointer<Float>
) {
  /// Rows first, then columns.
  @inline(__always)
  func transform<F: WinogradTransform>(_: F.Type) {
    let n = F.inputs
    let m = F.outputs
    let columnsDone = buffer
    let outputs = buffer + n * m * 16
    for block in 0..<blocks {
      let input = input + block * inputBlockStride
      let output = output + block * outputBlockStride
      let bias = read(bias + block * 16)
      for row in 0..<n {
        F.transformOutput(input + row * n * positionStride, positionStride, columnsDone + row * m * 16, 16)
      }
      for column in 0..<m {
        F.transformOutput(columnsDone + column * 16, m * 16, outputs + column * 16, m * 16)
      }
      for row in 0..<rows {
        for column in 0..<columns {
          var y: Vector
          if pools {
            let corner = UnsafePointer(outputs + (2 * row * m + 2 * column) * 16)
            y = maximum(
              maximum(read(corner), read(corner + 16)), maximum(read(corner + m * 16), read(corner + (m + 1) * 16)))
          } else {
            y = read(UnsafePointer(outputs + (row * m + column) * 16))
          }
          y = maximum(y + bias, Vector(repeating: 0))
          write(y, to: output + row * rowStride + column * pixelStride)
        }
      }
    }
  }
  switch tile {
  case 2: transform(F2.self)
  case 3: transform(F3.self)
  case 4: transform(F4.self)
  case 5: transform(F5.self)
  case 6: transform(F6.self)
  default: preconditionFailure("there is no F(\(tile)×\(tile), 3×3)")
  }
}
