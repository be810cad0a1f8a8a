import Core

/// Images that tell most about a head, as the fast.ai course looks at them (lesson 1): those it is surest of, rightly and
/// wrongly, and those it is least sure of.
package struct Gallery: Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    case mostConfidentRight = "Most confident and right"
    case mostConfidentWrong = "Most confident and wrong"
    case mostUncertain = "Most uncertain"
  }

  /// How many images there are at most.
  package static let size = 12

  package let kind: Kind
  /// Rows of the predictions, the most telling first; among equals the first row.
  package let rows: [Int]

  /// - Parameters:
  ///   - probabilities: N×K, row by row.
  ///   - labels: the right class of each row.
  package init(_ kind: Kind, probabilities: [Float], labels: [Int], classes: Int) {
    self.kind = kind
    let rows = labels.indices.map { row in
      let p = probabilities[row * classes..<(row + 1) * classes]
      let predicted = mostProbable(p)
      return (row: row, confidence: p[p.startIndex + predicted], isRight: predicted == labels[row])
    }
    let chosen =
      switch kind {
      case .mostConfidentRight: rows.filter(\.isRight).sorted { ($1.confidence, $0.row) < ($0.confidence, $1.row) }
      case .mostConfidentWrong: rows.filter { !$0.isRight }.sorted { ($1.confidence, $0.row) < ($0.confidence, $1.row) }
      case .mostUncertain: rows.sorted { ($0.confidence, $0.row) < ($1.confidence, $1.row) }
      }
    self.rows = chosen.prefix(Self.size).map(\.row)
  }
}
