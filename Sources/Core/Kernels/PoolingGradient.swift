import KernelInterface

/// The gradient of ReLU and 2×2 max pooling, for one image and a block of 16 channels: a window's gradient goes to its
/// greatest activation, the first among equals by rows (as in PyTorch), if that is greater than 0. An odd last row or
/// column, which is in no window, gets 0.
@inline(never)
func poolingGradient(_ call: PoolingGradientCall) {
  let (rowStride, activations, output) = (call.rowStride, call.activations, call.output)
  for row in 0..<call.height / 2 {
    for column in 0..<call.width / 2 {
      let gradient = read(call.gradient + row * call.gradientRowStride + column * call.gradientPixelStride)
      let corner = 2 * row * rowStride + 2 * column * 16
      let offsets = (corner, corner + 16, corner + rowStride, corner + rowStride + 16)
      let a = read(activations + offsets.0)
      let b = read(activations + offsets.1)
      let c = read(activations + offsets.2)
      let d = read(activations + offsets.3)
      let greatest = maximum(maximum(a, b), maximum(c, d))
      var rest = gradientOfReLU(gradient, greatest)
      /// Gives the gradient away where this is the greatest; nothing is left then.
      @inline(__always)
      func give(_ activation: Vector, to offset: Int) {
        let isGreatest = activation .== greatest
        write(Vector().replacing(with: rest, where: isGreatest), to: output + offset)
        rest.replace(with: 0, where: isGreatest)
      }
      give(a, to: offsets.0)
      give(b, to: offsets.1)
      give(c, to: offsets.2)
      give(d, to: offsets.3)
    }
    if call.width % 2 == 1 {
      write(Vector(), to: output + 2 * row * rowStride + (call.width - 1) * 16)
      write(Vector(), to: output + (2 * row + 1) * rowStride + (call.width - 1) * 16)
    }
  }
  if call.height % 2 == 1 {
    for column in 0..<call.width { write(Vector(), to: output + (call.height - 1) * rowStride + column * 16) }
  }
}

/// The gradient of ReLU, for one image and a block of 16 channels.
@inline(never)
func activationGradient(_ call: PoolingGradientCall) {
  for row in 0..<call.height {
    for column in 0..<call.width {
      let gradient = read(call.gradient + row * call.gradientRowStride + column * call.gradientPixelStride)
      let offset = row * call.rowStride + column * 16
      write(gradientOfReLU(gradient, read(call.activations + offset)), to: call.output + offset)
    }
  }
}
