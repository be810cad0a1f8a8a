import KernelInterface

/// Transforms the products of a batch's tiles to outputs, Y = Aᵀ M A, and finishes them, for all blocks of channels.
@inline(never)
func transformBatchOutput(_ call: BatchOutputCall) {
  switch call.finish {
  case .biasAndReLU(let bias):
    // What is not a number stays what it is, so that training notices.
    transform(call) { y, block, _ in
      let sum = y + read(bias + block * 16)
      return sum.replacing(with: 0, where: sum .< 0)
    }
  case .gradientOfReLU(let activations):
    transform(call) { y, _, offset in gradientOfReLU(y, read(activations + offset)) }
  case .nothing:
    transform(call) { y, _, _ in y }
  }
}

/// `gradient` where what the ReLU put out is greater than 0; 0 elsewhere.
@inline(__always)
func gradientOfReLU(_ gradient: Vector, _ activation: Vector) -> Vector {
  gradient.replacing(with: 0, where: activation .<= 0)
}

/// - Parameter finish: takes a pixel, its block of channels and its offset from the map's origin.
@inline(__always)
private func transform(
  _ call: BatchOutputCall, _ finish: (_ y: Vector, _ block: Int, _ offset: Int) -> Vector
) {
  let (places, buffer, rowStride) = (call.places, call.buffer, call.rowStride)
  let stride = call.inputPositionStride
  /// Rows first, then columns.
  @inline(__always)
  func transform<F: WinogradTransform>(_: F.Type) {
    let n = F.inputs
    let m = F.outputs
    let outputs = buffer + n * m * 16
    for block in 0..<call.blocks {
      for tile in 0..<call.tiles {
        let input = call.input + block * call.inputBlockStride + tile * 16
        for row in 0..<n {
          inLanes { F.transformOutput(input + row * n * stride + $0, stride, buffer + row * m * 16 + $0, 16) }
        }
        for column in 0..<m {
          inLanes { F.transformOutput(buffer + column * 16 + $0, m * 16, outputs + column * 16 + $0, m * 16) }
        }
        let place = places[tile]
        for row in 0..<place.rows {
          for column in 0..<place.columns {
            let offset = block * call.outputBlockStride + place.offset + row * rowStride + column * 16
            write(finish(read(outputs + (row * m + column) * 16), block, offset), to: call.output + offset)
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
