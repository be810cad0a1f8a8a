/// What a Kaggle competition wants to know of each image.
public enum SubmissionFormat: String, Codable, Sendable, CaseIterable {
  /// The most probable class, as in Digit Recognizer.
  case labels
  /// The probability of each class, as in State Farm, or of the second of two, as in Dogs vs Cats.
  case probabilities
}
