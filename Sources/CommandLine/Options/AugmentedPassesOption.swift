import ArgumentParser
import FeatureStore

/// How many of the augmented passes in the caches count, in training and in the predictions that are averaged.
struct AugmentedPassesOption: ParsableArguments {
  @Option(
    help: """
      How many of the augmented passes in the caches are used: fit-head trains on those in train.h5, submit averages its \
      predictions over those in test.h5 (see extract --augment, --test-augment). (default: all)
      """)
  var augmentedPasses: Int?

  func validate() throws {
    try check("--augmented-passes", augmentedPasses, in: 0...AugmentedPasses.maximumCount, "extract makes no more")
  }
}
