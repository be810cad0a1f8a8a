import Classification
import Console
import Core
import FeatureStore
import Foundation
import HDF5
import Stages
import Synchronization
import Testing

/// fit-head --fine-tune, with a network made here.
@Suite struct FineTuningTests {
  private func tunedPipeline() throws -> SmallPipeline {
    let pipeline = try TinyBackboneTests.pipeline()
    pipeline.extraction.features.layer = "block1_pool"
    pipeline.fitting.weights = pipeline.extraction.features.weights
    pipeline.fitting.training.fineTuning = FineTuning(
      schedule: LearningRateSchedule(phases: [.init(epochs: 3, rate: 1e-3)]))
    return pipeline
  }

  @Test func theHeadFileHasTheConvolutions() throws {
    let pipeline = try tunedPipeline()
    try pipeline.runAll()
    let file = try HeadFile(pipeline.folder.file("cache/head.weights.h5"))
    let (tail, frozen) = (try #require(file.tail), try #require(file.frozenEpochs))
    #expect(frozen == 3 && file.epochs.count == 6)
    #expect(file.bestEpoch > frozen, "the drawings are learned: \(file.epochs)")
    #expect(file.spec.head.convolutions == ["block2_conv1"])
    #expect(file.spec.features.cut == "block1_pool")
    // What the file says of the validation split is what it predicts for it.
    let valid = try FeatureCache(pipeline.folder.file("cache/valid.h5"))
    let pool = WorkerPool(threads: 2)
    let features = try valid.matrix(for: file.head.architecture, through: tail, pool: pool)
    #expect(file.head.probabilities(of: features, on: pool) == file.validation.probabilities)
    // Keras' names, in a Sequential of the convolution, its pooling and the head.
    let hdf5 = try HDF5File.open(file.path)
    #expect(try hdf5.dataset("layers/conv2d/vars/0").shape == [3, 3, 32, 64])
    #expect(try hdf5.dataset("layers/conv2d/vars/1").read(Float.self) == tail.convolutions[0].bias)
    #expect(try hdf5.exists("layers/max_pooling2d"))
    // The comparison is what the report shows.
    #expect(file.choice?.table.contains { $0.hasPrefix("fine-tuned 3@0.001") } == true)
    #expect(try String(decoding: pipeline.bytes("report.html"), as: UTF8.self).contains("What fine-tuning did"))
    // Nothing of the course is left.
    #expect(try pipeline.names(in: "heads").allSatisfy { $0.hasSuffix(".weights.h5") })
  }

  /// predict takes pictures through the same convolutions as submit takes features.
  @Test func theClassifierTakesThem() throws {
    let pipeline = try tunedPipeline()
    try pipeline.runAll()
    let path = pipeline.folder.file("cache")
    let classifier = try Classifier(contentsOf: path, weights: pipeline.extraction.features.weights)
    let ensemble = try HeadEnsemble(CacheFolder(path))
    let test = try FeatureCache(pipeline.folder.file("cache/test.h5"))
    let pool = WorkerPool(threads: 1)
    let expected = try ensemble.probabilities(on: pool) { _, member in
      try test.matrix(for: member.head.architecture, through: member.tail, pool: pool)
    }
    let row = try String(decoding: pipeline.folder.bytes("data/test.csv"), as: UTF8.self).split(separator: "\n")[1]
    let image = Image(height: 28, width: 28, channels: 1, pixels: row.split(separator: ",").map { UInt8($0)! })
    #expect(try classifier.predict(image).probabilities == Array(expected[..<classifier.classNames.count]))
  }

  @Test func theThreadsDecideNothing() throws {
    let pipeline = try tunedPipeline()
    try pipeline.extract()
    pipeline.fitting.combination.ensemble = 2
    try pipeline.fitHead()
    let bytes = try pipeline.bytes("head.weights.h5")
    for name in ["head.weights.h5", "heads", "history"] { try pipeline.folder.remove("cache/" + name) }
    pipeline.fitting.execution.threads = 1
    try pipeline.fitHead()
    #expect(try pipeline.bytes("head.weights.h5") == bytes)
  }

  /// A rate that spoils everything leaves the head as it was; one that gives no numbers is said.
  @Test func theFrozenHeadIsNeverLost() throws {
    let pipeline = try tunedPipeline()
    pipeline.fitting.training.fineTuning?.schedule = LearningRateSchedule(phases: [.init(epochs: 1, rate: 10)])
    try pipeline.extract()
    do {
      try pipeline.fitHead()
      let file = try HeadFile(pipeline.folder.file("cache/head.weights.h5"))
      #expect(file.bestEpoch <= 3)
      let frozen = try #require(try pipeline.names(in: "heads").first { !$0.contains("tuned") })
      let alone = try HeadFile(pipeline.folder.file("cache/heads/" + frozen))
      #expect(alone.head == file.head && alone.validation.probabilities == file.validation.probabilities)
      #expect(file.choice?.table.contains { $0.hasPrefix("fine-tuned") } == false, "there is nothing to compare")
      #expect(alone.tail == nil && alone.spec.features.cut == "block2_conv1")
    } catch {
      #expect("\(error)".contains("give a lower rate"), "\(error)")
      #expect(try !pipeline.names(in: "heads").isEmpty)
    }
  }

  @Test func anotherCutSaysWhichCommandMakesTheRightOne() throws {
    let pipeline = try tunedPipeline()
    pipeline.extraction.features.layer = nil
    try pipeline.extract()
    #expect {
      try pipeline.fitHead()
    } throws: {
      "\($0)".contains("holds block2_conv1") && "\($0)".contains("extract --layer block4_pool")
    }
  }

  /// A checkpoint that can't be used is said, and the result is the same; `clean` lists one that nobody wants.
  @Test func aCheckpointIsAHelpAndNoMore() throws {
    let pipeline = try tunedPipeline()
    try pipeline.extract()
    try pipeline.fitHead()
    let bytes = try pipeline.bytes("head.weights.h5")
    let tuned = try #require(try pipeline.names(in: "heads").first { $0.contains("tuned") })
    for name in ["head.weights.h5", "heads", "history"] { try pipeline.folder.remove("cache/" + name) }
    let checkpoint = "cache/heads/\(tuned)\(CacheFolder.checkpointSuffix)"
    try pipeline.folder.write(checkpoint, Data("no HDF5".utf8))
    let lines = Mutex<[String]>([])
    let terminal = Terminal(quiet: false) { line in lines.withLock { $0.append(line) } }
    try Cleaning(CacheFolder(pipeline.folder.file("cache")), terminal: terminal).run(removes: false)
    #expect(lines.withLock { $0.contains { $0.contains("of a stopped fine-tuning") } })
    try pipeline.fitHead()
    #expect(try pipeline.bytes("head.weights.h5") == bytes)
    #expect(try pipeline.names(in: "heads").allSatisfy { $0.hasSuffix(".weights.h5") })
  }

  /// Rows beyond the memory limit lie in a scratch file, and decide nothing.
  @Test func dataBeyondMemory() throws {
    let pipeline = try tunedPipeline()
    try pipeline.extract()
    try pipeline.fitHead()
    let bytes = try pipeline.bytes("head.weights.h5")
    for name in ["head.weights.h5", "heads", "history"] { try pipeline.folder.remove("cache/" + name) }
    pipeline.fitting.execution.memory = 0
    try pipeline.fitHead()
    #expect(try pipeline.bytes("head.weights.h5") == bytes)
  }
}
