import Core

/// The rows of each split, in their own order: every class is dealt out by the same fractions.
///
/// Of a class of n rows, `round(n · testFraction)` go to the test split and `round(n · validFraction)` to the validation
/// split, at least one staying for training. Which ones is decided by the seed and the class's number alone, so that
/// the other classes' rows don't matter.
///
/// - Parameters:
///   - labels: the class of each row, from 0.
///   - classCount: how many classes there are.
func stratifiedSplit(
  labels: [Int32], classCount: Int, validFraction: Double, testFraction: Double, seed: UInt64
) -> [Split: [Int]] {
  var rowsOfClass = [[Int]](repeating: [], count: classCount)
  for (row, label) in labels.enumerated() {
    rowsOfClass[Int(label)].append(row)
  }
  var train: [Int] = []
  var valid: [Int] = []
  var test: [Int] = []
  for (label, rows) in rowsOfClass.enumerated() {
    var random = Philox(seed: seed, stream: RandomStream.split + UInt64(label))
    let shuffled = random.shuffled(rows)
    let spare = max(rows.count - 1, 0)
    let testCount = min(Int((Double(rows.count) * testFraction).rounded()), spare)
    let validCount = min(Int((Double(rows.count) * validFraction).rounded()), spare - testCount)
    test += shuffled[..<testCount]
    valid += shuffled[testCount..<testCount + validCount]
    train += shuffled[(testCount + validCount)...]
  }
  return [.train: train.sorted(), .valid: valid.sorted(), .test: test.sorted()]
}

/// The streams of random numbers that this module draws from. Core's head has its own.
private enum RandomStream {
  /// One stream a class from here on.
  static let split: UInt64 = 0x5350_4C49_5400_0000  // "SPLIT"
}

extension DatasetOptions {
  /// - Throws: ``DatasetError`` where the fractions are not fractions, or leave nothing to train on.
  func checkFractions() throws {
    for (name, fraction) in [("validation", validFraction), ("test", testFraction)] {
      guard fraction >= 0, fraction < 1 else {
        throw DatasetError("the \(name) fraction \(fraction) is not in 0 ..< 1")
      }
    }
    guard validFraction + testFraction < 1 else {
      throw DatasetError(
        "the validation fraction \(validFraction) and the test fraction \(testFraction) leave nothing to train on")
    }
  }
}
