/// Convolves some rows of a three-channel image directly with 3×3 kernels, adds the bias and applies the ReLU.
///
/// VGG16's first layer has too few input channels for Winograd's transforms to pay.
///
/// - Parameters:
///   - input: the pixel above and left of the first output: `rows + 2` rows, `inputRowStride` floats apart, of
///     `columns + 2` pixels × 3 channels. The image's border of zeros is part of it.
///   - weights: [output channels / panel][3 rows × 3 columns × 3 channels][panel].
///   - bias: one for each output channel.
///   - output: where the first output goes; its neighbours go `pixelStride` and `rowStride` floats further, and the next
///     block of 16 channels `blockStride` floats further.
@inline(never)
public func firstConvolution(
  input: UnsafePointer<Float>, inputRowStride: Int, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
  output: UnsafeMutablePointer<Float>, rowStride: Int, pixelStride: Int, blockStride: Int, outputChannels: Int,
  rows: Int, columns: Int
) {
  for row in 0..<rows {
    for panel in 0..<outputChannels / Panel.width {
      let input = input + row * inputRowStride
      let output = output + row * rowStride + panel * (Panel.width / 16) * blockStride
      let weights = weights + panel * 27 * Panel.width
      let bias = Panel(at: bias + panel * Panel.width)
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
