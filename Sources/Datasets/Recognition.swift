/// What was recognised in a data set, and what was assumed, taken for something or left out on the way: all that there is
/// to say of it before anything is computed.
public struct Recognition: Sendable, Equatable {
  /// How many images of a class, or of a split, there are.
  public struct Count: Sendable, Equatable {
    public let name: String
    public let count: Int
  }

  /// A split's images.
  public struct SplitCount: Sendable, Equatable {
    public let split: Split
    public let count: Int
    /// Those whose class is not known.
    public let unlabelled: Int
    /// Whether they were held out of others, for the data have no such split.
    public let isHeldOut: Bool
  }

  /// What was opened.
  public let path: String
  /// How the data lie: `train/CLASS, valid/CLASS, test/`.
  public let layout: String
  /// The classes and their training images, in the order of the labels.
  public let classes: [Count]
  /// How many classes a training image has in the mean; nil where it has one.
  public let tagsPerImage: Double?
  public let splits: [SplitCount]
  /// What was assumed, ignored or renamed: one line each.
  public let notes: [String]
  /// What the user should know, though the data can be used: one line each.
  public let warnings: [String]

  /// What is printed: the data in one line, and then one for each of the notes.
  public var lines: [String] { [summary] + notes }

  /// `photos: train/CLASS, valid/CLASS, test/ · 2 classes: cat 150, dog 150 · 300 training, 30 validation, 60 test
  /// (unlabelled)`.
  public var summary: String {
    let splits = splits.map(Self.description).joined(separator: ", ")
    let what = tagsPerImage.map { "tags, \(tenths($0)) a picture" } ?? "classes"
    return "\(path): \(layout) · \(grouped(classes.count)) \(what): \(classList) · \(splits)"
  }

  private static let mostClasses = 10

  private var classList: String {
    let listed = classes.prefix(Self.mostClasses).map { "\($0.name.shortened) \(grouped($0.count))" }
      .joined(separator: ", ")
    guard classes.count > Self.mostClasses else { return listed }
    let counts = classes.map(\.count)
    return "\(listed), … (\(grouped(counts.min()!)) to \(grouped(counts.max()!)) each)"
  }

  private static func description(_ split: SplitCount) -> String {
    let name =
      switch split.split {
      case .train: "training"
      case .valid: "validation"
      case .test: "test"
      }
    guard split.count > 0 else { return "no \(name)" }
    var facts = split.isHeldOut ? ["held out"] : []
    if split.unlabelled == split.count {
      facts.append("unlabelled")
    } else if split.unlabelled > 0 {
      facts.append("\(grouped(split.unlabelled)) of them unlabelled")
    }
    return "\(grouped(split.count)) \(name)" + (facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))")
  }
}

/// `2.9`.
private func tenths(_ number: Double) -> String {
  let tenths = Int((number * 10).rounded())
  return "\(grouped(tenths / 10)).\(tenths % 10)"
}

/// `12345` as `12,345`.
func grouped(_ number: Int) -> String {
  let digits = String(number)
  let groups = stride(from: digits.count, to: 0, by: -3).map { end in
    String(digits.dropFirst(max(0, end - 3)).prefix(end - max(0, end - 3)))
  }
  return groups.reversed().joined(separator: ",")
}

extension ImageDataset {
  /// What was recognised.
  public var recognition: Recognition {
    let train = examples(in: .train).reduce(into: [Int](repeating: 0, count: labelNames.count)) { counts, example in
      for label in example.classes ?? [] { counts[Int(label)] += 1 }
    }
    let known = examples(in: .train).count(where: \.isLabelled)
    return Recognition(
      path: path, layout: layout, classes: zip(labelNames, train).map { Recognition.Count(name: $0, count: $1) },
      tagsPerImage: isMultiLabel ? Double(train.reduce(0, +)) / Double(max(known, 1)) : nil,
      splits: Split.allCases.map { split in
        let examples = examples(in: split)
        return Recognition.SplitCount(
          split: split, count: examples.count, unlabelled: examples.count { !$0.isLabelled },
          isHeldOut: heldOut.contains(split))
      },
      notes: notes,
      warnings: warnings + [validationWarning].compactMap(\.self))
  }

  /// Classes that are trained on without validation images: what to warn of, or nil.
  private var validationWarning: String? {
    if parts[.valid]?.examples.isEmpty == true, !heldOut.contains(.valid) {
      return
        "the folder for validation has no pictures: put some into it, or remove it, and a part of the training images is "
        + "held out"
    }
    if let valid = parts[.valid]?.examples, !valid.isEmpty, !valid.contains(where: \.isLabelled) {
      return "no validation image has a label: a head can't be chosen by them; label some, or remove their folder"
    }
    let there = Set(parts[.valid]?.examples.flatMap { $0.classes ?? [] } ?? [])
    let trained = Set(parts[.train]?.examples.flatMap { $0.classes ?? [] } ?? [])
    let missing = labelNames.indices.filter { trained.contains(Int32($0)) && !there.contains(Int32($0)) }
    guard !missing.isEmpty else { return nil }
    let names = missing.count == labelNames.count ? "any class" : listed(missing.map { labelNames[$0] }, most: 5)
    return "no validation images of \(names): validation tells nothing about them; add some, or hold out more with "
      + "--valid-fraction"
  }
}
