import Core
import Foundation
import HDF5

@testable import Datasets
@testable import FeatureStore
@testable import Stages
@testable import Support
@testable import Weights

extension FuzzTarget {
  /// Well-formed HDF5 with any types, shapes, layouts, links and values, read as each of the kinds of files that there are.
  ///
  /// libhdf5's own reading of malformed files is known to crash, so that these are not tried.
  static let hdf5 = FuzzTarget(
    name: "hdf5",
    seeds: { GeneratedHDF5.kinds.indices.map { Data([UInt8($0)]) } },
    read: { input in
      var bytes = [UInt8](input.prefix(64))[...]
      var generated = bytes.pick(GeneratedHDF5.kinds)
      generated.change(by: &bytes)
      generated.write(to: generatedFile.path, pipe: generatedFile.pipe)
      sign(generatedFile.path)
      readers.forEach(reading)
    })

  private static let generatedFile = GeneratedFile()

  private static let readers: [@Sendable () throws -> Void] = [
    { try read(FeatureCache(generatedFile.path)) },
    { try readRows(HDF5File.open(generatedFile.path)) },
    { try read(HeadFile(generatedFile.path)) },
    {
      let manifest = try SharedManifest(generatedFile.path)
      try manifest.check([])
      let dataset = ImageDataset(
        kind: .folders, path: "photographs", layout: "", labelNames: ["a", "b"], parts: [:], heldOut: [])
      for split in Split.allCases { reading { _ = try manifest.contents(of: split, in: dataset) } }
    },
    {
      let file = try WeightFile(path: generatedFile.path)
      do {
        try readNumbers(of: file.content)
      } catch let error as Unreadable {
        throw WeightsError(path: "weights", reason: error.reason)
      }
    },
    {
      let data = try ImageDataset.open(generatedFile.path, options: DatasetOptions(kind: .arrays))
      for split in Split.allCases {
        for row in data.examples(in: split).indices.prefix(8) { reading { _ = try data.image(split, row) } }
      }
    },
  ]

  /// Gives the file the digest that a head has: else hardly any would be read.
  private static func sign(_ path: String) {
    let name = HeadFile.Attribute.digest
    guard let digest = try? HDF5File.open(path).contentDigest(without: name) else { return }
    GeneratedHDF5.add(.init(owner: "/", name: name, type: .text, content: [.text(digest)]), to: path)
  }

  private static let pool = WorkerPool(threads: 1)

  private static func read(_ cache: FeatureCache) throws {
    reading { try cache.verify(pool: pool) }
    for classes in [try cache.classes()] { precondition(classes.count == cache.rowCount) }
    let architecture = try HeadArchitecture(.fastai, input: cache.featureShape, dropout: 0.5, classes: 2)
    let matrix = try cache.matrix(for: architecture, augmentedPasses: nil, pool: pool)
    precondition(matrix.rows.count == cache.rowCount)
  }

  /// As parts are read.
  private static func readRows(_ file: HDF5File) throws {
    reading { _ = try SkippedImage.list(in: file) }
    reading { _ = try file.readDigests() }
    let chunks = try FeatureChunks(file.dataset("features"))
    for row in stride(from: 0, to: min(chunks.features.rowCount, 64), by: chunks.rowsPerChunk) {
      _ = try chunks.values(ofChunkAtRow: row)
    }
  }

  private static func read(_ file: HeadFile) throws {
    _ = file.validation.metrics.lines(labelNames: file.labelNames)
    _ = Clipping.best(for: file.validation, formula: .plain)
    _ = file.choice?.table
    _ = file.epochs[file.bestEpoch - 1]
    var matrix = FeatureMatrix(columnCount: file.head.architecture.pooled.count)
    let input = file.head.architecture.input
    guard input.count < 1 << 12 else { return }
    try matrix.append(
      features: [Float](repeating: 1, count: input.count), shape: input, pooling: file.head.architecture.pools, on: pool
    )
    let probabilities = file.head.probabilities(of: matrix, on: pool)
    precondition(probabilities.count == file.labelNames.count)
  }
}

