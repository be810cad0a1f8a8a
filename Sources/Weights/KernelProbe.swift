import Core
import Foundation

/// Tells which way round kernels are by what they make of a known image.
///
/// Weights that were trained on from ImageNet's still answer much as those do, while kernels turned by 180° answer
/// otherwise: their features are 0.83 away, those of kernels with 30 % of noise 0.3, those of random kernels 0.8 and more
/// either way.
enum KernelProbe {
  /// Whether the kernels are turned, given how far from ImageNet's features they are as stored and turned around; nil
  /// where neither is near, or not clearly nearer.
  static func isTurned(asStored: Double, turnedAround: Double) -> Bool? {
    guard min(asStored, turnedAround) < min(0.5, max(asStored, turnedAround) / 2) else { return nil }
    return turnedAround < asStored
  }

  /// The relative L2 distance of the weights' features of the probe image from ImageNet's.
  static func distance(of weights: BackboneWeights) -> Double {
    let means = channelMeans(of: weights)
    let error = reference.reduce(0) { $0 + pow(means[$1.channel] - $1.mean, 2) }
    let norm = reference.reduce(0) { $0 + pow($1.mean, 2) }
    return (error / norm).squareRoot()
  }

  /// Each channel's mean over VGG16's block5_conv3 of the probe image.
  private static func channelMeans(of weights: BackboneWeights) -> [Double] {
    let extractor = FeatureExtractor(
      weights: weights, height: image.height, width: image.width, maximumBatch: 1,
      pool: WorkerPool(threads: ProcessInfo.processInfo.activeProcessorCount))
    let shape = extractor.featureShape
    var features = [Float](repeating: 0, count: shape.count)
    features.withUnsafeMutableBufferPointer {
      extractor.extract(Preprocessing.caffe.apply(to: image), count: 1, into: $0.baseAddress!)
    }
    return (0..<shape.channels).map { channel in
      let values = stride(from: channel, to: shape.count, by: shape.channels).map { Double(features[$0]) }
      return values.reduce(0, +) / Double(values.count)
    }
  }

  /// A disc before a slope, and stripes below: no symmetry at all. The same as Tests/WeightsTests/Fixtures/make_probe.py's.
  private static let image = Image(
    height: 32, width: 32, channels: 3,
    pixels: (0..<32).flatMap { y in
      (0..<32).flatMap { x in
        (0..<3).map { channel in
          let isDisc = (x - 20) * (x - 20) + (y - 9) * (y - 9) < 49
          let isStripe = y > 18 && (x + y) % 6 < 3
          let level = isDisc ? 230 - 60 * channel : 4 * x + 2 * y + 30 * channel
          return UInt8(min(level + (isStripe ? 90 : 0), 255))
        }
      }
    })

  /// The means of the ImageNet weights in the 32 channels that tell turned kernels best, by make_probe.py.
  private static let reference: [(channel: Int, mean: Double)] = [
    (15, 8.736), (29, 63.822), (43, 30.966), (50, 48.595), (55, 21.045), (57, 87.511), (64, 90.335), (86, 0.000),
    (137, 29.798), (147, 83.491), (172, 21.027), (178, 30.141), (190, 27.919), (257, 39.492), (258, 9.471),
    (263, 20.881), (282, 52.375), (307, 26.853), (310, 38.534), (331, 4.642), (368, 40.827), (381, 0.000),
    (410, 39.774), (431, 82.840), (447, 23.666), (460, 73.320), (471, 31.028), (474, 49.148), (476, 86.593),
    (484, 21.249), (487, 61.955), (496, 28.948),
  ]
}
