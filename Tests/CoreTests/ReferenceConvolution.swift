/// The plain twin of the fast convolutions: the definition, summed in double precision, for any size.
enum ReferenceConvolution {
  /// 3×3, stride 1, same padding, bias and ReLU; channels last.
  ///
  /// - Parameters:
  ///   - input: H×W×Cin.
  ///   - kernel: 3×3×Cin×Cout.
  ///   - bias: Cout.
  /// - Returns: H×W×Cout.
  static func convolve(
    _ input: [Float], height: Int, width: Int, inputChannels: Int, kernel: [Float], bias: [Float]
  ) -> [Float] {
    let outputChannels = bias.count
    var output = [Float](repeating: 0, count: height * width * outputChannels)
    var sums = [Double](repeating: 0, count: outputChannels)
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<outputChannels { sums[channel] = Double(bias[channel]) }
        for tap in 0..<9 {
          let (row, column) = (y + tap / 3 - 1, x + tap % 3 - 1)
          guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
          for inputChannel in 0..<inputChannels {
            let value = Double(input[(row * width + column) * inputChannels + inputChannel])
            let weights = (tap * inputChannels + inputChannel) * outputChannels
            for channel in 0..<outputChannels { sums[channel] += value * Double(kernel[weights + channel]) }
          }
        }
        for channel in 0..<outputChannels {
          output[(y * width + x) * outputChannels + channel] = Float(max(sums[channel], 0))
        }
      }
    }
    return output
  }

  /// The maximum of every 2×2, stride 2; an odd last row or column is left out. Channels last.
  static func pool(_ input: [Float], height: Int, width: Int, channels: Int) -> [Float] {
    var output: [Float] = []
    for y in 0..<height / 2 {
      for x in 0..<width / 2 {
        for channel in 0..<channels {
          let window = [(0, 0), (0, 1), (1, 0), (1, 1)].map { row, column in
            input[((2 * y + row) * width + 2 * x + column) * channels + channel]
          }
          output.append(window.max()!)
        }
      }
    }
    return output
  }
}
