import KernelInterface

/// Height and width in pixels.
public struct ImageSize: Codable, Sendable, Hashable, CustomStringConvertible {
  public let height: Int
  public let width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  public var description: String { "\(height)×\(width)" }
}

extension Image {
  public var size: ImageSize { ImageSize(height: height, width: width) }

  /// The image in three channels: a grey value becomes red, green and blue of that value.
  public var rgb: Image {
    guard channels == 1 else { return self }
    let values = [UInt8](unsafeUninitializedCapacity: 3 * pixels.count) { buffer, count in
      for (index, grey) in pixels.enumerated() {
        buffer[3 * index] = grey
        buffer[3 * index + 1] = grey
        buffer[3 * index + 2] = grey
      }
      count = 3 * pixels.count
    }
    return Image(height: height, width: width, channels: 3, pixels: values)
  }

  /// The image at another size, its shape treated as `aspect` says. For many images of one size, make a ``Resizer`` once.
  public func resized(to size: ImageSize, filter: ResizeFilter = .bilinear, aspect: AspectRatio = .stretch) -> Image {
    let inner = aspect == .pad ? self.size.fitted(into: size) : size
    let box = aspect == .crop ? self.size.centre(inTheShapeOf: size) : nil
    return Resizer(from: self.size, box: box, to: inner, filter: filter).resize(self).centred(in: size)
  }
}

/// How pixels are weighed when an image is resized. Names and formulas are Pillow's (src/libImaging/Resample.c).
public enum ResizeFilter: String, CaseIterable, Codable, Sendable {
  /// The one pixel under the output pixel's centre.
  case nearest
  /// A triangle of radius 1.
  case bilinear
  /// Keys' cubic with a = −1/2, radius 2 (Keys 1981, Cubic convolution interpolation for digital image processing).
  case bicubic
  /// A sinc windowed by a wider sinc, radius 3.
  case lanczos

  /// The filter's radius, in pixels of the coarser of the two images.
  var support: Double {
    switch self {
    case .nearest: 0.5
    case .bilinear: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// The weight of a pixel at the distance `x` from the output pixel's centre.
  func weight(_ x: Double) -> Double {
    let distance = abs(x)
    guard distance < support else { return 0 }
    switch self {
    case .nearest:
      return 1
    case .bilinear:
      return 1 - distance
    case .bicubic where distance < 1:
      return (1.5 * distance - 2.5) * distance * distance + 1
    case .bicubic:
      return (((distance - 5) * distance + 8) * distance - 4) * -0.5
    case .lanczos:
      return sinc(distance) * sinc(distance / 3)
    }
  }

  private func sinc(_ x: Double) -> Double {
    x == 0 ? 1 : sine(x * .pi) / (x * .pi)
  }
}

/// Resizes 8-bit images from one size to another, bit for bit as Pillow's `Image.resize` does.
///
/// A filter is applied along the rows, then along the columns, each pass rounded to 8 bits. Where the image gets
/// smaller the filter is stretched by that factor, so that every source pixel counts (antialiasing). The weights depend
/// on the sizes alone: make a resizer once and use it for every image of that size, from any thread.
///
/// Source: Pillow 13, src/libImaging/Resample.c and, for `nearest`, ImagingScaleAffine in src/libImaging/Geometry.c.
public struct Resizer: Sendable {
  public let source: ImageSize
  public let target: ImageSize
  public let filter: ResizeFilter
  private let columns: Taps
  private let rows: Taps

  /// - Parameters:
  ///   - source: the size of the images that are resized.
  ///   - box: what of the source becomes the target; nil: all of it. Pixels around it count as far as the filter reaches.
  ///   - target: the size that they get.
  ///   - filter: how pixels are weighed.
  /// - Precondition: no side is 0, and the box lies in the source.
  public init(from source: ImageSize, box: ImageBox? = nil, to target: ImageSize, filter: ResizeFilter = .bilinear) {
    precondition(min(source.height, source.width, target.height, target.width) > 0, "\(source) to \(target)")
    let box = box ?? ImageBox(top: 0, left: 0, height: Double(source.height), width: Double(source.width))
    self.source = source
    self.target = target
    self.filter = filter
    columns = Taps(from: source.width, start: box.left, length: box.width, to: target.width, filter: filter)
    rows = Taps(from: source.height, start: box.top, length: box.height, to: target.height, filter: filter)
  }

  /// - Precondition: the image has the size that this resizer was made for.
  public func resize(_ image: Image) -> Image {
    precondition(image.size == source, "an image of \(image.size) for a resizer of \(source)")
    if columns.isIdentity && rows.isIdentity { return image }
    if filter == .nearest { return picked(image) }
    return isVerticalFirst ? horizontalPass(verticalPass(image)) : verticalPass(horizontalPass(image))
  }

  /// The passes commute but for the rounding between them. Pillow starts with the height where that loses much more
  /// than the width does: since version 13, by this rule; before, never. It touches no photograph of 9:16 or wider that is made square.
  private var isVerticalFirst: Bool {
    let lostRows = source.height - target.height
    return lostRows > 0 && lostRows > 2 * (source.width - target.width)
  }

  private func horizontalPass(_ image: Image) -> Image {
    if columns.isIdentity { return image }
    let count = image.height * target.width * image.channels
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
      image.pixels.withUnsafeBufferPointer { input in
        columns.withPointers { taps in
          KernelTable.current.resampleHorizontally(
            HorizontalResamplingCall(
              source: input.baseAddress!, rows: image.height, sourceWidth: image.width, channels: image.channels,
              output: output.baseAddress!, width: target.width, taps: taps))
        }
      }
      initialized = count
    }
    return Image(height: image.height, width: target.width, channels: image.channels, pixels: pixels)
  }

  private func verticalPass(_ image: Image) -> Image {
    if rows.isIdentity { return image }
    let rowBytes = image.width * image.channels
    let count = target.height * rowBytes
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
      image.pixels.withUnsafeBufferPointer { input in
        rows.withPointers { taps in
          KernelTable.current.resampleVertically(
            VerticalResamplingCall(
              source: input.baseAddress!, rowBytes: rowBytes, output: output.baseAddress!, height: target.height,
              taps: taps))
        }
      }
      initialized = count
    }
    return Image(height: target.height, width: image.width, channels: image.channels, pixels: pixels)
  }

