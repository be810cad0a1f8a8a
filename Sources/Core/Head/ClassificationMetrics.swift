/// How well predicted probabilities fit the right classes, in the measures people compare classifiers by.
public struct ClassificationMetrics: Sendable, Equatable {
  /// K×K, row by row: how many images of the class (row) were taken for the class (column).
  public let confusion: [Int]
  /// K.
  public let classes: Int
  /// The mean of -log p of the right class, in nats; p is taken as 1e-15 at least, as Kaggle does.
  public let logLoss: Double
  /// The share of rows whose right class is among the k most probable ones, for k from 1 (the accuracy) to 5 or K.
  public let topAccuracies: [Double]
  /// The rows by their greatest probability, in 15 bins of equal width: what a reliability diagram shows.
  public let calibration: [CalibrationBin]

  /// - Parameters:
  ///   - probabilities: N×K, row by row.
  ///   - labels: the right class of each row, 0 ..< K.
  ///   - classes: K.
  /// - Precondition: N is at least 1.
  public init(probabilities: [Float], labels: [Int], classes: Int) {
    precondition(!labels.isEmpty && probabilities.count == labels.count * classes, "probabilities of other rows")
    self.classes = classes
    var confusion = [Int](repeating: 0, count: classes * classes)
    var ranks = [Int](repeating: 0, count: classes)
    var calibration = [CalibrationBin](repeating: CalibrationBin(), count: CalibrationBin.count)
    var loss = 0.0
    for (row, label) in labels.enumerated() {
      let p = probabilities[row * classes..<(row + 1) * classes]
      let right = p[p.startIndex + label]
      let predicted = mostProbable(p)
      confusion[label * classes + predicted] += 1
      // Among equals the first is the more probable one, as for the prediction.
      ranks[p.count { $0 > right } + p.prefix(label).count { $0 == right }] += 1
      let confidence = Double(p[p.startIndex + predicted])
      calibration[CalibrationBin.index(of: confidence)].add(confidence: confidence, isRight: predicted == label)
      loss -= logarithm(max(Double(right), 1e-15))
    }
    self.confusion = confusion
    logLoss = loss / Double(labels.count)
    topAccuracies = (1...min(5, classes)).map { k in
      Double(ranks.prefix(k).reduce(0, +)) / Double(labels.count)
    }
    self.calibration = calibration
  }

  public var accuracy: Double { topAccuracies[0] }

  /// By how much the greatest probability and the accuracy of rows with about that probability differ, in the mean.
  public var calibrationError: Double { CalibrationBin.expectedError(calibration) }

  /// How many images of the class (row) were taken for the class (column).
  public func count(of label: Int, takenFor predicted: Int) -> Int { confusion[label * classes + predicted] }

  /// How many images of a class there are.
  public func count(of label: Int) -> Int {
    confusion[label * classes..<(label + 1) * classes].reduce(0, +)
  }

  /// The share of each class's images that is recognised; nil where there are none.
  public var classAccuracies: [Double?] {
    (0..<classes).map { label in
      let all = count(of: label)
      return all == 0 ? nil : Double(count(of: label, takenFor: label)) / Double(all)
    }
  }

  /// The mean of the classes' F1 = 2 TP / (2 TP + FP + FN), over the classes that occur as labels or predictions
  /// (scikit-learn's `f1_score(average="macro")`).
  public var macroF1: Double {
    let scores = (0..<classes).compactMap { label -> Double? in
      let predicted = (0..<classes).reduce(0) { $0 + count(of: $1, takenFor: label) }
      let occurrences = predicted + count(of: label)
      return occurrences == 0 ? nil : Double(2 * count(of: label, takenFor: label)) / Double(occurrences)
    }
    return scores.reduce(0, +) / Double(scores.count)
  }

  /// The classes that were taken for others, the most frequent first.
  public var confusions: [(label: Int, predicted: Int, count: Int)] {
    (0..<classes).flatMap { label in
      (0..<classes).filter { $0 != label }.map { (label, $0, count(of: label, takenFor: $0)) }
    }.filter { $0.2 > 0 }.sorted { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) }
  }
}

/// Predictions that are given about the same probability: bin b holds those in (b / 15, (b + 1) / 15]. Where a row has one
/// class a prediction is its most probable class; where it has any number, each of all classes.
public struct CalibrationBin: Sendable, Equatable {
  /// Of bins.
  public static let count = 15

  public private(set) var rowCount = 0
  public private(set) var rightCount = 0
  /// Σ of the probabilities.
  public private(set) var confidenceSum = 0.0

  public init() {}

  /// The expected calibration error (Guo et al., "On Calibration of Modern Neural Networks", 2017): by how much the
  /// probability of predictions and the share of them that is right differ, in the mean over all.
  public static func expectedError(_ bins: [CalibrationBin]) -> Double {
    bins.reduce(0) { $0 + abs($1.confidenceSum - Double($1.rightCount)) } / Double(bins.reduce(0) { $0 + $1.rowCount })
  }

  /// The bin of a probability.
  public static func index(of confidence: Double) -> Int {
    min(max(Int((confidence * Double(count)).rounded(.up)) - 1, 0), count - 1)
  }

  public mutating func add(confidence: Double, isRight: Bool) {
    rowCount += 1
    rightCount += isRight ? 1 : 0
    confidenceSum += confidence
  }
}

/// An ensemble's probabilities: the mean of its members', each N×K.
public func mean(of members: [[Float]]) -> [Float] {
  members[0].indices.map { index in
    members.reduce(0) { $0 + $1[index] } / Float(members.count)
  }
}

/// The index of the largest value, from 0; the first where several are largest.
public func mostProbable(_ probabilities: ArraySlice<Float>) -> Int {
  let largest = probabilities.max() ?? 0
  return (probabilities.firstIndex(of: largest) ?? probabilities.startIndex) - probabilities.startIndex
}
