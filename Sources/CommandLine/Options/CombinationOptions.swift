import ArgumentParser
import FeatureStore
import Stages

/// More heads than one, and labels that heads made.
struct CombinationOptions: ParsableArguments {
  private static let defaults = HeadCombination()

  @Option(help: "Train the best head with so many seeds; submit averages their predictions.")
  var ensemble = defaults.ensemble

  @Option(
    help: ArgumentHelp(
      """
      test or test:SHARE: let the heads predict the test images, then train them again with those predictions as labels, \
      which make up SHARE (0.25) of each batch.
      """, valueName: "split"),
    transform: PseudoLabelling.init(parsing:))
  var pseudoLabel: PseudoLabelling?

  func validate() throws {
    guard (1...1000).contains(ensemble) else { throw ValidationError("--ensemble is 1 to 1000.") }
  }

  var combination: HeadCombination { HeadCombination(ensemble: ensemble, pseudoLabelling: pseudoLabel) }
}
