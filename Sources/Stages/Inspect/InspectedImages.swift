import Console
import Core
import Datasets
import FeatureStore
import Support

/// What seems to be wrong with images, kind by kind.
struct InspectedImages {
  private let images: LabelledImages
  private let caches: [FeatureCache]

  /// - Throws: as `LabelledImages`.
  init(_ folder: CacheFolder) throws {
    caches = try [Split.train, .valid].map { try FeatureCache(folder.features(of: $0)) }
    images = try LabelledImages(train: caches[0], valid: caches[1])
  }

  private func split(_ image: Int) -> Split { image < images.trainCount ? .train : .valid }

  /// Whether an image has any number of classes.
  var areTagged: Bool { images.truth.tags != nil }

  /// The class of an image, or all that it has.
  private func className(_ image: Int) -> String {
    let names = images.truth.classes(ofRow: image).map { images.labelNames[$0] }
    return names.isEmpty ? "no tag" : names.joined(separator: " ")
  }

  private func suspect(
    _ image: Int, _ problem: Suspect.Problem, suggested: String, score: Double, suggestedScore: Double? = nil
  ) -> Suspect {
    Suspect(
      image: image, name: images.names[image], split: split(image), problem: problem, given: className(image),
      suggested: suggested, score: score, suggestedScore: suggestedScore)
  }

  private func other(_ image: Int) -> String { "\(split(image)) \(images.names[image]) (\(className(image)))" }

  /// Each image that is equal to an earlier one.
  func copies() -> [Suspect] {
    var first: [ContentDigest: Int] = [:]
    return images.digests.indices.compactMap { image in
      guard let earlier = first[images.digests[image]] else {
        first[images.digests[image]] = image
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
    var features = try caches[0].flattened(pool: pool, memory: memory, terminal: terminal)
    features.append(try caches[1].flattened(pool: pool, memory: memory, terminal: terminal))
    let pairs = try NearCopies(features, channels: caches[0].featureShape.channels, pool: pool).pairs(pool: pool)
    var told: Set<Int> = []
    return pairs.compactMap { first, second, cosine in
      guard images.digests[first] != images.digests[second], told.insert(second).inserted else { return nil }
      return suspect(second, .nearCopy, suggested: other(first), score: Double(cosine))
    }
  }

  /// - Parameter predictions: out of fold, of all images.
  func labelIssues(_ predictions: Predictions) -> [Suspect] {
    if let tags = predictions.truth.tags { return tagIssues(predictions, tags) }
    let classes = predictions.classes
    return LabelIssues.rows(of: predictions).map { image in
      let p = predictions.probabilities[image * classes..<(image + 1) * classes]
      let predicted = mostProbable(p)
      return suspect(
        image, .label, suggested: images.labelNames[predicted], score: Double(p[p.startIndex + images.labels[image]]),
        suggestedScore: Double(p[p.startIndex + predicted]))
    }
  }

  /// Tags that are missing or too many: of each class it is judged apart from the others whether an image has it.
  private func tagIssues(_ predictions: Predictions, _ tags: TagMatrix) -> [Suspect] {
    let found = images.labelNames.enumerated().flatMap { label, name in
      let p = (0..<predictions.count).map { predictions.probabilities[$0 * predictions.classes + label] }
      let apart = Predictions(
        probabilities: p.flatMap { [1 - $0, $0] }, labels: (0..<predictions.count).map { tags.has($0, label) ? 1 : 0 })
      return LabelIssues.rows(of: apart).map { image in
        let (has, score) = (tags.has(image, label), Double(tags.has(image, label) ? p[image] : 1 - p[image]))
        return suspect(
          image, .label, suggested: has ? "without \(name)" : "with \(name)", score: score, suggestedScore: 1 - score)
      }
    }
    return found.enumerated().sorted { ($0.element.score, $0.offset) < ($1.element.score, $1.offset) }.map(\.element)
  }

  /// What is wrong with the pictures themselves.
  func pictureProblems(_ folder: CacheFolder, pool: WorkerPool, terminal: Terminal) -> [Suspect] {
    let statistics = PictureReading(folder: folder, pool: pool, terminal: terminal)
      .statistics([(.train, caches[0]), (.valid, caches[1])])
    return PictureProblems.findings(statistics, input: caches[0].spec.features.inputSize).map {
      suspect($0.picture, $0.problem, suggested: $0.detail, score: $0.score)
    }
  }

  /// For the report.
  func record(_ suspects: [Suspect]) -> InspectionRecord {
    InspectionRecord(trainKey: caches[0].key, validKey: caches[1].key, suspects: suspects)
  }

  /// What is to be said of whole classes and groups: a line each.
  func notes() -> [String] {
    let labelNames = images.labelNames
    var lines: [String] = []
    let counts = images.truth.counts(classes: labelNames.count)
    let usual = counts.sorted()[counts.count / 2]
    let few = labelNames.indices.filter { counts[$0] < 10 || counts[$0] * 5 < usual }
    if !few.isEmpty {
      lines.append("few images: " + few.map { "\(labelNames[$0]) \(grouped(counts[$0]))" }.joined(separator: ", "))
    }
    let straddling = Dictionary(grouping: (0..<images.count).filter { !images.groups[$0].isEmpty }) {
      images.groups[$0]
    }
    .filter { Set($0.value.map(split)).count > 1 }.keys.sorted()
    if !straddling.isEmpty {
      lines.append(
        "\(count(straddling.count, "group")) \(straddling.count == 1 ? "is" : "are") in training and in validation: "
          + straddling.prefix(5).joined(separator: ", ") + (straddling.count > 5 ? ", …" : ""))
    }
    return lines
  }
}
