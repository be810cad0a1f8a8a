import Console
import Core
import Datasets
import FeatureStore
import Support

/// What seems to be wrong with images, kind by kind. They are those of the train cache, behind them those of the validation
/// cache, and then those of the test cache, where there is one.
struct InspectedImages {
  private let labelled: LabelledImages
  private let caches: [(split: Split, cache: FeatureCache)]
  private let splits: [Split]
  private let names: [String]
  /// Of each image its class, or all that it has; nil of test images whose classes are not known.
  private let classes: [[Int]?]
  /// Empty where an image has none.
  private let groups: [String]
  private let digests: [ContentDigest]

  /// - Throws: as `LabelledImages`.
  init(_ folder: CacheFolder) throws {
    let (train, valid) = (
      try FeatureCache(folder.features(of: .train)), try FeatureCache(folder.features(of: .valid))
    )
    labelled = try LabelledImages(train: train, valid: valid)
    let test = try FeatureCache.ifThere(folder.features(of: .test))
    if let test { try train.origin.check(against: test.origin, path: train.path, otherPath: test.path) }
    caches = [(.train, train), (.valid, valid)] + (test.map { [(.test, $0)] } ?? [])
    splits = caches.flatMap { [Split](repeating: $0.split, count: $0.cache.imageCount) }
    let count = test?.imageCount ?? 0
    names = labelled.names + (try test?.filenames().prefix(count) ?? [])
    classes =
      (0..<labelled.count).map(labelled.truth.classes)
      + (try test?.classes().prefix(count).map { $0?.map(Int.init) } ?? [])
    groups = labelled.groups + (try test?.groups()?.prefix(count) ?? [String](repeating: "", count: count)[...])
    digests = labelled.digests + (try test?.digests().prefix(count) ?? [])
  }

  /// Whether an image has any number of classes.
  var areTagged: Bool { labelled.truth.tags != nil }

  /// The class of an image, or all that it has; empty where they are not known.
  private func className(_ image: Int) -> String {
    guard let classes = classes[image] else { return "" }
    return classes.isEmpty ? "no tag" : classes.map { labelled.labelNames[$0] }.joined(separator: " ")
  }

  private func suspect(
    _ image: Int, _ problem: Suspect.Problem, suggested: String, score: Double, suggestedScore: Double? = nil,
    original: Int? = nil
  ) -> Suspect {
    Suspect(
      image: image, name: names[image], split: splits[image], problem: problem, given: className(image),
      suggested: suggested, score: score, suggestedScore: suggestedScore, original: original)
  }

  // MARK: - Copies

  /// An image that shows what another one does. It is the training or validation image of the two, which can be left out,
  /// where the other is a test image.
  private func copy(_ image: Int, _ problem: Suspect.Problem, of other: Int, score: Double) -> Suspect {
    let name = "\(splits[other]) \(names[other])"
    let suggested = classes[other] == nil ? name : "\(name) (\(className(other).shortened))"
    return suspect(image, problem, suggested: suggested, score: score, original: other)
  }

  /// Test images first: of two that are equal, the one that comes first here is the original.
  private var originalsFirst: [Int] {
    splits.indices.filter { splits[$0] == .test } + splits.indices.filter { splits[$0] != .test }
  }

  /// Each image that is equal to one that comes before it; where some of these are of another class, as the first such.
  func copies() -> [Suspect] {
    var earlier: [ContentDigest: [Int]] = [:]
    return originalsFirst.compactMap { image in
      let equal = earlier[digests[image], default: []]
      earlier[digests[image]] = equal + [image]
      return (equal.first { isOfOtherClass($0, image) } ?? equal.first).map { copy(image, .copy, of: $0, score: 1) }
    }.sorted { $0.image < $1.image }
  }

  private func isOfOtherClass(_ image: Int, _ other: Int) -> Bool {
    classes[image] != nil && classes[other] != nil && classes[image] != classes[other]
  }

