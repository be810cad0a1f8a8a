/// Max pooling over 2×2 windows, stride 2, no padding: `keras.layers.MaxPooling2D()`. An odd last row or column is left
/// out.
///
/// It has no weights, so a head's features are pooled once, before training.
public enum MaxPooling {
  public static func outputShape(of input: FeatureShape) -> FeatureShape {
    FeatureShape(height: input.height / 2, width: input.width / 2, channels: input.channels)
  }

  /// output(y, x, c) = max of input(2y, 2x, c), input(2y, 2x+1, c), input(2y+1, 2x, c), input(2y+1, 2x+1, c).
  ///
  /// - Parameters:
  ///   - input: one image's features, H×W×C.
  ///   - output: room for H/2 × W/2 × C.
  static func forward(
    _ input: UnsafePointer<Float>, shape: FeatureShape, into output: UnsafeMutablePointer<Float>
  ) {
    let pooled = outputShape(of: shape)
    let rowStride = shape.width * shape.channels
    for y in 0..<pooled.height {
      for x in 0..<pooled.width {
        let window = input + 2 * y * rowStride + 2 * x * shape.channels
        let pixel = output + (y * pooled.width + x) * shape.channels
        maximum(
          window, window + shape.channels, window + rowStride, window + rowStride + shape.channels,
          count: shape.channels, into: pixel)
      }
    }
  }

  private static func maximum(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>, _ d: UnsafePointer<Float>,
    count: Int, into output: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<count {
      let left = a[i] > c[i] ? a[i] : c[i]
      let right = b[i] > d[i] ? b[i] : d[i]
      output[i] = left > right ? left : right
    }
  }
}
