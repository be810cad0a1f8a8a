import ArgumentParser
import Core
import FeatureStore
import Stages

/// As Keras' ImageDataGenerator takes them; the defaults are those of fast.ai's State Farm notebook.
struct AugmentationOptions: ParsableArguments {
  private static let defaults = AugmentationRanges()

  @Option(help: "Passes over the training images in which each is augmented anew; they follow the images in train.h5.")
  var augment = 0

  @Option(help: "The same over the validation and test images: submit averages its predictions over them.")
  var testAugment = 0

  @Option(help: "Turned by up to so many degrees either way.")
  var rotation = defaults.rotation

  @Option(help: "Moved left or right by up to this share of the width.")
  var widthShift = Share(defaults.widthShift)

  @Option(help: "Moved up or down by up to this share of the height.")
  var heightShift = Share(defaults.heightShift)

  @Option(help: "Sheared by an angle of up to so many radians.")
  var shear = defaults.shear

  @Option(help: "Made brighter or darker by up to so much of 255.")
  var channelShift = defaults.channelShift

  @Flag(help: "Mirror half of them: not digits, nor where left and right tell classes apart.")
  var flip = false

  @Option(help: "Seed of what is drawn.")
  var augmentSeed: UInt64 = 0

  func validate() throws {
    for (name, passes) in [("--augment", augment), ("--test-augment", testAugment)] {
      guard (0...AugmentedPasses.maximumCount).contains(passes) else {
        throw ValidationError("\(name) is 0 to \(AugmentedPasses.maximumCount) passes.")
      }
    }
    for (name, range, limit) in [
      ("--rotation", rotation, 180), ("--width-shift", widthShift.value, 1), ("--height-shift", heightShift.value, 1),
      ("--shear", shear, 1.5), ("--channel-shift", channelShift, 255),
    ] {
      guard (0...limit).contains(range) else { throw ValidationError("\(name) is 0 to \(limit).") }
    }
  }

  var passes: SplitPasses {
    var train = AugmentedPasses()
    (train.count, train.seed) = (augment, augmentSeed)
    train.ranges.rotation = rotation
    train.ranges.widthShift = widthShift.value
    train.ranges.heightShift = heightShift.value
    train.ranges.shear = shear
    train.ranges.channelShift = channelShift
    train.ranges.flips = flip
    return SplitPasses(train: train, testCount: testAugment)
  }
}
