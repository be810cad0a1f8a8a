import Core
import FeatureStore
import Support

/// What to try next, as far as the numbers tell: three sentences at most.
package struct Advice {
  package let sentences: [String]

  /// - Parameters:
  ///   - validation: of what was chosen.
  ///   - training: of the epoch that is kept, with dropout.
  ///   - curve: nil where none was made.
  package init(
    validation: Predictions, training: HeadMetrics, labelNames: [String], curve: LearningCurve?
  ) {
    sentences = [
      validation.truth.tags == nil ? Self.onTheConfused(validation.metrics, labelNames) : nil,
      curve.map(Self.onMoreImages), validation.truth.tags == nil ? Self.onOverfitting(validation, training) : nil,
    ].compactMap(\.self)
  }

  /// The two classes that are confused most, where that is more than chance would make of rare errors.
  private static func onTheConfused(_ metrics: ClassificationMetrics, _ labelNames: [String]) -> String? {
    guard let worst = metrics.confusions.first, worst.count >= 3 else { return nil }
    let errors = metrics.confusions.reduce(0) { $0 + $1.count }
    guard Double(worst.count) >= 1.5 * Double(errors) / Double(metrics.classes * (metrics.classes - 1)) else {
      return nil
    }
    let all = (0..<metrics.classes).reduce(0) { $0 + metrics.count(of: worst.label, takenFor: $1) }
    let (name, other) = (labelNames[worst.label], labelNames[worst.predicted])
    let others = (0..<metrics.classes).reduce(0) { $0 + metrics.count(of: worst.predicted, takenFor: $1) }
    // More of a class that is the larger one anyway would drown the other.
    return
      "\(name) is taken for \(other) in \(grouped(worst.count)) of \(grouped(all)): add images of "
      + "\(all > 2 * others ? other : name), or see whether their labels are right (./pipeline.sh inspect)"
  }

  private static func onMoreImages(_ curve: LearningCurve) -> String {
    let all = curve.points.last!
    // The best of the others: where that is of few images, what lies between is chance.
    let some = curve.points.dropLast().min { $0.validation.logLoss < $1.validation.logLoss }!
    let better = MeanInterval(of: zip(some.validation.losses, all.validation.losses).map { $0 - $1 })
    let what = "better on all images than on \(percent(some.share)) of them"
    let chance = "which may be chance: too few images to tell whether more will help"
    guard better.mean > 0 else {
      let losses = "log-loss \(significant(all.validation.logLoss)) beside \(significant(some.validation.logLoss))"
      // Chance may hide that they help, but for a twentieth of the loss nobody gathers images.
      return better.mean + better.margin > all.validation.logLoss / 20
        ? "no \(what) (\(losses)), \(chance)"
        : "no \(what) (\(losses)): more images like these will help little; a larger --size, --augment or --fine-tune may"
    }
    let gain = "\(what) (log-loss lower by \(better.summary))"
    return better.includesZero ? "\(gain), \(chance)" : "still \(gain): more images will help"
  }

  /// Dropout makes the training accuracy lower than the head's own, so that what lies above validation's interval is no
  /// accident. What lies below it says little: the head without dropout may be far better.
  private static func onOverfitting(_ validation: Predictions, _ training: HeadMetrics) -> String? {
    let interval = validation.accuracy.interval
    let accuracies =
      "train \(percent(training.accuracy)) under dropout, validation \(percent(validation.metrics.accuracy))"
    if training.accuracy > interval.upper {
      return "\(accuracies): more dropout, --augment or --label-smoothing may help"
    }
    if training.accuracy < interval.lower, training.accuracy < 0.9 {
      return "\(accuracies): more epochs may help"
    }
    return nil
  }
}
