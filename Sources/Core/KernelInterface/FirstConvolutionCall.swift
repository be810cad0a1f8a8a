/// Some rows of the first convolution's output, from an image of three channels.
public struct FirstConvolutionCall {
  /// The pixel above and left of the first output: `rows + 2` rows of `columns + 2` pixels × 3 channels. The image's border
  /// of zeros is part of it.
  public let input: UnsafePointer<Float>
  /// From one row of the input to the next, in floats.
  public let inputRowStride: Int
  /// [output channels / panel][3 rows × 3 columns × 3 channels][panel].
  public let weights: UnsafePointer<Float>
  /// One for each output channel.
  public let bias: UnsafePointer<Float>
  /// Where the first output goes.
  public let output: UnsafeMutablePointer<Float>
  /// From one row of the output to the next, in floats.
  public let rowStride: Int
  /// From one pixel of the output to the next, in floats.
  public let pixelStride: Int
  /// From one block of 16 output channels to the next, in floats.
  public let blockStride: Int
  public let outputChannels: Int
  /// Of outputs.
  public let rows: Int
  /// Of outputs.
  public let columns: Int

  @inlinable
  public init(
    input: UnsafePointer<Float>, inputRowStride: Int, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, rowStride: Int, pixelStride: Int, blockStride: Int, outputChannels: Int,
    rows: Int, columns: Int
  ) {
    self.input = input
    self.inputRowStride = inputRowStride
    self.weights = weights
    self.bias = bias
    self.output = output
    self.rowStride = rowStride
    self.pixelStride = pixelStride
    self.blockStride = blockStride
    self.outputChannels = outputChannels
    self.rows = rows
    self.columns = columns
  }
}
