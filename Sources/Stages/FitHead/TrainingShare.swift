import Core
import FeatureStore

/// An order in which images are taken for heads that are trained on a share of them: the first quarter is part of the first
/// half. Groups and copies stay whole, and of every class there is about the same share.
struct TrainingShare: Sendable {
  /// Of each image, those of the train cache and behind them those of the validation cache: it is taken for shares above it.
  private let place: [Double]

  private static let stream: UInt64 = 0x5348_4152_4500_0000  // "SHARE"

  /// - Parameters:
  ///   - count: of the images, the first so many are trained on.
  ///   - seed: of the order.
  init(of images: LabelledImages, first count: Int, seed: UInt64) {
    var random = Philox(seed: seed, stream: Self.stream)
    var place = [Double](repeating: 0, count: images.count)
    // Most groups have one class; of the others the first image tells. Where images have any number, chance will do.
    let units = Folds.units(images).map { $0.filter { $0 < count } }.filter { !$0.isEmpty }
    let strata = Dictionary(grouping: units) { images.truth.tags == nil ? images.labels[$0[0]] : 0 }
    for (_, units) in strata.sorted(by: { $0.key < $1.key }) {
      for (number, unit) in random.shuffled(units).enumerated() {
        for image in unit { place[image] = Double(number) / Double(units.count) }
      }
    }
    self.place = place
  }

  /// Whether an image is among the share that is trained on.
  ///
  /// - Parameter share: above 0, to 1.
  func includes(_ image: Int, _ share: Double) -> Bool { place[image] < share }
}
