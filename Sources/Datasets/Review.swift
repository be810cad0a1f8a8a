import Foundation

// What a person decided about single pictures: they are left out, or of another class.

extension ImageDataset {
  /// Some of the rows, with ``DatasetOptions/relabel`` and then ``DatasetOptions/drop`` done. Pictures stay in their splits;
  /// a class of which none is left is gone. Of a table that is both, the lines of wrong labels are for the former alone.
  ///
  /// - Parameter sample: the rows of each split; tables may name others.
  /// - Throws: ``DatasetError`` where a table has no column `path`, or names a picture or a class that there is not, and
  ///   where it leaves a class no training picture, but others.
  func reviewed(_ options: DatasetOptions, sample: [Split: [Int]]) throws -> ImageDataset {
    var (dataset, rows) = (self, sample)
    if let path = options.relabel {
      guard !isMultiLabel else {
        throw DatasetError(
          "\(path): --relabel gives a picture one class, and here it has any number: change the table of --labels")
      }
      let review = try PictureReview(path, option: "--relabel", of: dataset, suggesting: true)
      var parts = dataset.parts
      for (split, labels) in review.labels {
        for (row, label) in labels {
          let example = parts[split]!.examples[row]
          parts[split]!.examples[row] = Example(name: example.name, label: label, group: example.group)
        }
      }
      dataset = dataset.with(
        parts, note: "--relabel \(path): \(review.summary("of another class", in: sample))",
        warning: review.warning(in: sample).map { "--relabel \(path): \($0)" })
    }
    if let path = options.drop {
      let review = try PictureReview(
        path, option: "--drop", of: dataset, suggesting: false, sparesLabels: path == options.relabel)
      for (split, labels) in review.labels { rows[split]?.removeAll { labels[$0] != nil } }
      dataset = dataset.with(dataset.parts, note: "--drop \(path): \(review.summary("left out", in: sample))")
    }
    return try dataset.selecting(rows).withoutEmptiedClasses(since: selecting(sample))
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
  private(set) var labels: [Split: [Int: Int32]] = [:]
  /// Test pictures whose class is not known: they are to be predicted, whatever they are.
  private var kept: Set<Int> = []
  /// Lines of problems that another class does not mend.
  private var otherLines = 0
  /// Lines that give a picture the class that it is of.
  private var idleLines = 0

  /// "3 pictures are left out; 1 test picture stays, to be predicted": what is done, and what is not.
  func summary(_ what: String, in sample: [Split: [Int]]) -> String {
    let count = Split.allCases.reduce(0) { $0 + self.count($1, in: sample) }
    let others = labels.values.reduce(0) { $0 + $1.count } - count
    return [
      (count, "picture is \(what)", "pictures are \(what)"),
      (kept.count, "test picture stays, to be predicted", "test pictures stay, to be predicted"),
      (others, "is not among the images of --limit", "are not among the images of --limit"),
      (idleLines, "is of the suggested class already", "are of the suggested class already"),
      (otherLines, "line is of other problems, for --drop", "lines are of other problems, for --drop"),
    ].enumerated().filter { $0.offset == 0 || $0.element.0 > 0 }
      .map { "\(grouped($0.element.0)) \($0.element.0 == 1 ? $0.element.1 : $0.element.2)" }.joined(separator: "; ")
  }

  /// That images by which heads are judged are of other classes, where some are.
  func warning(in sample: [Split: [Int]]) -> String? {
    let counts = [(Split.valid, "validation"), (.test, "test")].map { (count($0.0, in: sample), $0.1) }
    let words = counts.filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1) image\($0.0 == 1 ? "" : "s")" }
    return words.isEmpty
      ? nil
      : "\(words.joined(separator: " and ")) among them: where a head suggested the class, and nobody looked, accuracy will "
        + "look better than it is"
  }

  /// How many images of a split it changes.
  private func count(_ split: Split, in sample: [Split: [Int]]) -> Int {
    let sampled = Set(sample[split] ?? [])
    return (labels[split] ?? [:]).keys.count { sampled.contains($0) }
  }

  /// - Parameters:
  ///   - suggesting: whether it gives pictures other classes; lines of other problems than wrong labels don't.
  ///   - sparesLabels: whether lines of wrong labels are left to ``DatasetOptions/relabel``.
  init(
    _ path: String, option: String, of dataset: ImageDataset, suggesting: Bool, sparesLabels: Bool = false
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
    var places: [String: [Place]] = [:]
    for split in Split.allCases {
      for (row, example) in dataset.examples(in: split).enumerated() {
        places[example.name, default: []].append((split, row))
      }
    }
    // Of each picture the class that a line gives it, and the line.
    var given: [Split: [Int: (label: Int32, line: Int)]] = [:]
    var unclear: [(line: Int, reason: String)] = []
    for row in table.rows {
      if let problem = column("problem") {
        let isOfLabel = row.fields[problem] == "label"
        if suggesting && !isOfLabel { otherLines += 1 }
        if isOfLabel ? sparesLabels : suggesting { continue }
      }
      let split = column("split").map { row.fields[$0] }
      let place: Place
      do throws(Unclear) {
        place = try Self.place(of: row.fields[name], split: split == "" ? nil : split, among: places)
      } catch {
        unclear.append((row.line, error.reason))
        continue
      }
      let example = dataset.examples(in: place.split)[place.row]
      if !suggesting, !example.isLabelled, place.split == .test {
        kept.insert(place.row)
        continue
      }
      guard suggesting, let suggested else {
        labels[place.split, default: [:]][place.row] = example.label
        continue
      }
      guard let index = dataset.labelNames.firstIndex(of: row.fields[suggested]) else {
        throw DatasetError("\(path): line \(row.line): there is no class \(row.fields[suggested].quoted)")
      }
      let label = Int32(index)
      if let earlier = given[place.split]?[place.row], earlier.label != label {
        throw DatasetError(
          "\(path): line \(row.line): \(row.fields[name].quoted) is of another class by line \(earlier.line): leave one of them"
        )
      }
      given[place.split, default: [:]][place.row] = (label, row.line)
      if label != example.label {
        labels[place.split, default: [:]][place.row] = label
      } else {
        idleLines += 1
      }
    }
    if let first = unclear.first {
      let others = unclear.dropFirst().map { "\($0.line)" }
      let more =
        others.isEmpty ? "" : "; the like in \(others.count == 1 ? "line" : "lines") \(listed(others, most: 20))"
      throw DatasetError("\(path): line \(first.line): \(first.reason)\(more)")
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
      guard let split, let elsewhere = all.first?.split else {
        throw Unclear(reason: "there is no picture \(name.quoted)" + (split.map { " in the split \($0.quoted)" } ?? ""))
      }
      throw Unclear(
        reason:
          "\(name.quoted) is not in \(split) but in \(elsewhere.rawValue) now; without the column split a line is of the "
          + "picture wherever it is")
    }
    guard found.count == 1 else {
      throw Unclear(reason: "\(name.quoted) is in training and in validation: add a column split")
    }
    return place
  }
}
