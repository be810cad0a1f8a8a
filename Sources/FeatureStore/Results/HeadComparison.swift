import Core
import Foundation
import Storage
import Support

extension Predictions {
  /// What they are judged by, as the head of a table's column.
  fileprivate var judge: String { images == nil ? "on the validation split" : "out of fold" }

  /// "+0.098 ± 0.0097: worse": the mean difference of the log-losses, image by image, and half of its 95 % interval.
  ///
  /// - Parameter best: of the same images, with a log-loss that is no higher.
  package func differenceInLoss(from best: Predictions) -> String {
    let worse = MeanInterval(of: zip(losses, best.losses).map { $0 - $1 })
    return "+\(worse.summary): \(worse.includesZero ? "within noise" : "worse")"
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
  /// Of a sweep over several heads: what the report's chart is drawn from.
  package let points: [Point]?

  /// The loss of a head of a sweep.
  package struct Point: Codable, Sendable, Equatable {
    /// Its layers and its schedule.
    package let series: String
    package let dropout: Double
    /// Mean log-loss on the validation split.
    package let loss: Double

    package init(series: String, dropout: Double, loss: Double) {
      (self.series, self.dropout, self.loss) = (series, dropout, loss)
    }
  }

  package init(title: String, columns: [String], rows: [[String]], firstNumber: Int, points: [Point]? = nil) {
    self.title = title
    self.columns = columns
    self.rows = rows
    self.firstNumber = firstNumber
    self.points = points
  }

  /// For a terminal.
  package var lines: [String] { aligned([columns] + rows, firstNumber: firstNumber) }

  /// For the head file; the same table gives the same text.
  package var json: String { try! canonicalJSON() }

  /// Nil for what is no table.
  package init?(json: String) {
    guard let table = try? JSONDecoder().decode(HeadComparison.self, from: Data(json.utf8)),
      table.rows.allSatisfy({ $0.count == table.columns.count }), !table.columns.isEmpty
    else { return nil }
    self = table
  }

  // MARK: - The kinds there are

  /// One row a head, the best first.
  package static func sweep(_ heads: [(recipe: HeadRecipe, head: TrainedHead)]) -> HeadComparison {
    let rows = heads.map { recipe, head in
      [
        "\(recipe.design)", "\(recipe.dropout)", "\(recipe.schedule)", "\(head.bestEpoch)",
        significant(head.score.loss),
        head.validation.measures.brief,
      ]
    }
    return HeadComparison(
      title: "What was tried, the best first",
      columns: [
        "head", "dropout", "schedule", "best epoch", "validation loss", heads[0].head.validation.scoreName,
      ], rows: rows, firstNumber: 3,
      points: heads.map { recipe, head in
        Point(
          series: "\(recipe.design), \(recipe.schedule)", dropout: Double("\(recipe.dropout)") ?? 0,
          loss: head.score.loss)
      })
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
        "\(recipe.design)", "\(recipe.dropout)", "\(recipe.schedule)", significant(validation.logLoss),
        validation.measures.withMargin, verdict,
      ]
    }
    return HeadComparison(
      title: "What was tried in folds, the best first",
      columns: ["head", "dropout", "schedule", "log-loss", best.scoreName, "log-loss against the best"], rows: rows,
      firstNumber: 3)
  }

  /// Errors and accuracy on the validation split before and after fine-tuning, with 95 % intervals.
  package static func fineTuning(before: Predictions, after: Predictions, how: FineTuning) -> HeadComparison {
    let rows = [("the head alone", before), ("fine-tuned \(how)", after)]
    if before.truth.tags != nil { return .predictions(title: "What fine-tuning did", rows) }
    return HeadComparison(
      title: "What fine-tuning did",
      columns: [before.judge, "errors", "accuracy", "95 % interval", "log-loss"],
      rows: rows.map { name, predictions in
        let accuracy = predictions.accuracy
        return [
          name, "\(grouped(accuracy.count - accuracy.right)) of \(grouped(accuracy.count))", percent(accuracy.share),
          accuracy.range, significant(predictions.metrics.logLoss),
        ]
      }, firstNumber: 1)
  }

  /// One row for each of several predictions of the validation split.
  package static func predictions(title: String, _ rows: [(name: String, predictions: Predictions)]) -> HeadComparison {
    HeadComparison(
      title: title, columns: [rows[0].predictions.judge, "log-loss", rows[0].predictions.scoreName],
      rows: rows.map { name, predictions in
        [name, MeanInterval(of: predictions.losses).summary, predictions.measures.brief]
      }, firstNumber: 1)
  }
}
