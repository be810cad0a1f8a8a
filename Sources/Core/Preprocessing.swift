/// What a network wants done to an image's red, green and blue (0–255) before its first layer:
/// `y[c] = (x[order[c]] / divisor − mean[c]) / deviation[c]`, in float32, one rounding an operation.
///
/// It follows the weights: those that Keras ships were trained in Caffe, torchvision's in PyTorch, and each gives
/// poor features with the other's preprocessing.
public struct Preprocessing: Sendable, Equatable {
  public enum ChannelOrder: String, Codable, Sendable {
    case rgb, bgr
  }

  /// What `--preprocessing` calls it.
  public let name: String
  /// The order of the channels that go into the network.
  public let order: ChannelOrder
  /// Divides 0–255 before the mean is subtracted.
  public let divisor: Float
  /// Subtracted; one for each channel, in ``order``.
  public let mean: [Float]
  /// Divides in the end; one for each channel, in ``order``.
  public let deviation: [Float]

  /// The result for each of 256 levels, of each output channel: an 8-bit image needs no arithmetic.
  private let table: [Float]

  package init(
    _ name: String, _ order: ChannelOrder, divisor: Float = 1, mean: [Float], deviation: [Float] = [1, 1, 1]
  ) {
    self.name = name
    self.order = order
    self.divisor = divisor
    self.mean = mean
    self.deviation = deviation
    table = (0..<3).flatMap { channel in
      (0..<256).map { (Float($0) / divisor - mean[channel]) / deviation[channel] }
    }
  }
}

#if !hasFeature(Embedded)  // which has no Codable: see Tests/Arm64
  /// All but the table, which follows from the rest.
  extension Preprocessing: Codable {
    private enum CodingKeys: CodingKey { case name, order, divisor, mean, deviation }

    /// - Throws: `DecodingError`, also where there are not three channels.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      let (mean, deviation) = (
        try values.decode([Float].self, forKey: .mean), try values.decode([Float].self, forKey: .deviation)
      )
      guard mean.count == 3, deviation.count == 3 else {
        throw DecodingError.dataCorruptedError(
          forKey: .mean, in: values, debugDescription: "three channels are expected")
      }
      self.init(
        try values.decode(String.self, forKey: .name), try values.decode(ChannelOrder.self, forKey: .order),
        divisor: try values.decode(Float.self, forKey: .divisor), mean: mean, deviation: deviation)
    }

    public func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(name, forKey: .name)
      try values.encode(order, forKey: .order)
      try values.encode(divisor, forKey: .divisor)
      try values.encode(mean, forKey: .mean)
      try values.encode(deviation, forKey: .deviation)
    }
  }
#endif

// MARK: - The ones in use

extension Preprocessing {
  /// Blue, green, red; minus ImageNet's mean. keras/src/applications/imagenet_utils.py, mode "caffe"; fast.ai's vgg16.py.
  public static let caffe = Preprocessing("caffe", .bgr, mean: [103.939, 116.779, 123.68])

  /// The same for weights whose first layer was turned around to take red, green, blue.
  public static let caffeRGB = Preprocessing("caffe-rgb", .rgb, mean: [123.68, 116.779, 103.939])

  /// Red, green, blue; to 0–1, minus the mean, over the standard deviation. torchvision/transforms/_presets.py,
  /// ImageClassification (ToTensor, then Normalize).
  public static let torch = Preprocessing(
    "torch", .rgb, divisor: 255, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])

  /// Red, green, blue; to −1 … 1. keras/src/applications/imagenet_utils.py, mode "tf".
  public static let tensorFlow = Preprocessing("tf", .rgb, divisor: 127.5, mean: [1, 1, 1])

  /// Red, green, blue; 0–1, as networks fitted on rescaled images want them.
  public static let unit = Preprocessing("unit", .rgb, divisor: 255, mean: [0, 0, 0])

  public static let all: [Preprocessing] = [caffe, caffeRGB, torch, tensorFlow, unit]

  /// The one that `--preprocessing` calls `name`.
  public static func named(_ name: String) -> Preprocessing? {
    all.first { $0.name == name }
  }
}

