import Core
import FeatureStore
import Support

/// Which images each fold holds out: whole groups, all copies of an image, and of each class about as many as any other fold.
package struct Folds: Sendable {
  let folding: Folding
  let seed: UInt64
  /// The fold of each image: those of the train cache, and behind them those of the validation cache.
  let foldOfImage: [Int]
  let count: Int
  /// Whether the data say of any image what group it is of.
  let keepsGroups: Bool
  /// The classes all of whose images are in one fold: its heads never saw one.
  let aloneClasses: [Int]
  /// That there are such classes; nil where there are none.
  package let warning: String?

  private static let stream: UInt64 = 0x464F_4C44_5300_0000  // "FOLDS"

  /// - Parameters:
  ///   - seed: of the order in which groups of one size are dealt out.
  ///   - mayBeAlone: whether a class may be in one fold alone, whose heads then say nothing of it.
  /// - Throws: `PipelineError` where there are too few groups, or a class is in one fold alone and images have one each: a
  ///   head of the other folds could not even tell that it is none of these.
  package init(_ folding: Folding, of images: LabelledImages, seed: UInt64, mayBeAlone: Bool = false) throws {
    let classes = (0..<images.count).map(images.truth.classes)
    let units = Self.units(images)
    keepsGroups = images.groups.contains { !$0.isEmpty }
    (self.folding, self.seed) = (folding, seed)
    switch folding {
    case .groups:
      guard keepsGroups else {
        throw PipelineError("--folds groups: the images have no groups; extract --groups TABLE tells them")
      }
      guard Folding.counts.contains(units.count) else {
        throw PipelineError(
          "--folds groups: there are \(Support.count(units.count, "group")), and folds are \(Folding.counts.lowerBound) to "
            + "\(Folding.counts.upperBound); give --folds 5, which keeps groups whole, too")
      }
      count = units.count
    case .count(let wanted):
      guard units.count >= wanted else {
        throw PipelineError(
          "--folds \(wanted): there are only \(Support.count(units.count, keepsGroups ? "group" : "image")) to be held apart"
        )
      }
      count = wanted
    }
    var foldOfImage = [Int](repeating: 0, count: images.count)
    let folds =
      folding == .groups
      ? Array(units.indices)
      : Self.dealt(units, labels: classes, classes: images.labelNames.count, folds: count, seed: seed)
    for (unit, fold) in zip(units, folds) { for image in unit { foldOfImage[image] = fold } }
    self.foldOfImage = foldOfImage
    var foldsOfClass = [Set<Int>](repeating: [], count: images.labelNames.count)
    for (own, fold) in zip(classes, foldOfImage) { for label in own { foldsOfClass[label].insert(fold) } }
    let alone = foldsOfClass.indices.filter { foldsOfClass[$0].count < 2 }
    aloneClasses = alone
    let areTagged = images.truth.tags != nil
    func countText(_ label: Int) -> String { Support.count(classes.count { $0.contains(label) }, "image") }
    if let label = alone.first, !areTagged, !mayBeAlone {
      throw PipelineError(
        "\(images.labelNames[label]): its \(countText(label)) can't be in two folds: no head could learn the class before it "
          + "is judged by it; add images\(keepsGroups ? " of other groups" : ", no copies"), or remove the class")
    }
    warning = alone.first.map { label in
      let name = images.labelNames[label].shortened
      return areTagged
        ? "\(Support.count(alone.count, "tag")) \(alone.count == 1 ? "is" : "are") in one fold alone, such as \(name): judged "
          + "by heads that never saw an image of it"
        : "the labels of \(alone.count == 1 ? name : "\(Support.count(alone.count, "class", plural: "classes")), such as \(name),") "
          + "are not judged: \(countText(label)) can't be in two folds"
    }
  }

  func spec(_ index: Int) -> FoldSpec { FoldSpec(folding: folding, seed: seed, index: index) }

  /// Images that must be in one fold: those of a group, and copies of each other. In the order of their first images.
  static func units(_ images: LabelledImages) -> [[Int]] {
    enum Key: Hashable {
      case copy(ContentDigest)
      case group(String)
    }
    var parent = Array(0..<images.count)
    func root(_ image: Int) -> Int {
      var image = image
      while parent[image] != image {
        parent[image] = parent[parent[image]]
        image = parent[image]
      }
      return image
    }
    var first: [Key: Int] = [:]
    for image in parent.indices {
      let group = images.groups[image]
      for key in [Key.copy(images.digests[image])] + (group.isEmpty ? [] : [.group(group)]) {
        guard let other = first[key] else {
          first[key] = image
          continue
        }
        let (a, b) = (root(other), root(image))
        parent[max(a, b)] = min(a, b)
      }
    }
    return Dictionary(grouping: 0..<images.count, by: root).sorted { $0.key < $1.key }.map(\.value)
  }

  /// The fold of each unit. The largest come first, and each goes where it adds least to the sum, over folds and classes, of
  /// the squares of the shares of a class that a fold has; among equals, to the fold with the fewest images.
  private static func dealt(_ units: [[Int]], labels: [[Int]], classes: Int, folds: Int, seed: UInt64) -> [Int] {
    var random = Philox(seed: seed, stream: stream)
    let shuffled = random.shuffled(Array(units.indices))
    let order = shuffled.enumerated().sorted { first, second in
      (units[second.element].count, first.offset) < (units[first.element].count, second.offset)
    }.map(\.element)
    var sizes = [Double](repeating: 0, count: classes)
    for label in labels.joined() { sizes[label] += 1 }
    var counts = [[Double]](repeating: [Double](repeating: 0, count: classes), count: folds)
    var rows = [Int](repeating: 0, count: folds)
    var result = [Int](repeating: 0, count: units.count)
    for unit in order {
      let own = Dictionary(units[unit].flatMap { labels[$0].map { ($0, 1.0) } }, uniquingKeysWith: +).sorted {
        $0.key < $1.key
      }
      func cost(_ fold: Int) -> Double {
        own.reduce(0) { sum, entry in
          let (label, added) = entry
          return sum + added * (2 * counts[fold][label] + added) / (sizes[label] * sizes[label])
        }
      }
      let costs = (0..<folds).map(cost)
      let fold = (0..<folds).min { (costs[$0], rows[$0]) < (costs[$1], rows[$1]) }!
      result[unit] = fold
      rows[fold] += units[unit].count
      for (label, added) in own { counts[fold][label] += added }
    }
    return result
  }
}
