import Core

/// Images that tell most about a head, as the fast.ai course looks at them (lesson 1): those it is surest of, rightly and
/// wrongly, and those it is least sure of.
package struct Gallery: Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    case mostConfidentWrong = "Most confident and wrong"
    case mostUncertain = "Least certain"
    /// Of every class in turn.
    case mostConfidentRight = "Most confident and right"
  }

  /// From this probability on no guess is uncertain.
  static let certain: Float = 0.8

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
      return Row(index: row, label: labels[row], predicted: predicted, confidence: p[p.startIndex + predicted])
    }
    let chosen =
      switch kind {
      case .mostConfidentRight: Self.classByClass(rows.filter(\.isRight).sorted(by: Row.isSurer))
      case .mostConfidentWrong: rows.filter { !$0.isRight }.sorted(by: Row.isSurer)
      case .mostUncertain:
        rows.filter { $0.confidence < Self.certain }.sorted { ($0.confidence, $0.index) < ($1.confidence, $1.index) }
      }
    self.rows = chosen.prefix(Self.size).map(\.index)
  }

  private init(_ kind: Kind, rows: [Int]) {
    (self.kind, self.rows) = (kind, rows)
  }

  /// The first of its images.
  func first(_ count: Int) -> Gallery { Gallery(kind, rows: Array(rows.prefix(count))) }

  private struct Row {
    let index: Int
    let label: Int
    let predicted: Int
    let confidence: Float

    var isRight: Bool { predicted == label }

    static func isSurer(_ first: Row, _ second: Row) -> Bool {
      (second.confidence, first.index) < (first.confidence, second.index)
    }
  }

  /// The first of each class, then the second of each, …: else an easy class would take all the room.
  private static func classByClass(_ rows: [Row]) -> [Row] {
    var counts: [Int: Int] = [:]
    let ranked = rows.enumerated().map { place, row in
      counts[row.label, default: 0] += 1
      return (rank: counts[row.label]!, place: place, row: row)
    }
    return ranked.sorted { ($0.rank, $0.place) < ($1.rank, $1.place) }.map(\.row)
  }
}