  /// Nearest: every output pixel is a copy of one source pixel.
  private func picked(_ image: Image) -> Image {
    let channels = image.channels
    let count = target.height * target.width * channels
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
      image.pixels.withUnsafeBufferPointer { input in
        for row in rows.starts {
          let line = Int(row) * source.width
          for column in columns.starts {
            let first = (line + Int(column)) * channels
            for channel in 0..<channels {
              output[initialized] = input[first + channel]
              initialized += 1
            }
          }
        }
      }
    }
    return Image(height: target.height, width: target.width, channels: channels, pixels: pixels)
  }
}

/// Which source pixels make up each output pixel along one axis, and by what weights.
private struct Taps: Sendable {
  /// The first source pixel of each output pixel.
  private(set) var starts: [Int32] = []
  /// Output pixel i has the weights `offsets[i] ..< offsets[i + 1]`.
  private(set) var offsets: [Int32] = [0]
  /// In fixed point of `resampleFractionBits`; those of an output pixel add up to one.
  private(set) var weights: [Int32] = []
  /// Whether every output pixel is the source pixel of the same number.
  let isIdentity: Bool

  /// - Parameters:
  ///   - source: how many pixels there are.
  ///   - start: where those that become the target begin; `length`: how many they are.
  init(from source: Int, start: Double, length: Double, to target: Int, filter: ResizeFilter) {
    isIdentity = start == 0 && source == target && length == Double(source)
    let scale = length / Double(target)
    if filter == .nearest {
      pickNearest(from: source, start: start, scale: scale, to: target)
    } else {
      weigh(from: source, start: start, scale: scale, to: target, filter: filter)
    }
  }

  private mutating func weigh(from source: Int, start: Double, scale: Double, to target: Int, filter: ResizeFilter) {
    let stretch = max(scale, 1)
    let shrink = 1 / stretch
    let support = filter.support * stretch
    let one = Double(1 << resampleFractionBits)
    for index in 0..<target {
      let centre = start + (Double(index) + 0.5) * scale
      let first = max(Int(centre - support + 0.5), 0)
      let end = min(Int(centre + support + 0.5), source)
      let exact = (first..<end).map { filter.weight((Double($0) - centre + 0.5) * shrink) }
      let total = exact.reduce(0, +)
      for weight in exact {
        let scaled = (total == 0 ? weight : weight / total) * one
        weights.append(Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5))
      }
      starts.append(Int32(first))
      offsets.append(Int32(weights.count))
    }
  }

  /// Steps from centre to centre by repeated addition, as Pillow does, so that ties fall the same way.
  private mutating func pickNearest(from source: Int, start: Double, scale: Double, to target: Int) {
    var centre = start + scale * 0.5
    for _ in 0..<target {
      starts.append(Int32(min(Int(centre), source - 1)))
      centre += scale
    }
  }

  func withPointers(_ body: (ResamplingTaps) -> Void) {
    starts.withUnsafeBufferPointer { starts in
      offsets.withUnsafeBufferPointer { offsets in
        weights.withUnsafeBufferPointer { weights in
          body(
            ResamplingTaps(
              starts: starts.baseAddress!, offsets: offsets.baseAddress!, weights: weights.baseAddress!))
        }
      }
    }
  }
}
