import Core
import Support

/// What a head made of pictures whose classes are known: what the evaluation's report is made from.
package struct EvaluatedFolder: Sendable {
  /// The folder of the pictures, or of the classes' folders.
  package let path: String
  package let head: HeadFile
  /// How many heads there are whose predictions are averaged.
  package let headCount: Int
  /// Of the pictures that could be read, in the order of the predictions.
  package let pictures: [String]
  package let predictions: Predictions
  /// How good they are; tags are answered by the head's thresholds.
  package var measures: Measures { predictions.measures(by: head.thresholds) }

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
}
