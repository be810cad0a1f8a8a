import Core
import Foundation
import Testing
import Weights

/// block5_conv3 of two fixed images, with the real ImageNet weights, against PyTorch in double precision
/// (Fixtures/make_features.py), on every instruction set that the machine has.
@Suite struct FidelityTests {
  static let weights = Result { try PublishedWeights.read(contentsOf: SmallPipeline.weights()) }
  static let images = ["digit", "photograph"]
  static let sizes = [32, 48, 64, 96, 100, 224, 299]

  @Test(arguments: images, sizes)
  func featuresEqualThoseInDoublePrecision(image: String, size: Int) throws {
    let weights = try Self.weights.get()
    let preprocessing = try #require(weights.preprocessing)
    let pixels = preprocessing.apply(to: try picture(image, size))
    let reference = try Reference("features_\(image)_\(size)")
    for instructionSet in InstructionSet.supported {
      let extractor = FeatureExtractor(
        weights: weights.weights, height: size, width: size, maximumBatch: 1, pool: WorkerPool(threads: 2),
        instructionSet: instructionSet)
      var features = [Float](repeating: .nan, count: extractor.featureShape.count)
      features.withUnsafeMutableBufferPointer { extractor.extract(pixels, count: 1, into: $0.baseAddress!) }
      #expect(reference.relativeError(of: features) < 1e-5, "\(instructionSet)")
    }
  }

  private func picture(_ name: String, _ size: Int) throws -> Image {
    name == "digit" ? try enlargedDigit(size) : syntheticPhotograph(size)
  }

  /// A digit of the sample, enlarged by taking the nearest pixel.
  private func enlargedDigit(_ size: Int) throws -> Image {
    let digit = try fixture("digit")
    let pixels = (0..<size * size).flatMap { index -> [UInt8] in
      let (y, x) = (index / size * 28 / size, index % size * 28 / size)
      return [UInt8](repeating: digit[y * 28 + x], count: 3)
    }
    return Image(height: size, width: size, channels: 3, pixels: pixels)
  }

  /// Value noise in integer arithmetic: synthetic_photograph() of make_features.py.
  private func syntheticPhotograph(_ size: Int) -> Image {
    let pixels = (0..<size * size).flatMap { index -> [UInt8] in
      let (y, x) = (index / size * 224 * 256 / size, index % size * 224 * 256 / size)
      return (0..<3).map { noise(x: x, y: y, channel: $0) }
    }
    return Image(height: size, width: size, channels: 3, pixels: pixels)
  }

  /// Six octaves with cells of 64, 32 … 2 pixels, each half as strong as the one before; x and y in 1/256 of a pixel.
  private func noise(x: Int, y: Int, channel: Int) -> UInt8 {
    let total = (0..<6).reduce(0) { total, octave in
      let cell = 64 >> octave
      let (x0, y0) = (x / (cell * 256), y / (cell * 256))
      let (fx, fy) = (x / cell % 256, y / cell % 256)
      func corner(_ dx: Int, _ dy: Int) -> Int { hashed(x0 + dx, y0 + dy, channel, octave) }
      let top = corner(0, 0) * (256 - fx) + corner(1, 0) * fx
      let bottom = corner(0, 1) * (256 - fx) + corner(1, 1) * fx
      return total + (top * (256 - fy) + bottom * fy) >> (octave + 1)
    }
    return UInt8(total >> 16)
  }

  /// A byte that looks random, for each lattice point.
  private func hashed(_ x: Int, _ y: Int, _ channel: Int, _ octave: Int) -> Int {
    var hash = (x * 374_761_393 + y * 668_265_263 + channel * 1_442_695_041 + octave * 1_013_904_223) & 0xFFFF_FFFF
    hash = ((hash ^ (hash >> 13)) * 1_274_126_177) & 0xFFFF_FFFF
    return (hash ^ (hash >> 16)) & 255
  }
}

/// The norm of the features in double precision, and some of them.
private struct Reference {
  let norm: Double
  let samples: [Float]

  init(_ name: String) throws {
    let data = try fixture(name)
    norm = data.withUnsafeBytes { $0.loadUnaligned(as: Double.self) }
    samples = data.withUnsafeBytes { bytes in
      stride(from: 8, to: bytes.count, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: Float.self) }
    }
  }

  /// ‖features − reference‖ / ‖reference‖, estimated from the samples: the values at 7919 k mod N.
  func relativeError(of features: [Float]) -> Double {
    let squares = samples.enumerated().map { index, sample in
      let difference = Double(features[index * 7919 % features.count]) - Double(sample)
      return difference * difference
    }
    let scale = Double(features.count) / Double(samples.count)
    return (squares.reduce(0, +) * scale).squareRoot() / norm
  }
}

private func fixture(_ name: String) throws -> [UInt8] {
  let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "bin"))
  return Array(try Data(contentsOf: url))
}
