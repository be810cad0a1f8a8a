/// What a head is to learn for each row: a distribution over the classes, or, where a row has any number of classes, a
/// probability for each of them; N×K.
///
/// Hard labels are rows with a single 1. Smoothed labels and another head's predictions are distributions, too; a row's
/// weight is a factor of the whole row.
public struct HeadTargets: Sendable, Equatable {
  /// K.
  public let classes: Int
  /// Row by row.
  public let values: [Float]

  public var count: Int { values.count / classes }

  /// Labels, smoothed and weighted as Keras does it.
  ///
  /// - Parameters:
  ///   - labels: the class of each row, 0 ..< K.
  ///   - classes: K.
  ///   - smoothing: how much of a row's distribution is spread evenly over all classes (Szegedy et al. 2016,
  ///     `keras.losses.CategoricalCrossentropy(label_smoothing:)`).
  ///   - classWeights: a factor of the loss of each class's rows; see ``balancedWeights(of:classes:)``.
  /// - Throws: ``HeadError`` where a label is not a class, where the smoothing is not in 0 ..< 1, and where the weights
  ///   are not K finite numbers of at least 0.
  public init(labels: [Int], classes: Int, smoothing: Float = 0, classWeights: [Float]? = nil) throws(HeadError) {
    if let row = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
      throw HeadError.label(labels[row], row: row, classes: classes)
    }
    guard smoothing >= 0 && smoothing < 1 else { throw HeadError.labelSmoothing(smoothing) }
    let weights = classWeights ?? [Float](repeating: 1, count: classes)
    guard weights.count == classes && weights.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw HeadError.classWeights(weights, classes: classes)
    }
    self.classes = classes
    var values = [Float](repeating: 0, count: labels.count * classes)
    for (row, label) in labels.enumerated() {
      for k in 0..<classes {
        values[row * classes + k] = weights[label] * ((k == label ? 1 - smoothing : 0) + smoothing / Float(classes))
      }
    }
    self.values = values
  }

  /// Any number of classes a row, smoothed as Keras does it.
  ///
  /// - Parameters:
  ///   - tags: which classes each row has.
  ///   - smoothing: t becomes t (1 - s) + s / 2 (`keras.losses.BinaryCrossentropy(label_smoothing:)`).
  /// - Throws: ``HeadError`` where the smoothing is not in 0 ..< 1.
  public init(tags: TagMatrix, smoothing: Float = 0) throws(HeadError) {
    guard smoothing >= 0 && smoothing < 1 else { throw HeadError.labelSmoothing(smoothing) }
    classes = tags.classes
    values = tags.values.map { Float($0) * (1 - smoothing) + smoothing / 2 }
  }

  /// Any distributions, such as another head's predictions.
  ///
  /// - Throws: ``HeadError`` where a value is not a finite number of at least 0.
  /// - Precondition: whole rows.
  public init(distributions: [Float], classes: Int) throws(HeadError) {
    precondition(
      classes > 0 && distributions.count % classes == 0, "\(distributions.count) values of \(classes) classes")
    if let index = distributions.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
      throw HeadError.target(distributions[index], row: index / classes)
    }
    self.classes = classes
    values = distributions
  }

  /// Weights under which every class counts the same: N / (K · the class's rows), as scikit-learn's "balanced". A class
  /// without rows gets 0.
  public static func balancedWeights(of labels: [Int], classes: Int) -> [Float] {
    var counts = [Int](repeating: 0, count: classes)
    for label in labels { counts[label] += 1 }
    return counts.map { $0 == 0 ? 0 : Float(labels.count) / Float(classes * $0) }
  }
}
