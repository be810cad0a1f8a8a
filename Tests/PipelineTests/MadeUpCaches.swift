import Console
import Core
import FeatureStore
import Foundation
import HDF5
import Report
import Stages

/// A folder of caches with made-up features of 2×2×8, in which the class lights up two of the channels: what the head and
/// the submission need, without an extraction.
final class MadeUpCaches {
  let folder: TemporaryFolder
  var fitting: FittingValues
  var submission: SubmissionValues
  let labelNames: [String]

  init(labelNames: [String] = ["a", "b", "c"]) throws {
    folder = try TemporaryFolder()
    self.labelNames = labelNames
    let cache = CacheFolder(folder.file("cache"))
    submission = SubmissionValues(cache: cache)
    fitting = FittingValues(cache: cache)
    fitting.training.schedules = [LearningRateSchedule(phases: [.init(epochs: 4, rate: 1e-2)])]
    fitting.heads.dropouts = [0.2]
    fitting.training.batchSize = 8
    let classes = labelNames.count
    try write("train", labels: (0..<12 * classes).map { $0 % classes })
    try write("valid", labels: (0..<6 * classes).map { $0 % classes }, seed: 2)
    try write("test", labels: (0..<4 * classes).map { $0 % classes }, seed: 3)
  }

  func fitHead() throws { try fitting.fitting().run(completion: report.update) }
  func submit() throws { try submission.submission.run(completion: report.update) }

  private var report: Report {
    Report(fitting.cache, threads: fitting.execution.threads, terminal: Terminal(quiet: true))
  }

  func head(_ name: String = "head.weights.h5") throws -> HDF5File { try HDF5File.open(folder.file("cache/" + name)) }
  func heads() throws -> [String] { try folder.names(in: "cache/heads") }
  func bytes(_ name: String) throws -> Data { try folder.bytes("cache/" + name) }

  /// Writes a split's cache.
  ///
  /// - Parameters:
  ///   - truth: what the features are of; the labels where nil.
  ///   - passes: /augmentation; zeros where nil.
  ///   - names: /filenames; numbers from 1 where nil.
  ///   - groups: /groups; there is none where nil.
  ///   - copies: rows that are copies, by what they are of: `train 0` is the first training image.
  ///   - badRow: a row whose features hold a value that is not a number.
  func write(
    _ split: String, labels: [Int], truth: [Int]? = nil, passes: [UInt8]? = nil, names: [String]? = nil,
    groups: [String]? = nil, seed: UInt64 = 1, copies: [Int: String] = [:], badRow: Int? = nil
  ) throws {
    var random = Philox(seed: seed)
    var features = (truth ?? labels).flatMap { label in
      (0..<32).map { index in
        max(random.uniform(from: -1, to: 1), 0) + (index % 8 / 2 == label % 4 ? random.uniform() : 0)
      }
    }
    if let badRow { features[badRow * 32 + 5] = .nan }
    try FileManager.default.createDirectory(atPath: folder.file("cache"), withIntermediateDirectories: true)
    let file = try HDF5File.create(folder.file("cache/\(split).h5"))
    let count = labels.count
    try file.createDataset(
      "features", .float32, shape: [count, 2, 2, 8], maximumShape: [nil, 2, 2, 8], chunk: [8, 2, 2, 8],
      filters: [.deflate(level: 1), .fletcher32]
    ).write(features)
    func create(_ name: String, _ type: HDF5ElementType, _ rows: Int) throws -> HDF5Dataset {
      try file.createDataset(
        name, type, shape: [rows], maximumShape: [nil], chunk: [max(1, rows)], filters: [.fletcher32])
    }
    try create("labels", .int32, count).write(labels.map(Int32.init))
    try create("filenames", .fixedString(size: 64), count).write(names ?? (0..<count).map { "\($0 + 1)" })
    try create("label_names", .fixedString(size: 64), labelNames.count).write(labelNames)
    try create("augmentation", .uint8, count).write(passes ?? [UInt8](repeating: 0, count: count))
    if let groups { try create("groups", .fixedString(size: 64), count).write(groups) }
    // No other image is a copy, but for an image's augmented passes.
    let images = passes.map { $0.count { $0 == 0 } } ?? count
    try file.createDataset(
      "digests", .uint8, shape: [count, 32], maximumShape: [nil, 32], chunk: [max(1, count), 32], filters: [.fletcher32]
    ).write((0..<count).flatMap { ContentDigest(of: Array((copies[$0] ?? "\(split) \($0 % images)").utf8)).bytes })
    try create("skipped", .fixedString(size: 1), 0).write([String]())
    let spec = CacheSpec(
      features: FeatureSpec(
        cut: Backbone.vgg16.lastConvolution, weightsDigest: "0", inputSize: ImageSize(height: 32, width: 32),
        resizing: Resizing(), preprocessing: .caffe),
      passes: AugmentedPasses(),
      manifestDigest: "\(split) \(seed) \(labels)\(copies.isEmpty ? "" : "\(copies.count) copies")",
      storage: FeatureStorage(type: .float32, compression: .deflate))
    try file.setAttribute("schema", "vgg16-feature-cache/3")
    try file.setAttribute("specification", spec.canonical)
    try file.setAttribute("key", spec.key)
    for fact in spec.readable { try file.setAttribute(fact.name, fact.value) }
    try file.setAttribute("complete", 1)
    try file.close()
  }
}
