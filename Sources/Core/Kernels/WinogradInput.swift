import KernelInterface

/// Transforms the inputs of a group's tiles, V = Bᵀ d B, for all channels.
///
/// Tiles are the inner loop and blocks of channels the outer one: so V is written from its beginning to its end.
@inline(never)
func winogradTransformInput(_ call: InputTransformCall) {
  transformInput(call, positionStride: positionStride)
}

/// The same for any number of tiles, whose values at neighbouring positions ξ are `positionStride` floats apart.
@inline(never)
func transformBatchInput(_ call: InputTransformCall, positionStride: Int) {
  transformInput(call, positionStride: positionStride)
}

@inline(__always)
private func transformInput(_ call: InputTransformCall, positionStride: Int) {
  let (corners, tiles, rowStride, buffer) = (call.corners, call.tiles, call.rowStride, call.buffer)
  let (inputBlockStride, outputBlockStride) = (call.inputBlockStride, call.outputBlockStride)
  /// Columns first, then rows.
  @inline(__always)
  func transform<F: WinogradTransform>(_: F.Type) {
    let n = F.inputs
    for block in 0..<call.blocks {
      for tile in 0..<tiles {
        let input = call.input + block * inputBlockStride + corners[tile]
        let output = call.output + block * outputBlockStride + tile * 16
        // The next tile's inputs are prefetched meanwhile: those of the next block's first tile after the last.
        let next = tile + 1 < tiles ? corners[tile + 1] : inputBlockStride + corners[0]
        let ahead = next - corners[tile]
        for column in 0..<n {
          for row in 0..<n { prefetch(input + ahead + row * rowStride + column * 16) }
          inLanes { F.transformInput(input + column * 16 + $0, rowStride, buffer + column * 16 + $0, n * 16) }
        }
        for row in 0..<n {
          inLanes {
            F.transformInput(
              buffer + row * n * 16 + $0, 16, output + row * n * positionStride + $0, positionStride)
          }
        }
      }
    }
  }
  switch call.size {
  case 2: transform(F2.self)
  case 3: transform(F3.self)
  case 4: transform(F4.self)
  case 5: transform(F5.self)
  case 6: transform(F6.self)
  case 7: transform(F7.self)
  default: preconditionFailure("there is no F(\(call.size)×\(call.size), 3×3)")
  }
}

/// The floats between a tile's values at neighbouring positions ξ.
var positionStride: Int { @inline(__always) get { tilesInGroup * 16 } }
