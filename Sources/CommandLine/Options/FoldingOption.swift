import ArgumentParser
import FeatureStore

/// Heads that are judged by images that none of them has seen.
struct FoldingOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Deal all labelled images, training and validation, out to K folds (or groups: a fold for every group), whole groups \
      and copies together; train heads for each fold on the others, and judge them by it. submit and predict average them.
      """, valueName: "k"),
    transform: Folding.init(parsing:))
  var folds: Folding?
}
