/// From which probability on each class is answered: the thresholds under which the mean of the images' F-measures is
/// greatest.
///
/// An image's F is (1 + β²) TP / (β² (TP + FN) + TP + FP), of the classes that it has and those that are answered; 1 where
/// there are neither. With β = 2 it is the measure of Kaggle's Planet competition ("Understanding the Amazon from Space"): a
/// class that is missed costs more than one too many.
public struct TagThresholds: Sendable, Equatable {
  public static let beta = 2.0
  /// K. A class is answered where its probability is at least its threshold.
  public let values: [Float]

  public init(values: [Float]) {
    self.values = values
  }

  /// Class after class gets the threshold that is best beside those of the others, until none changes (coordinate ascent
  /// from 1/2). Every cut between two probabilities that occur is tried; a threshold lies midway between them.
  ///
  /// - Parameters:
  ///   - probabilities: N×K, of images that did not train what predicts them.
  ///   - tags: of the same images; N is at least 1.
  public init(bestFor probabilities: [Float], tags: TagMatrix) {
    precondition(tags.count > 0 && probabilities.count == tags.values.count, "probabilities of other rows")
    let classes = tags.classes
    let orders = (0..<classes).map { label in
      (0..<tags.count).sorted { (probabilities[$1 * classes + label], $0) < (probabilities[$0 * classes + label], $1) }
    }
    var rows = (0..<tags.count).map { row in
      RowScore(
        probabilities[row * classes..<(row + 1) * classes].map { $0 >= 0.5 },
        tags.values[row * classes..<(row + 1) * classes])
    }
    var values = [Float](repeating: 0.5, count: classes)
    for _ in 0..<Self.mostRounds {
      var isSettled = true
      for label in 0..<classes {
        let column = orders[label].map { probabilities[$0 * classes + label] }
        for row in rows.indices where probabilities[row * classes + label] >= values[label] {
          rows[row].remove(isRight: tags.has(row, label))
        }
        let gains = orders[label].map { rows[$0].gain(isRight: tags.has($0, label)) }
        let threshold = Self.best(column, gains: gains, unless: values[label])
        isSettled = isSettled && threshold == values[label]
        values[label] = threshold
        for row in rows.indices where probabilities[row * classes + label] >= threshold {
          rows[row].add(isRight: tags.has(row, label))
        }
      }
      if isSettled { break }
    }
    self.values = values
  }

  private static let mostRounds = 10

  /// - Parameters:
  ///   - column: probabilities of a class, the greatest first.
  ///   - gains: what the measure gains where the class is answered for the row.
  ///   - current: the threshold that stays unless another one is better.
  private static func best(_ column: [Float], gains: [Double], unless current: Float) -> Float {
    let currentGain = zip(column, gains).reduce(0.0) { $1.0 >= current ? $0 + $1.1 : $0 }
    var best = (threshold: current, gain: currentGain + 1e-9)
    var gain = 0.0
    for answered in 0...column.count {
      if answered > 0 { gain += gains[answered - 1] }
      let below = answered == column.count ? 0 : column[answered]
      // Above a probability of 1 there is one float more: it answers nothing.
      let above = answered == 0 ? (below < 1 ? 1 : Float(1).nextUp) : column[answered - 1]
      guard above > below || answered == column.count, gain > best.gain else { continue }
      let middle = below + (above - below) / 2
      best = (middle > below ? middle : above, gain)
    }
    return best.threshold
  }

  /// What is best answered for an image of which nothing is known: so many of the most frequent classes that the mean of
  /// the images' F-measures is greatest; among equals the fewest.
  ///
  /// - Parameters:
  ///   - prior: how frequent each class is.
  ///   - tags: of the images by which it is chosen.
  /// - Returns: K.
  public static func blindAnswer(prior: [Float], tags: TagMatrix) -> [Bool] {
    let order = prior.indices.sorted { (prior[$1], $0) < (prior[$0], $1) }
    var rows = (0..<tags.count).map { row in
      RowScore([], tags.values[row * tags.classes..<(row + 1) * tags.classes])
    }
    func sum() -> Double { rows.reduce(0) { $0 + $1.fMeasure(beta) } }
    var best = (count: 0, sum: sum())
    for (place, label) in order.enumerated() {
      for row in rows.indices { rows[row].add(isRight: tags.has(row, label)) }
      let sum = sum()
      if sum > best.sum + 1e-9 { best = (place + 1, sum) }
    }
    let answered = Set(order.prefix(best.count))
    return prior.indices.map(answered.contains)
  }

  /// Which classes are answered: N×K.
  public func answers(_ probabilities: [Float]) -> [Bool] {
    probabilities.indices.map { probabilities[$0] >= values[$0 % values.count] }
  }

  /// What is answered for each row by thresholds that the other rows chose: the rows are dealt out to five parts in turn, and
  /// each part is answered by the thresholds that are best for the other four. So a measure of these answers does not
  /// flatter the thresholds.
  ///
  /// - Parameters: as of ``init(bestFor:tags:)``.
  /// - Returns: N×K.
  public static func crossFittedAnswers(_ probabilities: [Float], tags: TagMatrix) -> [Bool] {
    let (parts, classes) = (min(5, tags.count), tags.classes)
    guard parts > 1 else { return TagThresholds(bestFor: probabilities, tags: tags).answers(probabilities) }
    var answers = [Bool](repeating: false, count: probabilities.count)
    for part in 0..<parts {
      let others = (0..<tags.count).filter { $0 % parts != part }
      let thresholds = TagThresholds(
        bestFor: others.flatMap { probabilities[$0 * classes..<($0 + 1) * classes] }, tags: tags.selecting(others))
      for row in stride(from: part, to: tags.count, by: parts) {
        for label in 0..<classes {
          answers[row * classes + label] = probabilities[row * classes + label] >= thresholds.values[label]
        }
      }
    }
    return answers
  }
}

/// How well the answers for a row fit what it has.
struct RowScore {
  /// Classes that it has.
  private let tags: Int
  private var answered: Int
  /// Those of the answers that it has.
  private var right: Int

  init(_ answers: some Collection<Bool>, _ tags: some Collection<UInt8>) {
    self.tags = tags.count { $0 == 1 }
    answered = answers.count { $0 }
    right = zip(answers, tags).count { $0 && $1 == 1 }
  }

  mutating func add(isRight: Bool) { (answered, right) = (answered + 1, right + (isRight ? 1 : 0)) }
  mutating func remove(isRight: Bool) { (answered, right) = (answered - 1, right - (isRight ? 1 : 0)) }

  /// How much F is greater with one answer more.
  func gain(isRight: Bool) -> Double {
    var other = self
    other.add(isRight: isRight)
    return other.fMeasure(TagThresholds.beta) - fMeasure(TagThresholds.beta)
  }

  /// (1 + β²) TP / (β² (TP + FN) + TP + FP); 1 where the row has nothing and nothing is answered.
  func fMeasure(_ beta: Double) -> Double {
    guard tags + answered > 0 else { return 1 }
    return (1 + beta * beta) * Double(right) / (beta * beta * Double(tags) + Double(answered))
  }
}
