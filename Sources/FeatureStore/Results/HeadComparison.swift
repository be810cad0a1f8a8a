import Core
import Foundation
import Support

extension Predictions {
  /// What they are judged by, as the head of a table's column.
  fileprivate var judge: String { images == nil ? "on the validation split" : "out of fold" }

  /// "97.1 % ± 0.9": half of Wilson's 95 % interval.
  package var accuracyWithMargin: String {
    let interval = WilsonInterval(right: right, of: labels.count)
    return "\(percent(metrics.accuracy)) ± \(fixed(50 * (interval.upper - interval.lower), 1))"
  }

  /// "+0.0978 ± 0.0097: worse": the mean difference of the log-losses, image by image, and half of its 95 % interval.
  ///
  /// - Parameter best: of the same images, with a log-loss that is no higher.
  package func differenceInLoss(from best: Predictions) -> String {
    let worse = MeanInterval(of: zip(losses, best.losses).map { $0 - $1 })
    return "+\(fixed(worse.mean, 4)) ± \(fixed(worse.margin, 4)): \(worse.includesZero ? "within noise" : "worse")"
  }
}

/// A table of heads that were compared: a sweep, the members of an ensemble.
package struct HeadComparison: Codable, Sendable, Equatable {
  /// What was compared, for the report.
  package let title: String
  package let columns: [String]
  package let rows: [[String]]
  /// The first of the columns that hold numbers.
  package let firstNumber: Int

  package init(title: String, columns: [String], rows: [[String]], firstNumber: Int) {
    self.title = title
    self.columns = columns
    self.rows = rows
    self.firstNumber = firstNumber
  }

  /// For a terminal.
  package var lines: [String] { aligned([columns] + rows, firstNumber: firstNumber) }

  /// For the head file; the same table gives the same text.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try! encoder.encode(self), as: UTF8.self)
  }

  /// Nil for what is no table.
  package init?(json: String) {
    guard let table = try? JSONDecoder().decode(HeadComparison.self, from: Data(json.utf8)),
      table.rows.allSatisfy({ $0.count == table.columns.count }), !table.columns.isEmpty
    else { return nil }
    self = table
  }

  // MARK: - The kinds there are

  /// The columns of a sweep's table that the report's chart is drawn from.
  package enum SweepColumn {
    package static let names = ["head", "dropout", "schedule", "best epoch", "validation loss", "accuracy"]
    package static let dropout = 1
    package static let loss = 4
  }

  /// One row a head, the best first.
  package static func sweep(_ heads: [(recipe: HeadRecipe, head: TrainedHead)]) -> HeadComparison {
    let rows = heads.map { recipe, head in
      [
        "\(recipe.design)", "\(recipe.dropout)", "\(recipe.schedule)", "\(head.bestEpoch)", fixed(head.score.loss, 4),
        percent(head.score.accuracy),
      ]
    }
    return HeadComparison(
      title: "What was tried, the best first", columns: SweepColumn.names, rows: rows, firstNumber: 3)
  }

  /// One row for each recipe that was tried in folds, the best first: all are judged by the same images, so that by how much
  /// one is worse is told image by image.
  package static func foldedSweep(
    _ candidates: [(recipe: HeadRecipe, validation: Predictions)]
  ) -> HeadComparison {
    let best = candidates[0].validation
    let rows = candidates.enumerated().map { place, candidate in
      let (recipe, validation) = candidate
      let verdict = place == 0 ? "the best" : validation.differenceInLoss(from: best)
      return [
        "\(recipe.design)", "\(recipe.dropout)", "\(recipe.schedule)", fixed(validation.metrics.logLoss, 4),
        validation.accuracyWithMargin, verdict,
      ]
    }
    return HeadComparison(
      title: "What was tried in folds, the best first",
      columns: ["head", "dropout", "schedule", "log-loss", "accuracy", "log-loss against the best"], rows: rows,
      firstNumber: 3)
  }

  /// Errors and accuracy on the validation split before and after fine-tuning, with 95 % intervals.
  package static func fineTuning(before: Predictions, after: Predictions, how: FineTuning) -> HeadComparison {
    HeadComparison(
      title: "What fine-tuning did",
      columns: [before.judge, "errors", "accuracy", "95 % interval", "log-loss"],
      rows: [("the head alone", before), ("fine-tuned \(how)", after)].map { name, predictions in
        let metrics = predictions.metrics
        let (count, right) = (predictions.labels.count, predictions.right)
        let interval = WilsonInterval(right: right, of: count)
        return [
          name, "\(grouped(count - right)) of \(grouped(count))", percent(metrics.accuracy),
          "\(fixed(100 * interval.lower, 1)) to \(percent(interval.upper))", fixed(metrics.logLoss, 4),
        ]
      }, firstNumber: 1)
  }

  /// One row for each of several predictions of the validation split.
  package static func predictions(title: String, _ rows: [(name: String, predictions: Predictions)]) -> HeadComparison {
    HeadComparison(
      title: title, columns: [rows[0].predictions.judge, "log-loss", "accuracy"],
      rows: rows.map { name, predictions in
        let metrics = predictions.metrics
        return [name, fixed(metrics.logLoss, 4), percent(metrics.accuracy)]
      }, firstNumber: 1)
  }
}
