import Core
import Foundation

/// The formats of a Kaggle submission.
public enum SubmissionFormat: String, Sendable, CaseIterable {
  /// `ImageId,Label` as in Digit Recognizer: the row's number from 1, and the most probable class.
  case labels
  /// The row's name, and the probability of each class: a column a class, as in State Farm.
  case probabilities

  /// The whole file.
  ///
  /// - Parameters:
  ///   - names: a name for each row, in manifest order.
  ///   - probabilities: rows × classes.
  package func text(names: [String], classNames: [String], probabilities: [Float]) -> String {
    let rows = names.indices.map { row in
      probabilities[row * classNames.count..<(row + 1) * classNames.count]
    }
    switch self {
    case .labels:
      return table(
        header: ["ImageId", "Label"],
        rows: rows.enumerated().map { [String($0 + 1), classNames[mostProbable($1)]] })
    case .probabilities:
      return table(header: ["id"] + classNames, rows: zip(names, rows).map { [$0] + $1.map { "\($0)" } })
    }
  }

  private func table(header: [String], rows: [[String]]) -> String {
    ([header] + rows).map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
  }

  /// RFC 4180: a field with a comma, quote or line break stands in quotes, and its quotes are doubled.
  private func quoted(_ field: String) -> String {
    guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
    return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }
}
