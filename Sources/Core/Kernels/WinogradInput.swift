/// Transforms one tile's inputs, V = Bᵀ d B, for all channels.
///
/// - Parameters:
///   - tile: m of F(m×m, 3×3): 2, 3, 4, 5 or 6. Below, n = m + 2.
///   - input: the tile's first input: n rows of n pixels of 16 channels, rows `rowStride` floats apart, and so for each
///     block of 16 channels, `inputBlockStride` floats apart.
///   - output: V, n × n positions of 16 channels, `positionStride` floats apart, and so for each block of 16 channels,
///     `outputBlockStride` floats apart.
///   - buffer: scratch memory for n × n × 16 floats.
@inline(never)
public func winogradTransformInput(
  tile: Int, input: UnsafePointer<Float>, rowStride: Int, inputBlockStride: Int,
  output: UnsafeMutablePointer<Float>, positionStride: Int, outputBlockStride: Int, blocks: Int,
  buffer: UnsafeMutablePointer<Float>
) {
  /// Columns first, then rows.
  @inline(__always)
  func transform<F: WinogradTransform>(_: F.Type) {
    let n = F.inputs
    for block in 0..<blocks {
      let input = input + block * inputBlockStride
      let output = output + block * outputBlockStride
      for column in 0..<n {
        F.transformInput(input + column * 16, rowStride, buffer + column * 16, n * 16)
      }
      for row in 0..<n {
        F.transformInput(buffer + row * n * 16, 16, output + row * n * positionStride, positionStride)
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