  /// Each image that is close to one that comes before it, with the closest.
  func nearCopies(pool: WorkerPool, terminal: Terminal) throws -> [Suspect] {
    let means = try caches.flatMap { try $0.cache.channelMeans(pool: pool, terminal: terminal) }
    var told: Set<Int> = []
    return try NearCopies(means).pairs(pool: pool).compactMap { first, second, cosine in
      let (original, image) = splits[second] == .test && splits[first] != .test ? (second, first) : (first, second)
      guard digests[first] != digests[second], told.insert(image).inserted else { return nil }
      return copy(image, .nearCopy, of: original, score: Double(cosine))
    }
  }

  /// What is worse than a copy: "2 in two splits, 1 of two classes". Nil where there are none.
  func crossings(_ copies: [Suspect]) -> String? {
    let first = Dictionary(originalsFirst.map { (digests[$0], $0) }, uniquingKeysWith: { first, _ in first })
    let inTwoSplits = copies.count { copy in
      let original = copy.problem == .copy ? first[digests[copy.image]] : copy.original
      return original.map { splits[$0] != splits[copy.image] } ?? false
    }
    let ofTwoClasses = copies.count { copy in copy.original.map { isOfOtherClass($0, copy.image) } ?? false }
    let facts = [
      inTwoSplits == 0 ? nil : "\(grouped(inTwoSplits)) in two splits",
      ofTwoClasses == 0 ? nil : "\(grouped(ofTwoClasses)) \(areTagged ? "with other tags" : "of two classes")",
    ].compactMap(\.self)
    return facts.isEmpty ? nil : facts.joined(separator: ", ")
  }

  // MARK: - Labels

  /// - Parameter heads: of folds over the training and validation images; nil where no label can be judged. Test images, of
  ///   which they saw at most what pseudo-labels tell, are judged by the mean of what all predict, and among themselves.
  /// - Returns: the likeliest first; of tags, of which each image may have thousands, as many as a person can look at.
  func labelIssues(
    _ heads: FoldHeads?, folder: CacheFolder, pool: WorkerPool, terminal: Terminal
  ) throws -> (suspects: [Suspect], leftOut: Int) {
    guard let heads else { return ([], 0) }
    func isJudged(_ image: Int) -> Bool { heads.unjudgedClasses.isDisjoint(with: classes[image] ?? []) }
    let judged = (0..<labelled.count).filter(isJudged)
    var issues = labelIssues(heads.predictions.selecting(judged), of: judged)
    let tested = classes.indices.filter { splits[$0] == .test && classes[$0] != nil && isJudged($0) }
    if let test = caches.last?.cache, !tested.isEmpty {
      let memory = FeatureMemory(mebibytes: FeatureMemory.defaultLimit, folder: folder)
      let probabilities = try heads.probabilities(of: test, memory: memory, pool: pool, terminal: terminal)
      let count = labelled.labelNames.count
      let known = tested.flatMap { image in
        probabilities[(image - labelled.count) * count..<(image - labelled.count + 1) * count]
      }
      let truth = RowLabels(tested.map { classes[$0]! }, classes: count, isMultiLabel: areTagged)
      issues += labelIssues(Predictions(probabilities: known, truth: truth), of: tested)
    }
    let sorted = issues.enumerated().sorted { ($0.element.score, $0.offset) < ($1.element.score, $1.offset) }
      .map(\.element)
    guard areTagged, sorted.count > Self.mostTagIssues else { return (sorted, 0) }
    return (Array(sorted.prefix(Self.mostTagIssues)), sorted.count - Self.mostTagIssues)
  }

  private static let mostTagIssues = 1000

  /// - Parameter images: of each row of the predictions.
  private func labelIssues(_ predictions: Predictions, of images: [Int]) -> [Suspect] {
    if let tags = predictions.truth.tags { return tagIssues(predictions, tags, of: images) }
    let classes = predictions.classes
    return LabelIssues.rows(of: predictions).map { row in
      let p = predictions.probabilities[row * classes..<(row + 1) * classes]
      let predicted = mostProbable(p)
      return suspect(
        images[row], .label, suggested: labelled.labelNames[predicted],
        score: Double(p[p.startIndex + predictions.labels[row]]),
        suggestedScore: Double(p[p.startIndex + predicted]))
    }
  }

