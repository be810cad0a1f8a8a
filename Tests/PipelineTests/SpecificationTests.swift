import Core
import FeatureStore
import Foundation
import Testing

/// What decides a result is one value, and its encoding is the key.
@Suite struct SpecificationTests {
  private static let features = FeatureSpec(
    cut: Backbone.vgg16.lastConvolution, weightsDigest: String(repeating: "a", count: 64),
    inputSize: ImageSize(height: 96, width: 64), resizing: Resizing(), preprocessing: .torch)

  private static let cache = {
    var passes = AugmentedPasses()
    passes.count = 3
    return CacheSpec(
      features: features, passes: passes, manifestDigest: String(repeating: "b", count: 64),
      storage: FeatureStorage(type: .float16, compression: .deflate))
  }()

  private static let head = try! TrainedHeadSpec(
    features: features,
    head: HeadSpec(
      HeadArchitecture(.fastai, input: FeatureShape(height: 6, width: 4, channels: 512), dropout: 0.8, classes: 10),
      behind: Backbone.vgg16.layer(named: "block4_pool")),
    training: TrainingSpec(
      schedule: LearningRateSchedule(parsing: "1@1e-3,cosine:20@3e-3"), patience: 4, batchSize: 64,
      classWeights: .balanced, labelSmoothing: 0.1, l2: 1e-4, augmentedPasses: 2, seed: .max,
      fineTuning: FineTuning(schedule: LearningRateSchedule(parsing: "12@1e-4"), batchSize: 32)),
    trainKey: "t", validKey: "v",
    pseudoLabels: PseudoLabelSpec(labelling: PseudoLabelling(share: 0.25), testKey: "u", teachers: ["w"]))

  @Test func theEncodingReadsBack() throws {
    #expect(try CacheSpec(canonical: Self.cache.canonical) == Self.cache)
    #expect(try TrainedHeadSpec(canonical: Self.head.canonical) == Self.head)
    #expect(try TrainedHeadSpec(canonical: Self.head.canonical).key == Self.head.key)
    #expect(Self.cache.key.count == 64 && !Self.cache.canonical.contains("\n"))
  }

  /// What there was before images had any number of classes keeps its key.
  @Test func oneClassIsNotSaid() {
    #expect(!Self.cache.canonical.contains("multiLabel") && !Self.cache.isMultiLabel)
    let many = CacheSpec(
      features: Self.features, passes: AugmentedPasses(), manifestDigest: "", storage: Self.cache.storage,
      isMultiLabel: true)
    #expect(many.canonical.contains("\"multiLabel\":true") && many.isMultiLabel)
    #expect(many.readable.contains(Readable("label_kind", "multi-label")))
  }

