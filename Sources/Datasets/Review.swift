import Foundation

// What a person decided about single pictures: they are left out, or of another class.

extension ImageDataset {
  /// The data set with ``DatasetOptions/relabel`` and then ``DatasetOptions/drop`` done. Pictures stay in their splits; a
  /// class of which none is left is gone. Of a table that is both, the lines of wrong labels are for the former alone.
  ///
  /// - Parameter all: what this is a sample of: tables may name pictures that are not in it.
  /// - Throws: ``DatasetError`` where a table has no column `path`, or names a picture or a class that there is not, and
  ///   where it leaves a class no training picture, but others.
  func reviewed(_ options: DatasetOptions, sampledFrom all: ImageDataset) throws -> ImageDataset {
    var dataset = self
    if let path = options.relabel {
      guard !isMultiLabel else {
        throw DatasetError(
          "\(path): --relabel gives a picture one class, and here it has any number: change the table of --labels")
      }
      let review = try PictureReview(path, option: "--relabel", of: dataset, sampledFrom: all, suggesting: true)
      var parts = dataset.parts
      for (split, rows) in review.rows {
        for (row, label) in rows {
          let example = parts[split]!.examples[row]
          parts[split]!.examples[row] = Example(name: example.name, label: label, group: example.group)
        }
      }
      dataset = dataset.with(parts, note: "--relabel \(path): \(review.summary) of another class\(review.remark)")
    }
    if let path = options.drop {
      let review = try PictureReview(
        path, option: "--drop", of: dataset, sampledFrom: all, suggesting: false, sparesLabels: path == options.relabel)
      var parts = dataset.parts
      for (split, rows) in review.rows {
        let part = parts[split]!
        parts[split] = part.selecting(part.examples.indices.filter { rows[$0] == nil })
      }
      dataset = dataset.with(parts, note: "--drop \(path): \(review.summary) left out\(review.remark)")
    }
    return try dataset.withoutEmptiedClasses(since: self)
  }

  /// - Throws: ``DatasetError`` where a class that had training pictures has others only.
  private func withoutEmptiedClasses(since before: ImageDataset) throws -> ImageDataset {
    func classes(_ data: ImageDataset, _ split: Split) -> Set<Int32> {
      Set(data.examples(in: split).flatMap { $0.classes ?? [] })
    }
    let emptied = classes(before, .train).subtracting(classes(self, .train))
    guard !emptied.isEmpty else { return self }
    let elsewhere = classes(self, .valid).union(classes(self, .test))
    if let label = emptied.intersection(elsewhere).min() {
      throw DatasetError(
        "\(path): of \(labelNames[Int(label)].shortened) no training picture is left, but some for validation or test: leave "
          + "one, or drop those, too")
    }
    let left = labelNames.indices.filter { !emptied.contains(Int32($0)) }
    let newLabels = Dictionary(uniqueKeysWithValues: zip(left.map { Int32($0) }, Int32(0)...))
    let gone = emptied.sorted().map { labelNames[Int($0)].shortened }
    return with(
      parts.mapValues { part in
        Part(
          examples: part.examples.map { example in
            Example(
              name: example.name, label: newLabels[example.label] ?? Example.unknownLabel,
              tags: example.tags?.map { newLabels[$0]! }, group: example.group)
          }, pictures: part.pictures)
      }, labelNames: left.map { labelNames[$0] },
      note: "no picture is left of \(listed(gone, most: 5)): no class any more")
  }
}

/// A table of pictures that somebody has looked at.
private struct PictureReview {
  /// The rows of each split that it changes, with the class that they are of from now on.
  private(set) var rows: [Split: [Int: Int32]] = [:]

  /// Test pictures whose class is not known: they are to be predicted, whatever they are.
  private var kept: Set<Int> = []
  /// Pictures that are not in the sample.
  private var others: Set<String> = []
  /// Lines of problems that another class does not mend.
  private var otherLines = 0