/// The path of a file in memory, and that of a pipe that nobody writes to.
private final class GeneratedFile: Sendable {
  let path: String
  let pipe: String

  init() {
    let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
    path = "\(folder)/fuzz-\(getpid()).h5"
    pipe = "\(folder)/fuzz-\(getpid()).pipe"
    mkfifo(pipe, 0o600)
    atexit {
      for name in ["h5", "pipe"] { unlink("/dev/shm/fuzz-\(getpid()).\(name)") }
    }
  }
}

/// Runs `body`. What it throws must be one line.
private func reading(_ body: () throws -> Void) {
  do {
    try body()
  } catch {
    switch error {
    case is PipelineError, is DatasetError, is HDF5Error, is DamagedRows, is WeightsError, is HeadError:
      requireOneLine("\(error)")
    default: preconditionFailure("\(error)")
    }
  }
}

// MARK: - Well-formed files of each kind

extension GeneratedHDF5 {
  static let kinds = [cache(isPart: false), cache(isPart: true), head, manifest, keras3, kerasLegacy, arrays]

  private mutating func add(
    _ path: String, _ type: ElementType, _ shape: [UInt64], inChunks: Bool = false, _ content: Value...
  ) {
    let chunk = inChunks ? shape.map { max($0, 1) } : nil
    nodes.append(Node(path: path, type: type, shape: shape, chunk: chunk, content: content))
  }

  private mutating func set(_ name: String, of owner: String = "/", _ type: ElementType, _ content: Value...) {
    attributes.append(Attribute(owner: owner, name: name, type: type, content: content))
  }

  private mutating func setList(_ name: String, of owner: String = "/", _ type: ElementType, _ content: Value...) {
    attributes.append(
      Attribute(owner: owner, name: name, type: type, shape: [UInt64(content.count)], content: content))
  }

  private static func cache(isPart: Bool) -> GeneratedHDF5 {
    var file = GeneratedHDF5()
    file.add("features", .float32, [4, 2, 2, 2], inChunks: true, .number(0), .number(1))
    file.add("digests", .uint8, [4, 32], inChunks: true, .integer(7))
    file.add("skipped", .text, [0], inChunks: true)
    file.set("schema", .text, .text(CacheSchema.name))
    file.set("features_key", .text, .text("0"))
    guard !isPart else { return file }
    file.add("labels", .int32, [4], inChunks: true, .integer(0), .integer(1))
    file.add("filenames", .text, [4], inChunks: true, .text("a.jpg"))
    file.add("label_names", .text, [2], inChunks: true, .text("a"), .text("b"))
    file.add("groups", .text, [4], inChunks: true, .text(""))
    file.add("augmentation", .uint8, [4], inChunks: true, .integer(0), .integer(0), .integer(1), .integer(1))
    let spec = CacheSpec(
      features: features, passes: AugmentedPasses(), manifestDigest: "",
      storage: FeatureStorage(type: .float32, compression: .none))
    file.set("specification", .variableText, .text(spec.canonical))
    file.set("key", .text, .text(spec.key))
    file.set("complete", .int64, .integer(1))
    return file
  }

  private static var features: FeatureSpec {
    FeatureSpec(
      cut: Backbone.vgg16.lastConvolution, weightsDigest: "0", inputSize: ImageSize(height: 32, width: 32),
      resizing: Resizing(), preprocessing: .caffe)
  }

