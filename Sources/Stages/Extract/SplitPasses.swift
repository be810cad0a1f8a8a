import Core
import Datasets
import FeatureStore

/// The augmented passes over each split: drawn in the same way, and as many over the validation images as over the test
/// images.
public struct SplitPasses: Sendable {
  /// Over the training images.
  public var train: AugmentedPasses
  /// How many over the validation and test images, for test-time augmentation.
  public var testCount: Int

  public init(train: AugmentedPasses = AugmentedPasses(), testCount: Int = 0) {
    (self.train, self.testCount) = (train, testCount)
  }

  subscript(split: Split) -> AugmentedPasses {
    var passes = train
    if split != .train { passes.count = testCount }
    return passes
  }

  /// The options for augmentation that differ from what they are by default, where no image is augmented; else nil.
  var unused: String? { train.count == 0 && testCount == 0 ? train.ranges.changed : nil }
}

extension AugmentationRanges {
  /// The options that differ from what they are by default; nil where none does.
  fileprivate var changed: String? {
    let usual = AugmentationRanges()
    let options = [
      ("--rotation", rotation != usual.rotation), ("--width-shift", widthShift != usual.widthShift),
      ("--height-shift", heightShift != usual.heightShift), ("--shear", shear != usual.shear),
      ("--channel-shift", channelShift != usual.channelShift), ("--flip", flips),
    ].filter(\.1).map(\.0)
    return options.isEmpty ? nil : options.joined(separator: ", ")
  }
}