  /// What is not done.
  var remark: String {
    let facts = [
      kept.isEmpty
        ? nil
        : "\(grouped(kept.count)) test \(kept.count == 1 ? "picture stays" : "pictures stay"), to be predicted",
      others.isEmpty
        ? nil : "\(grouped(others.count)) \(others.count == 1 ? "is" : "are") not among the images of --limit",
      otherLines == 0
        ? nil : "\(grouped(otherLines)) \(otherLines == 1 ? "line is" : "lines are") of other problems, for --drop",
    ].compactMap(\.self)
    return facts.map { "; \($0)" }.joined()
  }

  /// "3 pictures are".
  var summary: String {
    let count = rows.values.reduce(0) { $0 + $1.count }
    return count == 1 ? "1 picture is" : "\(grouped(count)) pictures are"
  }

  /// - Parameters:
  ///   - suggesting: whether it gives pictures other classes; lines of other problems than wrong labels don't.
  ///   - sparesLabels: whether lines of wrong labels are left to ``DatasetOptions/relabel``.
  init(
    _ path: String, option: String, of dataset: ImageDataset, sampledFrom all: ImageDataset, suggesting: Bool,
    sparesLabels: Bool = false
  ) throws {
    let table = try TextTable(contentsOf: path, separator: nil, mayBeEmpty: true)
    func column(_ name: String) -> Int? { table.columns.firstIndex(of: name) }
    guard let name = column("path") else {
      throw DatasetError("\(path): \(option) takes a table with a column path, such as suspects.csv of inspect")
    }
    let suggested = column("suggested")
    guard !suggesting || suggested != nil else {
      throw DatasetError("\(path): \(option) takes the class from a column suggested, and there is none")
    }
    let (places, allPlaces) = (Self.places(in: dataset), Self.places(in: all))
    // Of each place the line that names it.
    var lines: [Split: [Int: (label: Int32, line: Int)]] = [:]
    for row in table.rows {
      if let problem = column("problem") {
        let isOfLabel = row.fields[problem] == "label"
        if suggesting && !isOfLabel { otherLines += 1 }
        if isOfLabel ? sparesLabels : suggesting { continue }
      }
      let split: Split
      do throws(Unclear) {
        split = try Self.place(
          of: row.fields[name], split: column("split").map { row.fields[$0] }, among: allPlaces
        ).split
      } catch {
        throw DatasetError("\(path): line \(row.line): \(error.reason)")
      }
      guard let place = places[row.fields[name]]?.first(where: { $0.split == split }) else {
        others.insert("\(split) \(row.fields[name])")
        continue
      }
      let example = dataset.examples(in: place.split)[place.row]
      if !suggesting, !example.isLabelled, place.split == .test {
        kept.insert(place.row)
        continue
      }
      guard suggesting, let suggested else {
        rows[place.split, default: [:]][place.row] = example.label
        continue
      }
      guard let index = dataset.labelNames.firstIndex(of: row.fields[suggested]) else {
        throw DatasetError("\(path): line \(row.line): there is no class \(row.fields[suggested].quoted)")
      }
      let label = Int32(index)
      if let earlier = lines[place.split]?[place.row], earlier.label != label {
        throw DatasetError(
          "\(path): line \(row.line): \(row.fields[name].quoted) is of another class by line \(earlier.line): leave one of them"
        )
      }
      lines[place.split, default: [:]][place.row] = (label, row.line)
      if label != example.label { rows[place.split, default: [:]][place.row] = label }
    }
  }

  private typealias Place = (split: Split, row: Int)
  private struct Unclear: Error { let reason: String }

  private static func places(in dataset: ImageDataset) -> [String: [Place]] {
    var places: [String: [Place]] = [:]
    for split in Split.allCases {
      for (row, example) in dataset.examples(in: split).enumerated() {
        places[example.name, default: []].append((split, row))
      }
    }
    return places
  }

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
