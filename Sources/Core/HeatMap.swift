/// How much each place of a picture counts.
public struct HeatMap: Sendable, Equatable {
  public let height: Int
  public let width: Int
  /// H×W, row by row; none is below 0.
  public let values: [Float]

  /// - Precondition: `values` has height × width values.
  public init(height: Int, width: Int, values: [Float]) {
    precondition(height > 0 && width > 0 && values.count == height * width, "a map of \(height)×\(width)")
    (self.height, self.width, self.values) = (height, width, values)
  }

  /// The mean of maps of one size.
  public static func mean(of maps: [HeatMap]) -> HeatMap {
    let count = Float(maps.count)
    return HeatMap(
      height: maps[0].height, width: maps[0].width,
      values: maps[0].values.indices.map { index in maps.reduce(0) { $0 + $1.values[index] } / count })
  }

  /// A picture, grey where the map is low, and yellow to red where it is high.
  ///
  /// The map is stretched over the picture, linearly between the centres of its fields; its greatest value is full colour.
  ///
  /// - Parameter image: of 1 or 3 channels.
  public func overlaid(on image: Image) -> Image {
    let picture = image.rgb
    let greatest = values.max() ?? 0
    let (rows, columns) = (Self.taps(height, over: image.height), Self.taps(width, over: image.width))
    var pixels: [UInt8] = []
    pixels.reserveCapacity(picture.pixels.count)
    for y in 0..<image.height {
      for x in 0..<image.width {
        let (row, column) = (rows[y], columns[x])
        func line(_ row: Int) -> Float {
          values[row * width + column.first] * (1 - column.share) + values[row * width + column.second] * column.share
        }
        let value = line(row.first) * (1 - row.share) + line(row.second) * row.share
        let heat = greatest > 0 ? value / greatest : 0
        let start = 3 * (y * image.width + x)
        let colour = picture.pixels[start..<start + 3].map(Float.init)
        let grey = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
        let (alpha, hot) = (0.7 * heat, [255, 230 * (1 - heat), Float(0)])
        for channel in 0..<3 {
          // Where nothing counts the picture loses half of its colour, so that what is coloured stands out.
          let base = grey + (colour[channel] - grey) * (0.5 + 0.5 * heat)
          pixels.append(UInt8(min(max(base + (hot[channel] - base) * alpha, 0), 255).rounded()))
        }
      }
    }
    return Image(height: image.height, width: image.width, channels: 3, pixels: pixels)
  }

  /// For each of `count` pixels the fields between whose centres it lies, and how far it is on the way to the second.
  private static func taps(_ fields: Int, over count: Int) -> [(first: Int, second: Int, share: Float)] {
    (0..<count).map { pixel in
      let place = max((Float(pixel) + 0.5) * Float(fields) / Float(count) - 0.5, 0)
      let first = min(Int(place), fields - 1)
      return (first, min(first + 1, fields - 1), min(place - Float(first), 1))
    }
  }
}
