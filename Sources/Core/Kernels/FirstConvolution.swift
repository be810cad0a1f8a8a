import KernelInterface

/// Convolves some rows of a three-channel image directly with 3×3 kernels, adds the bias and applies the ReLU.
///
/// A network's first layer has too few input channels for Winograd's transforms to pay.
@inline(never)
func firstConvolution(_ call: FirstConvolutionCall) {
  let (inputRowStride, columns) = (call.inputRowStride, call.columns)
  let (pixelStride, blockStride) = (call.pixelStride, call.blockStride)
  for row in 0..<call.rows {
    for panel in 0..<call.outputChannels / Panel.width {
      let input = call.input + row * inputRowStride
      let output = call.output + row * call.rowStride + panel * (Panel.width / 16) * blockStride
      let weights = call.weights + panel * 27 * Panel.width
      let bias = Panel(at: call.bias + panel * Panel.width)
      var column = 0

      /// Computes as many whole blocks of neighbouring pixels as are left in the row.
      @inline(__always)
      func convolve<Block: Accumulators>(_: Block.Type) {
        while column + Block.rows <= columns {
          var sums = Block(bias)
          for y in 0..<3 {
            for x in 0..<9 {
              sums.add(
                input + y * inputRowStride + column * 3 + x, stride: 3,
                times: Panel(at: weights + (y * 9 + x) * Panel.width))
            }
          }
          sums.rectify()
          sums.store(output + column * pixelStride, stride: pixelStride, blockStride: blockStride)
          column += Block.rows
        }
      }
      convolve(MostRows.self)
      #if AVX512
        convolve(EightRows.self)
      #endif
      convolve(FourRows.self)
      convolve(TwoRows.self)
      convolve(OneRow.self)
    }
  }
}
