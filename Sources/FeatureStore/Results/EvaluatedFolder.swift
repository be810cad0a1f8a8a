import Core
import Support

/// What a head made of pictures whose classes are known: what the evaluation's report is made from.
package struct EvaluatedFolder: Sendable {
  /// The folder of the classes' folders.
  package let path: String
  package let head: HeadFile
  /// How many heads there are whose predictions are averaged.
  package let headCount: Int
  /// Of the pictures that could be read, in the order of the predictions.
  package let pictures: [String]
  package let predictions: Predictions
  /// One line each: the others.
  package let unreadable: [String]
  /// One line each: why the measures may flatter the head.
  package let cautions: [String]

  package init(
    path: String, head: HeadFile, headCount: Int, pictures: [String], predictions: Predictions, unreadable: [String],
    cautions: [String]
  ) {
    (self.path, self.head, self.headCount) = (path, head, headCount)
    (self.pictures, self.predictions) = (pictures, predictions)
    (self.unreadable, self.cautions) = (unreadable, cautions)
  }

  /// `97.5 % (195 of 200; 95 % interval 94.3 to 98.9 %)`
  package static func accuracy(_ predictions: Predictions) -> String {
    let metrics = predictions.metrics
    let all = predictions.labels.count
    let right = predictions.right
    let interval = WilsonInterval(right: right, of: all)
    return "\(percent(metrics.accuracy)) (\(grouped(right)) of \(grouped(all)); 95 % interval "
      + "\(fixed(100 * interval.lower, 1)) to \(percent(interval.upper)))"
  }
}