  private static var head: GeneratedHDF5 {
    var file = GeneratedHDF5()
    let architecture = try! HeadArchitecture.dense(
      input: FeatureShape(height: 2, width: 2, channels: 2), units: [2], dropout: [0.25, 0.5], classes: 2)
    for variable in HeadFile.paths(in: architecture) {
      file.add(variable.path, .float32, variable.shape.map(UInt64.init), .number(0.5), .number(0.25))
    }
    for (name, _) in HeadFile.series { file.add("history/\(name)", .float64, [1], .number(0.5)) }
    file.add("validation/probabilities", .float32, [2, 2], .number(0.5))
    file.add("validation/labels", .int32, [2], .integer(0), .integer(1))
    file.setList("input_shape", .int64, .integer(2), .integer(2), .integer(2))
    let spec = TrainedHeadSpec(
      features: features, head: HeadSpec(architecture),
      training: TrainingSpec(
        schedule: LearningRateSchedule(phases: [.init(epochs: 1, rate: 0.5)]), patience: nil, batchSize: 2,
        classWeights: .none, labelSmoothing: 0, l2: 0, augmentedPasses: nil, seed: 0),
      trainKey: "1", validKey: "2", pseudoLabels: nil)
    file.set("specification", .text, .text(spec.canonical))
    file.set("head_key", .text, .text(spec.key))
    file.setList("label_names", .text, .text("a"), .text("b"))
    file.setList("class_prior", .float32, .number(0.5), .number(0.5))
    file.set("best_epoch", .int64, .integer(1))
    file.set("head_schema", .text, .text(HeadFile.schema))
    file.set("complete", .int64, .integer(1))
    file.set("choice_key", .text, .text("0"))
    file.setList("members", .text, .text("a.weights.h5"))
    file.setList("comparisons", .text, .text(#"{"columns":["a"],"firstNumber":0,"rows":[["1"]],"title":"t"}"#))
    return file
  }

  private static var manifest: GeneratedHDF5 {
    var file = GeneratedHDF5()
    for split in Split.allCases.map(\.rawValue) {
      file.add("\(split)/filenames", .text, [2], inChunks: true, .text("a.jpg"), .text("b.jpg"))
      file.add("\(split)/labels", .int32, [2], inChunks: true, .integer(0))
      file.add("\(split)/groups", .text, [2], inChunks: true, .text(""))
      file.add("\(split)/label_names", .text, [2], inChunks: true, .text("a"), .text("b"))
      file.add("\(split)/digests", .uint8, [2, 32], inChunks: true, .integer(7))
      file.set("specification", of: "/\(split)", .text, .text("{}"))
    }
    file.set("schema", .text, .text("vgg16-feature-manifest/2"))
    file.set("shards", .int64, .integer(2))
    return file
  }

  private static var arrays: GeneratedHDF5 {
    var file = GeneratedHDF5()
    file.add("x_train", .uint8, [4, 2, 2, 3], inChunks: true, .integer(7))
    file.add("y_train", .int32, [4], .integer(0), .integer(1))
    file.add("x_test", .float32, [3, 3, 2, 2], .number(0.5), .number(1))
    file.add("y_test", .text, [3, 1], .text("0"), .text("1"))
    return file
  }

  private static var keras3: GeneratedHDF5 {
    var file = GeneratedHDF5()
    for (name, shape) in [("conv2d", [3, 3, 3, 2]), ("conv2d_1", [3, 3, 2, 3])] as [(String, [UInt64])] {
      file.add("layers/\(name)/vars/0", .float32, shape, .number(0.5))
      file.add("layers/\(name)/vars/1", .float32, [shape[3]], .number(0.5))
      file.set("name", of: "/layers/\(name)/vars", .variableText, .text(name))
    }
    return file
  }

  private static var kerasLegacy: GeneratedHDF5 {
    var file = GeneratedHDF5()
    for (name, shape) in [("block1_conv1", [3, 3, 3, 2]), ("block1_conv2", [3, 3, 2, 3])] as [(String, [UInt64])] {
      file.add("\(name)/kernel:0", .float32, shape, .number(0.5))
      file.add("\(name)/bias:0", .float32, [shape[3]], .number(0.5))
      file.setList("weight_names", of: "/\(name)", .text, .text("kernel:0"), .text("bias:0"))
    }
    file.setList("layer_names", .text, .text("block1_conv1"), .text("block1_conv2"))
    file.set("backend", .text, .text("tensorflow"))
    return file
  }
}
