/// By how much augmented images differ from the originals: each is drawn anew, evenly, from these ranges.
///
/// The defaults are those of fast.ai's State Farm notebook. The operations are those of Keras' ImageDataGenerator, with
/// `fill_mode="nearest"`: keras/src/legacy/preprocessing/image.py.
public struct AugmentationRanges: Codable, Sendable, Equatable {
  /// Turned by up to this angle either way, in degrees.
  public var rotation = 15.0
  /// Moved left or right by up to this share of the width.
  public var widthShift = 0.1
  /// Moved up or down by up to this share of the height.
  public var heightShift = 0.05
  /// Sheared by up to this angle either way, in radians, as Keras 1 took it.
  public var shear = 0.1
  /// Made brighter or darker by up to this much of 255, within the range of the image.
  public var channelShift = 20.0
  /// Whether half of the images are mirrored: not for digits, nor where left and right tell classes apart.
  public var flips = false

  public init() {}

  /// One image's share of them.
  public func draw(_ random: inout Philox, height: Int, width: Int) -> Augmentation {
    func within(_ range: Double) -> Double { (2 * Double(random.uniform()) - 1) * range }
    return Augmentation(
      rotation: within(rotation) * .pi / 180, rowShift: within(heightShift) * Double(height),
      columnShift: within(widthShift) * Double(width), shear: within(shear),
      channelShift: Float(within(channelShift)), isFlipped: random.uniform() < 0.5 && flips)
  }
}

/// As the caches' attribute `augmentation` holds it.
extension AugmentationRanges: CustomStringConvertible {
  public var description: String {
    "rotation \(rotation), width shift \(widthShift), height shift \(heightShift), shear \(shear), "
      + "channel shift \(channelShift)\(flips ? ", flips" : "")"
  }
}

/// What is done to one image.
public struct Augmentation: Sendable, Equatable {
  /// In radians.
  public var rotation = 0.0
  /// In pixels.
  public var rowShift = 0.0
  /// In pixels.
  public var columnShift = 0.0
  /// In radians.
  public var shear = 0.0
  /// Added to every value, which stays between the image's smallest and largest.
  public var channelShift: Float = 0
  /// Left and right exchanged.
  public var isFlipped = false

  public init(
    rotation: Double = 0, rowShift: Double = 0, columnShift: Double = 0, shear: Double = 0, channelShift: Float = 0,
    isFlipped: Bool = false
  ) {
    self.rotation = rotation
    self.rowShift = rowShift
    self.columnShift = columnShift
    self.shear = shear
    self.channelShift = channelShift
    self.isFlipped = isFlipped
  }

  /// The augmented image in red, green and blue: height × width × 3 values from 0 to 255, which need not be whole.
  ///
  /// An output pixel is taken from the place `R(Sx + t)` in the original, both measured from the centre; R turns, S shears,
  /// t shifts. It is interpolated between the four pixels around that place; beyond the edge, the edge goes on.
  public func apply(to image: Image, into output: UnsafeMutableBufferPointer<Float>) {
    let (height, width, channels) = (image.height, image.width, image.channels)
    precondition(output.count == height * width * 3, "room for \(height)×\(width)×3 values")
    let (sineOfTurn, cosineOfTurn) = (sine(rotation), cosine(rotation))
    let (sineOfShear, cosineOfShear) = (sine(shear), cosine(shear))
    let (middleRow, middleColumn) = (Double(height - 1) / 2, Double(width - 1) / 2)
    var (smallest, largest) = (Float.infinity, -Float.infinity)
    image.pixels.withUnsafeBufferPointer { pixels in
      for row in 0..<height {
        let y = Double(row) - middleRow
        let shearedRow = cosineOfShear * y + rowShift
        for column in 0..<width {
          let shearedColumn = Double(column) - middleColumn - sineOfShear * y + columnShift
          let rows = Neighbours(sineOfTurn * shearedColumn + cosineOfTurn * shearedRow + middleRow, count: height)
          let columns = Neighbours(cosineOfTurn * shearedColumn - sineOfTurn * shearedRow + middleColumn, count: width)
          let target = (row * width + (isFlipped ? width - 1 - column : column)) * 3
          for colour in 0..<3 {
            let channel = channels == 1 ? 0 : colour
            func value(_ row: Int, _ column: Int) -> Float {
              Float(pixels[(row * width + column) * channels + channel])
            }
            let above = columns.mix(value(rows.first, columns.first), value(rows.first, columns.second))
            let below = columns.mix(value(rows.second, columns.first), value(rows.second, columns.second))
            let mixed = rows.mix(above, below)
            (smallest, largest) = (min(smallest, mixed), max(largest, mixed))
            output[target + colour] = mixed
          }
        }
      }
    }
    if channelShift != 0 {
      for index in output.indices { output[index] = min(max(output[index] + channelShift, smallest), largest) }
    }
  }
}

/// The two pixels along an axis that a place lies between.
private struct Neighbours {
  let first: Int
  let second: Int
  /// Of the second, from 0 to 1.
  private let weight: Float

  init(_ place: Double, count: Int) {
    let inside = min(max(place, 0), Double(count - 1))
    first = Int(inside)
    second = min(first + 1, count - 1)
    weight = Float(inside - Double(first))
  }

  @inline(__always)
  func mix(_ a: Float, _ b: Float) -> Float { a + weight * (b - a) }
}
