import Core
import Datasets

/// What can be told of a picture without knowing what it shows.
package struct PictureStatistics: Sendable, Equatable {
  /// In pixels, as it is stored.
  package let size: ImageSize
  /// The variance of the Laplacian (0 1 0; 1 −4 1; 0 1 0) of its luminance at the size that the network takes: small where
  /// nothing is sharp (Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy: a comparative study").
  package let sharpness: Double
  /// The greatest of its channels' standard deviations, of 255.
  package let deviation: Double
  /// The mean of each channel, of 255: red, green, blue.
  package let colour: [Double]

  /// - Parameters:
  ///   - image: as it was decoded.
  ///   - stored: its size before it was decoded smaller; nil: it was not.
  ///   - input: the size that the network takes.
  package init(_ image: Image, stored: ImageSize? = nil, input: ImageSize) {
    size = stored ?? image.size
    let picture = image.resized(to: input).rgb
    var (sums, squares) = ([Int](repeating: 0, count: 3), [Int](repeating: 0, count: 3))
    var luminance = [Int32](repeating: 0, count: picture.height * picture.width)
    picture.pixels.withUnsafeBufferPointer { pixels in
      for place in luminance.indices {
        let (red, green, blue) = (Int(pixels[3 * place]), Int(pixels[3 * place + 1]), Int(pixels[3 * place + 2]))
        for (channel, value) in [red, green, blue].enumerated() {
          sums[channel] += value
          squares[channel] += value * value
        }
        // ITU-R BT.601, in thousandths.
        luminance[place] = Int32(299 * red + 587 * green + 114 * blue)
      }
    }
    let count = Double(luminance.count)
    colour = sums.map { Double($0) / count }
    deviation = zip(squares, colour).map { max(Double($0) / count - $1 * $1, 0).squareRoot() }.max()!
    sharpness = Self.laplacianVariance(luminance, height: picture.height, width: picture.width) / 1e6
  }

  /// Over all pixels but those at the edges.
  private static func laplacianVariance(_ values: [Int32], height: Int, width: Int) -> Double {
    guard height > 2, width > 2 else { return 0 }
    var (sum, squares) = (0.0, 0.0)
    values.withUnsafeBufferPointer { values in
      for y in 1..<height - 1 {
        for place in y * width + 1..<(y + 1) * width - 1 {
          let sides = values[place - 1] + values[place + 1] + values[place - width] + values[place + width]
          let laplacian = Double(sides - 4 * values[place])
          sum += laplacian
          squares += laplacian * laplacian
        }
      }
    }
    let count = Double((height - 2) * (width - 2))
    return max(squares / count - (sum / count) * (sum / count), 0)
  }
}