/// Name and constants, as the caches' attribute `preprocessing` holds them.
extension Preprocessing: CustomStringConvertible {
  public var description: String {
    func list(_ values: [Float]) -> String { values.map { "\($0)" }.joined(separator: ",") }
    return "\(name): \(order.rawValue), divisor \(divisor), mean \(list(mean)), deviation \(list(deviation))"
  }
}

// MARK: - Applying it

extension Preprocessing {
  /// Preprocesses an image into `output`, height×width×3. Grey is taken as red = green = blue.
  ///
  /// - Precondition: `output.count == image.height × image.width × 3`.
  public func apply(to image: Image, into output: UnsafeMutableBufferPointer<Float>) {
    let count = image.height * image.width
    precondition(output.count == 3 * count, "room for \(image.height)×\(image.width)×3 values")
    let channels = image.channels
    let (first, second, third) = sources(in: channels)
    image.pixels.withUnsafeBufferPointer { pixels in
      table.withUnsafeBufferPointer { table in
        for pixel in 0..<count {
          output[3 * pixel] = table[Int(pixels[channels * pixel + first])]
          output[3 * pixel + 1] = table[256 + Int(pixels[channels * pixel + second])]
          output[3 * pixel + 2] = table[512 + Int(pixels[channels * pixel + third])]
        }
      }
    }
  }

  /// Preprocesses an image to height×width×3. Grey is taken as red = green = blue.
  public func apply(to image: Image) -> [Float] {
    let count = image.height * image.width * 3
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      apply(to: image, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
  }

  /// Preprocesses height×width×3 values in place: red, green, blue, 0–255, which need not be whole.
  ///
  /// - Precondition: the number of values is a multiple of 3.
  public func apply(toRGB pixels: UnsafeMutableBufferPointer<Float>) {
    precondition(pixels.count.isMultiple(of: 3), "height×width×3 values")
    let (first, second, third) = sources(in: 3)
    for pixel in stride(from: 0, to: pixels.count, by: 3) {
      let values = (pixels[pixel + first], pixels[pixel + second], pixels[pixel + third])
      pixels[pixel] = (values.0 / divisor - mean[0]) / deviation[0]
      pixels[pixel + 1] = (values.1 / divisor - mean[1]) / deviation[1]
      pixels[pixel + 2] = (values.2 / divisor - mean[2]) / deviation[2]
    }
  }

  /// The way back: the image whose preprocessing gives these values, to look at what a network sees.
  ///
  /// - Parameters:
  ///   - values: height×width×3. What they make beyond 0–255 is cut off.
  ///   - size: height and width.
  /// - Precondition: there are as many values as the size says.
  public func image(from values: [Float], size: ImageSize) -> Image {
    precondition(values.count == size.height * size.width * 3, "\(size)×3 values")
    let (first, second, third) = sources(in: 3)
    let pixels = [UInt8](unsafeUninitializedCapacity: values.count) { pixels, count in
      for pixel in stride(from: 0, to: values.count, by: 3) {
        for (channel, source) in [first, second, third].enumerated() {
          let value = (values[pixel + channel] * deviation[channel] + mean[channel]) * divisor
          pixels[pixel + source] = UInt8(min(max(value.rounded(), 0), 255))
        }
      }
      count = values.count
    }
    return Image(height: size.height, width: size.width, channels: 3, pixels: pixels)
  }

  /// Where in a pixel of `channels` channels (1 or 3) each output channel comes from.
  private func sources(in channels: Int) -> (Int, Int, Int) {
    if channels == 1 { return (0, 0, 0) }
    return order == .rgb ? (0, 1, 2) : (2, 1, 0)
  }
}
