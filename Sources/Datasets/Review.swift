import Foundation

// What a person decided about single pictures: they are left out, or of another class.

extension ImageDataset {
  /// The data set with ``DatasetOptions/relabel`` and then ``DatasetOptions/drop`` done. Pictures stay in their splits.
  ///
  /// - Throws: ``DatasetError`` where a table has no column `path`, or names a picture or a class that there is not.
  func reviewed(_ options: DatasetOptions) throws -> ImageDataset {
    var dataset = self
    if let path = options.relabel {
      guard !isMultiLabel else {
        throw DatasetError(
          "\(path): --relabel gives a picture one class, and here it has any number: change the table of --labels")
      }
      let review = try PictureReview(path, option: "--relabel", of: dataset, suggesting: true)
      var parts = dataset.parts
      for (split, rows) in review.rows {
        for (row, label) in rows {
          let example = parts[split]!.examples[row]
          parts[split]!.examples[row] = Example(name: example.name, label: label, group: example.group)
        }
      }
      dataset = dataset.with(parts, note: "--relabel \(path): \(review.summary) of another class")
    }
    if let path = options.drop {
      let review = try PictureReview(path, option: "--drop", of: dataset, suggesting: false)
      var parts = dataset.parts
      for (split, rows) in review.rows {
        let part = parts[split]!
        parts[split] = part.selecting(part.examples.indices.filter { rows[$0] == nil })
      }
      dataset = dataset.with(parts, note: "--drop \(path): \(review.summary) left out\(review.remark)")
    }
    return dataset
  }
}

/// A table of pictures that somebody has looked at.
private struct PictureReview {
  /// The rows of each split, with the class that they are of from now on.
  private(set) var rows: [Split: [Int: Int32]] = [:]

  /// Lines of test pictures whose class is not known: they are to be predicted, whatever they are.
  private var keptCount = 0

  /// What is not done.
  var remark: String {
    keptCount == 0
      ? "" : "; \(grouped(keptCount)) test \(keptCount == 1 ? "picture stays" : "pictures stay"), to be predicted"
  }

  /// "3 pictures are".
  var summary: String {
    let count = rows.values.reduce(0) { $0 + $1.count }
    return count == 1 ? "1 picture is" : "\(grouped(count)) pictures are"
  }

  init(_ path: String, option: String, of dataset: ImageDataset, suggesting: Bool) throws {
    let table = try TextTable(contentsOf: path)
    func column(_ name: String) -> Int? { table.columns.firstIndex(of: name) }
    guard let name = column("path") else {
      throw DatasetError("\(path): \(option) takes a table with a column path, such as suspects.csv of inspect")
    }
    let suggested = column("suggested")
    guard !suggesting || suggested != nil else {
      throw DatasetError("\(path): \(option) takes the class from a column suggested, and there is none")
    }
    var places: [String: [Place]] = [:]
    for split in Split.allCases {
      for (row, example) in dataset.examples(in: split).enumerated() {
        places[example.name, default: []].append((split, row))
      }
    }
    for row in table.rows {
      if suggesting, let problem = column("problem"), row.fields[problem] != "label" { continue }
      let place: Place
      do throws(Unclear) {
        place = try Self.place(of: row.fields[name], split: column("split").map { row.fields[$0] }, among: places)
      } catch {
        throw DatasetError("\(path): line \(row.line): \(error.reason)")
      }
      var label = dataset.examples(in: place.split)[place.row].label
      if !suggesting, label == Example.unknownLabel, place.split == .test {
        keptCount += 1
        continue
      }
      if suggesting, let suggested {
        guard let index = dataset.labelNames.firstIndex(of: row.fields[suggested]) else {
          throw DatasetError("\(path): line \(row.line): there is no class \(row.fields[suggested].quoted)")
        }
        label = Int32(index)
      }
      rows[place.split, default: [:]][place.row] = label
    }
  }

  private typealias Place = (split: Split, row: Int)
  private struct Unclear: Error { let reason: String }

  /// The picture that a line means. Without a split it is a test picture where there is no other of the name.
  private static func place(
    of name: String, split: String?, among places: [String: [Place]]
  ) throws(Unclear) -> Place {
    let all = places[name] ?? []
    let others = all.filter { $0.split != .test }
    let found = split.map { split in all.filter { $0.split.rawValue == split } } ?? (others.isEmpty ? all : others)
    guard let place = found.first else {
      throw Unclear(reason: "there is no picture \(name.quoted)" + (split.map { " in the split \($0.quoted)" } ?? ""))
    }
    guard found.count == 1 else {
      throw Unclear(reason: "\(name.quoted) is in training and in validation: add a column split")
    }
    return place
  }
}
