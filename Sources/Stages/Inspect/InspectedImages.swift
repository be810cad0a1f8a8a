import Console
import Core
import Datasets
import FeatureStore
import Support

/// The labelled images of both caches: those of the train cache, and behind them those of the validation cache.
struct InspectedImages {
  private let caches: [(split: Split, cache: FeatureCache)]
  private let labelNames: [String]
  private let names: [String]
  private let labels: [Int]
  private let digests: [ContentDigest]
  private let groups: [String]

  init(_ folder: CacheFolder) throws {
    caches = try [Split.train, .valid].map { ($0, try FeatureCache(folder.features(of: $0))) }
    try caches[0].cache.origin.check(
      against: caches[1].cache.origin, path: caches[0].cache.path, otherPath: caches[1].cache.path)
    labelNames = caches[0].cache.labelNames
    names = try caches.flatMap { try $0.cache.filenames().prefix($0.cache.imageCount) }
    labels = try caches.flatMap { try $0.cache.labels().prefix($0.cache.imageCount).map(Int.init) }
    digests = try caches.flatMap { try $0.cache.digests().prefix($0.cache.imageCount) }
    groups = try caches.flatMap { _, cache in
      try cache.groups().map { Array($0.prefix(cache.imageCount)) } ?? [String](repeating: "", count: cache.imageCount)
    }
  }

  private func split(_ image: Int) -> Split { image < caches[0].cache.imageCount ? .train : .valid }

  private func suspect(_ image: Int, _ problem: Suspect.Problem, suggested: String, score: Double) -> Suspect {
    Suspect(
      name: names[image], split: split(image), problem: problem, given: labelNames[labels[image]], suggested: suggested,
      score: score)
  }

  private func other(_ image: Int) -> String { "\(split(image)) \(names[image]) (\(labelNames[labels[image]]))" }

  /// Each image that is equal to an earlier one.
  func copies() -> [Suspect] {
    var first: [ContentDigest: Int] = [:]
    return digests.indices.compactMap { image in
      guard let earlier = first[digests[image]] else {
        first[digests[image]] = image
        return nil
      }
      return suspect(image, .copy, suggested: other(earlier), score: 1)
    }
  }

  /// Each image that is close to an earlier one, to the closest.
  ///
  /// - Parameter copies: which are not told again.
  func nearCopies(
    besides copies: [Suspect], folder: CacheFolder, pool: WorkerPool, terminal: Terminal
  ) throws -> [Suspect] {
    let memory = FeatureMemory(mebibytes: FeatureMemory.defaultLimit, folder: folder)
    var features = try caches[0].cache.flattened(pool: pool, memory: memory, terminal: terminal)
    features.append(try caches[1].cache.flattened(pool: pool, memory: memory, terminal: terminal))
    let pairs = try NearCopies(features, channels: caches[0].cache.featureShape.channels, pool: pool).pairs(pool: pool)
    var told: Set<Int> = []
    return pairs.compactMap { first, second, cosine in
      guard digests[first] != digests[second], told.insert(second).inserted else { return nil }
      return suspect(second, .nearCopy, suggested: other(first), score: Double(cosine))
    }
  }

  /// - Parameter predictions: out of fold, of all images.
  func labelIssues(_ predictions: Predictions) -> [Suspect] {
    let classes = predictions.classes
    return LabelIssues.rows(of: predictions).map { image in
      let p = predictions.probabilities[image * classes..<(image + 1) * classes]
      return suspect(
        image, .label, suggested: labelNames[mostProbable(p)], score: Double(p[p.startIndex + labels[image]]))
    }
  }

  /// What is to be said of whole classes and groups: a line each.
  func notes() -> [String] {
    var lines: [String] = []
    let counts = labelNames.indices.map { label in labels.count { $0 == label } }
    let usual = counts.sorted()[counts.count / 2]
    let few = labelNames.indices.filter { counts[$0] < 10 || counts[$0] * 5 < usual }
    if !few.isEmpty {
      lines.append("few images: " + few.map { "\(labelNames[$0]) \(grouped(counts[$0]))" }.joined(separator: ", "))
    }
    let straddling = Dictionary(grouping: labels.indices.filter { !groups[$0].isEmpty }) { groups[$0] }
      .filter { Set($0.value.map(split)).count > 1 }.keys.sorted()
    if !straddling.isEmpty {
      lines.append(
        "\(count(straddling.count, "group")) \(straddling.count == 1 ? "is" : "are") in training and in validation: "
          + straddling.prefix(5).joined(separator: ", ") + (straddling.count > 5 ? ", …" : ""))
    }
    return lines
  }
}
