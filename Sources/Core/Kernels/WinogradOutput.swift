import KernelInterface

/// Transforms the products of a group's tiles to outputs, Y = Aᵀ M A, adds the bias, applies the ReLU and, if asked to,
/// takes the maximum of every 2×2, for all channels.
///
/// Where tiles of odd size are pooled, four of them, two by two, are put together before.
@inline(never)
func winogradTransformOutput(_ call: OutputTransformCall) {
  let (inputBlockStride, tiles, places, buffer) = (call.inputBlockStride, call.tiles, call.places, call.buffer)
  let (pools, rowStride, pixelStride) = (call.pools, call.rowStride, call.pixelStride)
  /// Rows first, then columns, of tiles of which `across` × `across` are put together.
  @inline(__always)
  func transform<F: WinogradTransform>(_: F.Type, across: Int) {
    let n = F.inputs
    let m = F.outputs
    let outputs = buffer + n * m * 16
    let width = across * m * 16
    for block in 0..<call.blocks {
      let bias = read(call.bias + block * 16)
      for tile in 0..<tiles {
        let input = call.input + block * inputBlockStride + tile * 16
        // The next tile's products are prefetched meanwhile: those of the next block's first tile after the last.
        let ahead = tile + 1 < tiles ? 16 : inputBlockStride - tile * 16
        for row in 0..<n {
          for column in 0..<n { prefetch(input + ahead + (row * n + column) * positionStride) }
          inLanes {
            F.transformOutput(
              input + row * n * positionStride + $0, positionStride, buffer + row * m * 16 + $0, 16)
          }
        }
        let (above, left) = (tile / across % across, tile % across)
        let corner = outputs + above * m * width + left * m * 16
        for column in 0..<m {
          inLanes { F.transformOutput(buffer + column * 16 + $0, m * 16, corner + column * 16 + $0, width) }
        }
        guard above == across - 1 && left == across - 1 else { continue }
        let place = places[tile / (across * across)]
        let output = call.output + block * call.outputBlockStride + place.offset
        for row in 0..<place.rows {
          for column in 0..<place.columns {
            let y =
              pools
              ? maximumOfFour(outputs + 2 * row * width + 2 * column * 16, rowStride: width)
              : read(outputs + row * width + column * 16)
            write(maximum(y + bias, Vector()), to: output + row * rowStride + column * pixelStride)
          }
        }
      }
    }
  }
  @inline(__always)
  func transform<F: WinogradTransform>(_: F.Type) {
    if F.outputs % 2 == 1 && pools { transform(F.self, across: 2) } else { transform(F.self, across: 1) }
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

/// The maximum of 2×2 neighbouring vectors.
@inline(__always)
private func maximumOfFour(_ corner: UnsafePointer<Float>, rowStride: Int) -> Vector {
  maximum(
    maximum(read(corner), read(corner + 16)), maximum(read(corner + rowStride), read(corner + rowStride + 16)))
}
