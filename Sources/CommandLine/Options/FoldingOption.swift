import ArgumentParser
import FeatureStore

/// How heads are judged.
struct FoldingOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Deal all labelled images, training and validation, out to K folds (or groups: a fold for every group), whole groups \
      and copies together; train heads for each fold on the others, and judge them by it. submit and predict average them.
      """, valueName: "k"),
    transform: Folding.init(parsing:))
  var folds: Folding?

  @Flag(help: "Train the head on 25 and 50 % of the images, too: whether more images would help.")
  var learningCurve = false

  /// - Throws: `ValidationError` where training is to be stopped by images that judge.
  func check(_ training: TrainingOptions) throws {
    guard folds == nil || training.patience == nil else {
      throw ValidationError(
        "--patience stops by the validation loss, and with --folds all images are there to judge: give --schedule the epochs."
      )
    }
  }
}