  /// Tags that are missing or too many: of each class it is judged apart from the others whether an image has it.
  private func tagIssues(_ predictions: Predictions, _ tags: TagMatrix, of images: [Int]) -> [Suspect] {
    labelled.labelNames.enumerated().flatMap { label, name in
      let p = (0..<predictions.count).map { predictions.probabilities[$0 * predictions.classes + label] }
      let has = (0..<predictions.count).map { tags.has($0, label) }
      let apart = Predictions(probabilities: p.flatMap { [1 - $0, $0] }, labels: has.map { $0 ? 1 : 0 })
      return LabelIssues.rows(of: apart).map { row in
        let score = Double(has[row] ? p[row] : 1 - p[row])
        return suspect(
          images[row], .label, suggested: has[row] ? "without \(name)" : "with \(name)", score: score,
          suggestedScore: 1 - score)
      }
    }
  }

  // MARK: - Pictures, classes and groups

  /// What is wrong with the pictures themselves; nil where none of them can be looked at.
  func pictureProblems(_ folder: CacheFolder, pool: WorkerPool, terminal: Terminal) -> [Suspect]? {
    let statistics = PictureReading(folder: folder, pool: pool, terminal: terminal)
      .statistics(caches)
    guard statistics.contains(where: { $0 != nil }) else { return nil }
    return PictureProblems.findings(statistics, input: caches[0].cache.spec.features.inputSize).map {
      suspect($0.picture, $0.problem, suggested: $0.detail, score: $0.score)
    }
  }

  /// For the report.
  ///
  /// - Parameters:
  ///   - table: the digest of the table that has them.
  ///   - areUnseen: whether no picture could be looked at.
  ///   - areUnjudged: whether no label could be judged.
  func record(
    _ suspects: [Suspect], table: String, picturesUnseen areUnseen: Bool, labelsUnjudged areUnjudged: Bool
  ) -> InspectionRecord {
    InspectionRecord(
      trainKey: caches[0].cache.key, validKey: caches[1].cache.key,
      testKey: caches.count > 2 ? caches[2].cache.key : nil, suspects: suspects, tableDigest: table,
      picturesUnseen: areUnseen ? true : nil, labelsUnjudged: areUnjudged ? true : nil)
  }

  private static let mostFew = 20

  /// What is to be said of whole classes and groups: a line each.
  func notes() -> [String] {
    let labelNames = labelled.labelNames
    var lines: [String] = []
    let counts = labelled.truth.counts(classes: labelNames.count)
    let usual = counts.sorted()[counts.count / 2]
    let few = labelNames.indices.filter { counts[$0] < 10 || counts[$0] * 5 < usual }
    if !few.isEmpty {
      let some = few.prefix(Self.mostFew).map { "\(labelNames[$0].shortened) \(grouped(counts[$0]))" }
      lines.append(
        "few images: \(some.joined(separator: ", "))"
          + (few.count > some.count ? ", and \(grouped(few.count - some.count)) more" : ""))
    }
    let straddling = Dictionary(grouping: groups.indices.filter { !groups[$0].isEmpty }) { groups[$0] }
      .mapValues { images in Split.allCases.filter { split in images.contains { splits[$0] == split } } }
      .filter { $0.value.count > 1 }.sorted { $0.key < $1.key }
    if !straddling.isEmpty {
      let some = straddling.prefix(5).map { "\($0.key) (\($0.value.map(\.rawValue).joined(separator: ", ")))" }
      lines.append(
        "\(count(straddling.count, "group")) \(straddling.count == 1 ? "is" : "are") in more than one split: "
          + some.joined(separator: ", ") + (straddling.count > 5 ? ", …" : ""))
    }
    return lines
  }
}
