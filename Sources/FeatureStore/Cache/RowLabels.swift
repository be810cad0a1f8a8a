import Core

/// The classes of rows, all of which are known: one each, or any number of them.
package enum RowLabels: Sendable, Equatable {
  case one([Int])
  case many(TagMatrix)

  /// - Parameters:
  ///   - known: the classes of each row; one, unless the labels are `isMultiLabel`.
  ///   - classes: K.
  package init(_ known: [[Int]], classes: Int, isMultiLabel: Bool) {
    guard isMultiLabel else {
      self = .one(known.map { $0[0] })
      return
    }
    var values = [UInt8](repeating: 0, count: known.count * classes)
    for (row, labels) in known.enumerated() { for label in labels { values[row * classes + label] = 1 } }
    self = .many(TagMatrix(values: values, classes: classes))
  }

  package var count: Int {
    switch self {
    case .one(let labels): labels.count
    case .many(let tags): tags.count
    }
  }

  /// Nil where a row has one class.
  package var tags: TagMatrix? { if case .many(let tags) = self { tags } else { nil } }

  /// The classes of a row, ascending.
  package func classes(ofRow row: Int) -> [Int] {
    switch self {
    case .one(let labels): [labels[row]]
    case .many(let tags): tags.labels(ofRow: row)
    }
  }

  /// Of each class how many rows have it.
  package func counts(classes: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: classes)
    for row in 0..<count { for label in self.classes(ofRow: row) { counts[label] += 1 } }
    return counts
  }

  /// Some of the rows, in the given order.
  package func selecting(_ rows: [Int]) -> RowLabels {
    switch self {
    case .one(let labels): .one(rows.map { labels[$0] })
    case .many(let tags): .many(tags.selecting(rows))
    }
  }

  /// Rows behind others.
  ///
  /// - Precondition: both are of one kind.
  package static func + (first: RowLabels, second: RowLabels) -> RowLabels {
    switch (first, second) {
    case (.one(let first), .one(let second)): .one(first + second)
    case (.many(let first), .many(let second)): .many(first + second)
    case (.one, .many), (.many, .one): preconditionFailure("rows of one class, and of any number")
    }
  }

  /// What a head is to learn.
  ///
  /// - Parameters: as of `HeadTargets`.
  /// - Precondition: class weights are for rows of one class.
  package func targets(classes: Int, smoothing: Float = 0, classWeights: ClassWeights = .none) throws -> HeadTargets {
    switch self {
    case .one(let labels):
      return try HeadTargets(
        labels: labels, classes: classes, smoothing: smoothing,
        classWeights: classWeights.weights(of: labels, classes: classes))
    case .many(let tags):
      precondition(classWeights == .none, "class weights are for rows of one class")
      return try HeadTargets(tags: tags, smoothing: smoothing)
    }
  }
}
