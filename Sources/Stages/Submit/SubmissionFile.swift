import Core
import FeatureStore
import Foundation
import Support

/// A submission but for the predictions: its columns, and its rows in their order.
package struct SubmissionFile: Equatable {
  package enum Content: Equatable {
    /// One column: the most probable class, spelt so.
    case label([String])
    /// One column: all classes that are answered, spelt so, with this between them.
    case tags([String], separator: String)
    /// A column for each of these classes: 1 where it is answered, 0 elsewhere.
    case indicators([Int])
    /// One column: the probability of this class.
    case probability(Int)
    /// A column for each of these classes.
    case probabilities([Int])
  }

  let header: [String]
  /// The first column.
  let ids: [String]
  /// The predictions' row of each id.
  let rows: [Int]
  let content: Content

  package init(header: [String], ids: [String], rows: [Int], content: Content) {
    self.header = header
    self.ids = ids
    self.rows = rows
    self.content = content
  }

  /// Where no sample submission tells: `ImageId,Label` with rows numbered from 1 for the rows of a table, as in Digit
  /// Recognizer, `id,label` for files; or `id` and a column a class.
  ///
  /// - Parameters:
  ///   - idColumn: what the names are called in the table that they come from; nil: they are no ids of a table.
  ///   - isMultiLabel: whether an image has any number of classes: `image_name,tags`, as in Planet.
  package init(
    _ format: SubmissionFormat, names: [String], classNames: [String], idColumn: String? = nil,
    isMultiLabel: Bool = false
  ) {
    switch format {
    case .labels where isMultiLabel:
      self.init(
        header: [idColumn ?? "image_name", "tags"], ids: names, rows: Array(names.indices),
        content: .tags(classNames, separator: Self.separator(of: classNames)))
    case .labels:
      let areNumbers = idColumn == nil && names.allSatisfy { Int($0) != nil }
      self.init(
        header: areNumbers ? ["ImageId", "Label"] : [idColumn ?? "id", "label"],
        ids: areNumbers ? names.indices.map { String($0 + 1) } : names, rows: Array(names.indices),
        content: .label(classNames))
    case .probabilities:
      self.init(
        header: [idColumn ?? "id"] + classNames, ids: names, rows: Array(names.indices),
        content: .probabilities(Array(classNames.indices)))
    }
  }

  /// What stands between tags where nothing tells: a space, as in Planet, unless a tag has one in its name.
  static func separator(of classNames: [String]) -> String {
    classNames.contains { $0.contains(where: \.isWhitespace) } ? ";" : " "
  }

  package var format: SubmissionFormat {
    switch content {
    case .label, .tags, .indicators: .labels
    case .probability, .probabilities: .probabilities
    }
  }

  /// The whole file.
  ///
  /// - Parameters:
  ///   - probabilities: rows × classes, in the test split's order.
  ///   - answers: the classes of each row: one, or any number of them; nil: the most probable one.
  package func text(_ probabilities: [Float], classes: Int, answers: [[Int]]? = nil) -> String {
    let lines = zip(ids, rows).map { id, row in
      let p = probabilities[row * classes..<(row + 1) * classes]
      return CommaSeparated.line([id] + fields(p, answers?[row] ?? [mostProbable(p)]))
    }
    return CommaSeparated.line(header) + lines.joined()
  }

  private func fields(_ p: ArraySlice<Float>, _ answer: [Int]) -> [String] {
    switch content {
    case .label(let names): [names[answer[0]]]
    case .tags(let names, let separator): [answer.map { names[$0] }.joined(separator: separator)]
    case .indicators(let labels): labels.map { answer.contains($0) ? "1" : "0" }
    case .probability(let label): ["\(p[p.startIndex + label])"]
    case .probabilities(let labels): labels.map { "\(p[p.startIndex + $0])" }
    }
  }

  /// Checks that every test image has one row, and every row an id of its own.
  ///
  /// - Parameter sample: the file that told the rows; nil: none did.
  /// - Throws: `PipelineError`.
  package func check(names: [String], sample: String? = nil) throws {
    var seen: Set<Int> = []
    for row in rows where !seen.insert(row).inserted {
      throw PipelineError("the test image \(names[row]) would be in the submission twice")
    }
    guard let missing = names.indices.first(where: { !seen.contains($0) }) else {
      var isTaken: Set<String> = []
      guard let twice = ids.first(where: { !isTaken.insert($0).inserted }) else { return }
      throw PipelineError("two test images have the id \(twice): a submission can't tell them apart")
    }
    throw PipelineError(
      sample.map {
        "\($0): no row for the test image \(names[missing]); the ids are those in the column \(header[0].printable)"
      } ?? "the test image \(names[missing]) would not be in the submission")
  }
}
