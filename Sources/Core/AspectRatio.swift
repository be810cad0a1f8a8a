/// What is done about an image that is not of the shape it is to have.
public enum AspectRatio: String, CaseIterable, Codable, Sendable {
  /// Height and width are scaled each by its own factor, as Keras' `load_img` does.
  case stretch
  /// As much of the centre as has the wanted shape, as Pillow's `ImageOps.fit` takes it.
  case crop
  /// All of the image, centred on black, as Pillow's `ImageOps.pad` lays it.
  case pad
}

/// A rectangle of an image, in pixels from the top left corner; its edges may run through pixels.
public struct ImageBox: Sendable, Equatable {
  public let top: Double
  public let left: Double
  public let height: Double
  public let width: Double

  public init(top: Double, left: Double, height: Double, width: Double) {
    self.top = top
    self.left = left
    self.height = height
    self.width = width
  }
}

extension ImageSize {
  private var ratio: Double { Double(width) / Double(height) }

  /// The largest box in the centre that has the shape of `target` (ImageOps.fit), its edges
  /// rounded to single precision, as Pillow's `resize` takes them.
  func centre(inTheShapeOf target: ImageSize) -> ImageBox {
    let boxWidth = ratio > target.ratio ? target.ratio * Double(height) : Double(width)
    let boxHeight = ratio < target.ratio ? Double(width) / target.ratio : Double(height)
    let (top, height) = middle(boxHeight, of: height)
    let (left, width) = middle(boxWidth, of: width)
    return ImageBox(top: top, left: left, height: height, width: width)
  }

  private func middle(_ length: Double, of whole: Int) -> (start: Double, length: Double) {
    let start = (Double(whole) - length) / 2
    return (Double(Float(start)), Double(Float(start + length) - Float(start)))
  }

  /// The largest size of this shape that fits into `target`, at least one pixel (ImageOps.contain).
  func fitted(into target: ImageSize) -> ImageSize {
    if ratio > target.ratio {
      let fittedHeight = (Double(height) / Double(width) * Double(target.width)).rounded(.toNearestOrEven)
      return ImageSize(height: max(1, Int(fittedHeight)), width: target.width)
    }
    if ratio < target.ratio {
      let fittedWidth = (ratio * Double(target.height)).rounded(.toNearestOrEven)
      return ImageSize(height: target.height, width: max(1, Int(fittedWidth)))
    }
    return target
  }
}

extension Image {
  /// The image in the middle of a larger, black one; where the margins differ by a pixel, as Python's `round` has it.
  ///
  /// - Precondition: it is at most as large.
  func centred(in target: ImageSize) -> Image {
    if size == target { return self }
    let top = Int((Double(target.height - height) / 2).rounded(.toNearestOrEven))
    let left = Int((Double(target.width - width) / 2).rounded(.toNearestOrEven))
    var padded = [UInt8](repeating: 0, count: target.height * target.width * channels)
    for row in 0..<height {
      let start = ((top + row) * target.width + left) * channels
      padded.replaceSubrange(
        start..<start + width * channels, with: pixels[row * width * channels..<(row + 1) * width * channels])
    }
    return Image(height: target.height, width: target.width, channels: channels, pixels: padded)
  }
}