  /// Features that are computed as by earlier versions keep their key; others get another.
  @Test(arguments: [(96, nil), (64, nil), (48, 2), (224, 2)])
  func theVersionOfTheArithmetic(size: Int, arithmetic: Int?) throws {
    let spec = FeatureSpec(
      cut: Backbone.vgg16.lastConvolution, weightsDigest: "w", inputSize: ImageSize(height: size, width: size),
      resizing: Self.features.resizing, preprocessing: Self.features.preprocessing)
    #expect(spec.arithmetic == arithmetic && spec.canonical.contains("arithmetic") == (arithmetic != nil))
    #expect(try FeatureSpec(canonical: spec.canonical) == spec && spec.isOfThisVersion)
    // As an earlier version, which knew of no versions, computed it.
    let earlier = try FeatureSpec(canonical: spec.canonical.replacing("\"arithmetic\":2,", with: ""))
    #expect(earlier.isOfThisVersion == (arithmetic == nil))
    #expect(
      spec.changes(since: earlier)
        == (arithmetic == nil ? [] : ["arithmetic of the convolutions was version 1, is now version 2"]))
  }

  @Test func everyFieldChangesTheKey() throws {
    try expectEveryFieldCounts(Self.cache)
    try expectEveryFieldCounts(Self.head)
  }

  /// Changes each field that the encoding shows, one at a time; what can't be changed alone is refused when it is read.
  private func expectEveryFieldCounts<Value: Specification>(_ value: Value) throws {
    let encoded = try JSONSerialization.jsonObject(with: Data(value.canonical.utf8))
    var keys: Set = [value.key]
    var count = 0
    for changed in Self.changes(of: encoded) {
      let data = try JSONSerialization.data(withJSONObject: changed, options: [.sortedKeys, .withoutEscapingSlashes])
      guard let other = try? JSONDecoder().decode(Value.self, from: data) else { continue }
      #expect(keys.insert(other.key).inserted, "\(String(decoding: data, as: UTF8.self))")
      #expect(!other.differences(from: value).isEmpty)
      count += 1
    }
    #expect(count > value.fields.count * 3 / 4, "\(count) of \(value.fields.count) fields")
  }

  /// The JSON with one of its leaves changed, for each of them.
  private static func changes(of json: Any) -> [Any] {
    switch json {
    case let object as [String: Any]:
      return object.keys.sorted().flatMap { key -> [Any] in
        changes(of: object[key]!).map { changed in object.merging([key: changed]) { $1 } }
      }
    case let array as [Any]:
      return array.indices.flatMap { index -> [Any] in
        changes(of: array[index]).map { changed in
          var array = array
          array[index] = changed
          return array as Any
        }
      }
    case let text as String: return [alternatives[text] ?? text + "x"]
    case let number as NSNumber:
      return [String(cString: number.objCType) == "c" ? !number.boolValue as Any : number.doubleValue + 1 as Any]
    default: return []
    }
  }

  /// Names that only a few others may take the place of.
  private static let alternatives = [
    "bilinear": "bicubic", "stretch": "crop", "rgb": "bgr", "float16": "float32", "deflate": "none",
    "constant": "cosine", "cosine": "constant", "balanced": "none", "relu": "linear", "softmax": "linear",
  ]

  @Test func anyLayersComeBackAsTheyWere() throws {
    let layers: [HeadArchitecture.Layer] = [
      .flatten, .dense(units: 7, activation: .linear), .batchNormalization, .dropout(rate: 0.1),
      .dense(units: 3, activation: .softmax),
    ]
    let architecture = try HeadArchitecture(input: FeatureShape(height: 2, width: 2, channels: 4), layers: layers)
    let spec = try HeadSpec(canonical: HeadSpec(architecture).canonical)
    #expect(try spec.architecture() == architecture)
  }

  @Test func differencesAreToldInWords() {
    var other = Self.cache
    other.features.inputSize = ImageSize(height: 48, width: 48)
    #expect(other.changes(since: Self.cache) == ["input size was 96x64, is now 48x48"])
    other = Self.cache
    other.features.weightsDigest = String(repeating: "c", count: 64)
    #expect(other.changes(since: Self.cache) == ["weights digest was aaaaaaaaaaaa…, is now cccccccccccc…"])
    other = Self.cache
    other.features.backbone = .vgg19
    #expect(other.changes(since: Self.cache) == ["network was VGG16, is now VGG19"])
    other = Self.cache
    other.maxPixels = 2000
    #expect(other.changes(since: Self.cache) == ["largest picture was 178,956,970 pixels, is now 2,000 pixels"])
    other = Self.cache
    other.storage.chunkBytes += 1
    #expect(!other.changes(since: Self.cache).isEmpty, "what no words tell is told by its field")
  }

  /// Without augmented passes it makes no difference what would be drawn for them.
  @Test func passesThatAreNotMadeDecideNothing() {
    var passes = AugmentedPasses()
    passes.seed = 9
    func spec(_ passes: AugmentedPasses) -> CacheSpec {
      CacheSpec(
        features: Self.features, passes: passes, manifestDigest: "",
        storage: FeatureStorage(type: .float32, compression: .none))
    }
    #expect(spec(passes).key == spec(AugmentedPasses()).key)
  }
}
