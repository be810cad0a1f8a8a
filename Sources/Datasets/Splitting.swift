import Core

/// The streams of random numbers that this module draws from. Core's head has its own.
enum RandomStream {
  static let tags: UInt64 = 0x5441_4753_0000_0000  // "TAGS"
  /// One stream a class from here on.
  static let split: UInt64 = 0x5350_4C49_5400_0000  // "SPLIT"
  static let groups: UInt64 = 0x4752_4F55_5053_0000  // "GROUPS"
  /// One stream a class from here on.
  static let sample: UInt64 = 0x5341_4D50_4C45_0000  // "SAMPLE"
}

extension DatasetOptions {
  /// Deals labelled rows out to training and validation, and to test if so wanted: by whole groups, or stratified by class.
  ///
  /// - Throws: ``DatasetError`` where the fractions make no sense, or a row has no group, or there are too few groups.
  func split(
    _ part: ImageDataset.Part, hasGroups: Bool = false, withTest: Bool
  ) throws -> [Split: ImageDataset.Part] {
    try checkFractions()
    let testFraction = withTest ? testFraction : 0
    if keepsCopiesTogether { return try splitKeepingCopies(part, testFraction: testFraction) }
    let rows: [Split: [Int]]
    if hasGroups {
      if let stray = part.examples.first(where: { $0.group == nil }) {
        throw DatasetError("\(groups ?? ""): no group for the picture \(stray.name)")
      }
      rows = try groupedSplit(
        groups: part.examples.map { $0.group! }, validFraction: validFraction, testFraction: testFraction, seed: seed)
    } else {
      rows = stratified(part.examples, testFraction: testFraction)
    }
    return rows.mapValues(part.selecting)
  }

  /// Every class is dealt out by the same fractions.
  private func stratified(_ examples: [Example], testFraction: Double) -> [Split: [Int]] {
    isMultiLabel
      ? iterativelyStratifiedSplit(
        tags: examples.map { $0.tags ?? [] }, validFraction: validFraction, testFraction: testFraction, seed: seed)
      : stratifiedSplit(
        labels: examples.map(\.label), validFraction: validFraction, testFraction: testFraction, seed: seed)
  }

  /// Deals out the first of each set of copies, stratified by class; the others follow it, and have its name as their group.
  private func splitKeepingCopies(_ part: ImageDataset.Part, testFraction: Double) throws -> [Split: ImageDataset.Part]
  {
    let first = try Copies(in: part).first
    let firsts = first.indices.filter { first[$0] == $0 }
    let dealt = stratified(firsts.map { part.examples[$0] }, testFraction: testFraction)
    var grouped = part
    grouped.examples = part.examples.enumerated().map { row, example in
      example.named(example.name, group: part.examples[first[row]].name)
    }
    return dealt.mapValues { rows in
      let taken = Set(rows.map { firsts[$0] })
      return grouped.selecting(first.indices.filter { taken.contains(first[$0]) })
    }
  }
}

/// The rows of each split, in their own order: every class is dealt out by the same fractions.
///
/// Of a class of n rows, `round(n · testFraction)` go to the test split and `round(n · validFraction)` to the validation
/// split, at least one staying for training. Which ones is decided by the seed and the class's number alone, so that
/// the other classes' rows don't matter.
func stratifiedSplit(
  labels: [Int32], validFraction: Double, testFraction: Double, seed: UInt64
) -> [Split: [Int]] {
  var train: [Int] = []
  var valid: [Int] = []
  var test: [Int] = []
  for (label, rows) in rowsByLabel(labels) {
    var random = Philox(seed: seed, stream: RandomStream.split + UInt64(label))
    let shuffled = random.shuffled(rows)
    let spare = max(rows.count - 1, 0)
    let testCount = min(Int((Double(rows.count) * testFraction).rounded()), spare)
    let validCount = min(Int((Double(rows.count) * validFraction).rounded()), spare - testCount)
    test += shuffled[..<testCount]
    valid += shuffled[testCount..<testCount + validCount]
    train += shuffled[(testCount + validCount)...]
  }
  return [.train: train.sorted(), .valid: valid.sorted(), .test: test.sorted()]
}

/// The rows of each split, in their own order: no group is in two of them.
///
/// The groups are shuffled; one after the other goes to the test split while that brings it nearer to its fraction of all
/// rows, then so for the validation split; the others are for training. A split that is wanted gets at least one group.
///
/// - Throws: ``DatasetError`` where there are fewer groups than splits.
func groupedSplit(
  groups: [String], validFraction: Double, testFraction: Double, seed: UInt64
) throws -> [Split: [Int]] {
  var random = Philox(seed: seed, stream: RandomStream.groups)
  let rowsOfGroup = Dictionary(grouping: groups.indices) { groups[$0] }
  let names = rowsOfGroup.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  var rest = random.shuffled(names)
  let wanted = [(Split.test, testFraction), (.valid, validFraction)].filter { $0.1 > 0 }
  guard rest.count > wanted.count else {
    throw DatasetError(
      "\(rest.count) \(rest.count == 1 ? "group" : "groups") can't be held apart in \(wanted.count + 1) splits: at least one each"
        + (testFraction > 0 ? "; with --test-fraction 0 none is needed for the test" : "")
    )
  }
  var splits: [Split: [Int]] = [.valid: [], .test: []]
  for (position, (split, fraction)) in wanted.enumerated() {
    let target = fraction * Double(groups.count)
    // What the splits that come after need, training among them.
    let reserved = wanted.count - position
    var held: [Int] = []
    var taken: Set<String> = []
    for name in rest where rest.count - taken.count > reserved {
      let rows = rowsOfGroup[name]!
      let isNearer = abs(Double(held.count + rows.count) - target) < abs(Double(held.count) - target)
      guard held.isEmpty || isNearer else { continue }
      held += rows
      taken.insert(name)
    }
    rest.removeAll { taken.contains($0) }
    splits[split] = held.sorted()
  }
  splits[.train] = rest.flatMap { rowsOfGroup[$0]! }.sorted()
  return splits
}

/// Which of a split's rows make a sample of `count`, in their own order: the same number of each class as far as there are
/// so many. Rows without a label are a class of their own.
func balancedSample(labels: [Int32], count: Int, seed: UInt64) -> [Int] {
  var classes = rowsByLabel(labels).map { label, rows in
    var random = Philox(seed: seed, stream: RandomStream.sample + UInt64(label + 1))
    return random.shuffled(rows)[...]
  }
  var sample: [Int] = []
  while sample.count < min(count, labels.count) {
    for index in classes.indices where sample.count < count {
      if let row = classes[index].popFirst() { sample.append(row) }
    }
  }
  return sample.sorted()
}

/// The rows of each label that occurs, in their own order; the labels ascend.
private func rowsByLabel(_ labels: [Int32]) -> [(label: Int32, rows: [Int])] {
  Dictionary(grouping: labels.indices) { labels[$0] }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
}
