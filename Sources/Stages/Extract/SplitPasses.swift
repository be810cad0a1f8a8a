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
}
