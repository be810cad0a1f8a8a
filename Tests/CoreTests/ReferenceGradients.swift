/// The plain twins of the gradients of ``ReferenceConvolution``: the definitions, summed in double precision, for any
/// size. Channels last.
struct ReferenceGradients {
  /// By the input, H×W×Cin.
  var input: [Double]
  /// By the kernel, 3×3×Cin×Cout.
  var kernel: [Double]
  /// By the bias, Cout.
  var bias: [Double]

  /// Of 3×3 convolution, stride 1, same padding.
  ///
  /// - Parameters:
  ///   - gradient: by the sums that the ReLU takes in, H×W×Cout.
  ///   - input: H×W×Cin.
  ///   - kernel: 3×3×Cin×Cout.
  init(of gradient: [Float], input: [Float], height: Int, width: Int, kernel: [Float]) {
    let pixels = height * width
    let (inputs, outputs) = (input.count / pixels, gradient.count / pixels)
    self.input = [Double](repeating: 0, count: input.count)
    self.kernel = [Double](repeating: 0, count: kernel.count)
    bias = [Double](repeating: 0, count: outputs)
    for y in 0..<height {
      for x in 0..<width {
        let sums = (y * width + x) * outputs
        for channel in 0..<outputs { bias[channel] += Double(gradient[sums + channel]) }
        for tap in 0..<9 {
          let (row, column) = (y + tap / 3 - 1, x + tap % 3 - 1)
          guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
          for inputChannel in 0..<inputs {
            let pixel = (row * width + column) * inputs + inputChannel
            let weights = (tap * inputs + inputChannel) * outputs
            for channel in 0..<outputs {
              let dz = Double(gradient[sums + channel])
              self.input[pixel] += dz * Double(kernel[weights + channel])
              self.kernel[weights + channel] += dz * Double(input[pixel])
            }
          }
        }
      }
    }
  }

  /// Of ReLU and 2×2 max pooling: to the greatest activation of each window, the first among equals, if it is above 0.
  static func pool(_ gradient: [Float], activations: [Float], height: Int, width: Int, channels: Int) -> [Float] {
    var result = [Float](repeating: 0, count: activations.count)
    for y in 0..<height / 2 {
      for x in 0..<width / 2 {
        for channel in 0..<channels {
          let window = [(0, 0), (0, 1), (1, 0), (1, 1)].map { row, column in
            ((2 * y + row) * width + 2 * x + column) * channels + channel
          }
          let greatest = window.map { activations[$0] }.max()!
          guard greatest > 0 else { continue }
          let place = window.first { activations[$0] == greatest }!
          result[place] = gradient[(y * (width / 2) + x) * channels + channel]
        }
      }
    }
    return result
  }
}
