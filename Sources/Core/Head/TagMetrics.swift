/// How well predicted probabilities fit the classes that images have, where an image has any number of them.
public struct TagMetrics: Sendable, Equatable {
  /// What is to be told of one class.
  public struct Class: Sendable, Equatable {
    /// Images that have it.
    public let count: Int
    /// Images for which it is answered.
    public let answered: Int
    /// Those of the answers that are right.
    public let right: Int
    /// Σ (R(n) - R(n-1)) P(n) over the thresholds that occur, from the greatest (scikit-learn's `average_precision_score`);
    /// nil where no image has the class.
    public let averagePrecision: Double?

    /// Nil where no image has the class.
    public var recall: Double? { count == 0 ? nil : Double(right) / Double(count) }
    /// Nil where it is answered for no image.
    public var precision: Double? { answered == 0 ? nil : Double(right) / Double(answered) }
    /// 2 TP / (2 TP + FP + FN); nil where it is neither there nor answered.
    public var f1: Double? { fMeasure(1) }
    /// 5 TP / (5 TP + 4 FN + FP); nil where it is neither there nor answered.
    public var f2: Double? { fMeasure(2) }

    private func fMeasure(_ beta: Double) -> Double? {
      count + answered == 0
        ? nil : (1 + beta * beta) * Double(right) / (beta * beta * Double(count) + Double(answered))
    }
  }

  /// N.
  public let count: Int
  /// Of each image, the mean over the classes of -log p of what is right, in nats; p is taken as 1e-15 at least.
  public let losses: [Double]
  /// Of each image, F with β = 1 and with β = 2, as in ``TagThresholds``.
  public let f1: [Double]
  public let f2: [Double]
  /// In the order of the labels.
  public let classes: [Class]
  /// All N×K predictions by their probability, in 15 bins of equal width: how many are right, for the image has the class.
  public let calibration: [CalibrationBin]

  /// - Parameters:
  ///   - probabilities: N×K, row by row.
  ///   - tags: of the same rows.
  ///   - answers: which classes are answered, N×K.
  /// - Precondition: N is at least 1.
  public init(probabilities: [Float], tags: TagMatrix, answers: [Bool]) {
    precondition(
      tags.count > 0 && probabilities.count == tags.values.count && answers.count == tags.values.count,
      "probabilities of other rows")
    let width = tags.classes
    let rows = (0..<tags.count).map { $0 * width..<($0 + 1) * width }
    count = tags.count
    losses = rows.map { row in
      row.reduce(0.0) { sum, index in
        let p = Double(probabilities[index])
        return sum - logarithm(max(tags.values[index] == 1 ? p : 1 - p, 1e-15))
      } / Double(width)
    }
    let scores = rows.map { RowScore(answers[$0], tags.values[$0]) }
    f1 = scores.map { $0.fMeasure(1) }
    f2 = scores.map { $0.fMeasure(2) }
    calibration = probabilities.indices.reduce(
      into: [CalibrationBin](repeating: CalibrationBin(), count: CalibrationBin.count)
    ) { bins, index in
      let p = Double(probabilities[index])
      bins[CalibrationBin.index(of: p)].add(confidence: p, isRight: tags.values[index] == 1)
    }
    classes = (0..<width).map { label in
      let own = stride(from: label, to: probabilities.count, by: width)
      return Class(
        count: tags.count(of: label), answered: own.count { answers[$0] },
        right: own.count { answers[$0] && tags.values[$0] == 1 },
        averagePrecision: Self.averagePrecision(own.map { probabilities[$0] }, own.map { tags.values[$0] == 1 }))
    }
  }

  /// The mean of the images' losses: binary cross-entropy.
  public var logLoss: Double { losses.reduce(0, +) / Double(count) }
  /// The mean of the images' F1 (scikit-learn's `f1_score(average="samples")`, an image that has no class and is answered
  /// none counting as 1).
  public var meanF1: Double { f1.reduce(0, +) / Double(count) }
  /// The same with β = 2.
  public var meanF2: Double { f2.reduce(0, +) / Double(count) }

  /// The mean over the classes that occur; nil where none does.
  public var meanAveragePrecision: Double? {
    let known = classes.compactMap { $0.averagePrecision }
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }

  /// The mean of the classes' F1, over those that are there or answered.
  public var macroF1: Double { Self.mean(classes.compactMap { $0.f1 }) }
  /// The same of their F2.
  public var macroF2: Double { Self.mean(classes.compactMap { $0.f2 }) }

  /// By how much the probability of a class and the share of images that have it differ, in the mean over all predictions
  /// with about that probability.
  public var calibrationError: Double { CalibrationBin.expectedError(calibration) }

  /// 0 of none.
  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }

  private static func averagePrecision(_ scores: [Float], _ isPositive: [Bool]) -> Double? {
    let positives = isPositive.count { $0 }
    guard positives > 0 else { return nil }
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var (sum, right, start) = (0.0, 0, 0)
    while start < order.count {
      var (end, own) = (start, 0)
      while end < order.count, scores[order[end]] == scores[order[start]] {
        own += isPositive[order[end]] ? 1 : 0
        end += 1
      }
      right += own
      sum += Double(own) / Double(positives) * Double(right) / Double(end)
      start = end
    }
    return sum
  }
}
