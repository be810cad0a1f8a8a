import FeatureStore
import Foundation
import HDF5
import Stages
import Testing

/// Changes lead to exactly the work that they need, and to the bytes of a run from nothing.
@Suite struct ReuseTests {
  @Test func oneChangedImageIsComputedAlone() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    try swapDrawings(7, in: pipeline, with: SmallPipeline(seed: 2))
    let explanation = try pipeline.explanation()
    #expect(explanation.contains("1 of 33 images changed; 1 image to compute, the features of 32 are there"))
    try expectFreshBytes(pipeline)
  }

  @Test func anotherSplitComputesNothing() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    pipeline.extraction.source.options.seed = 5
    #expect(try pipeline.explanation().contains("; 0 images to compute"))
    try expectFreshBytes(pipeline)
  }

  @Test func anotherCompressionComputesNothing() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    pipeline.extraction.storage = FeatureStorage(type: .float16, compression: .none)
    #expect(try pipeline.explanation().contains("is now float16, uncompressed, fletcher32; 0 images to compute"))
    try expectFreshBytes(pipeline)
    // But what was rounded can't be made whole again: where the exact ones are not kept, they are computed.
    try FileManager.default.removeItem(atPath: pipeline.folder.file("cache/kept"))
    pipeline.extraction.storage = FeatureStorage(type: .float32, compression: .deflate)
    #expect(try pipeline.explanation().contains("; 33 images to compute"))
    try expectFreshBytes(pipeline)
  }

  @Test func anotherSizeComputesAll() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    pipeline.extraction.features.size = 48
    #expect(try pipeline.explanation().contains("input size was 32x32, is now 48x48; 33 images to compute"))
    try expectFreshBytes(pipeline)
  }

  @Test func explainWritesNothing() throws {
    let pipeline = try SmallPipeline()
    #expect(try pipeline.explanation().contains("train.h5: to be made: it is not there yet; 33 images to compute"))
    #expect(throws: (any Error).self) { try pipeline.names() }
  }

  /// The rows of the train split come from many parts; where they begin and end leaves no trace.
  @Test(arguments: [1, 1 << 20, 1 << 30])
  func whereAPartEndsDoesNotMatter(bytes: Int) throws {
    let pipeline = try SmallPipeline()
    pipeline.extraction.features.layer = .init("block3_conv3")!
    pipeline.extraction.execution.partLimits.bytes = bytes
    try expectFreshBytes(pipeline)
  }

  @Test func aDamagedRowIsComputedAgain() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    let whole = try pipeline.bytes("train.h5")
    var damaged = whole
    damaged[damaged.count / 3] ^= 1
    try pipeline.folder.write("cache/train.h5", damaged)
    #expect { try pipeline.verify() } throws: {
      "\($0)".contains("/features: rows 0 to 32 are damaged") && "\($0)".contains("extract --repair")
    }
    pipeline.extraction.execution.repair = true
    #expect(try pipeline.explanation().contains("rows 0 to 32 are damaged"))
    #expect(try pipeline.explanation().contains("; 33 images to compute"))
    try pipeline.extract()
    #expect(try pipeline.bytes("train.h5") == whole)
    try pipeline.verify()
  }

  // MARK: - Parts

  /// Runs the extraction and compares the caches with those of the same extraction in an empty folder.
  private func expectFreshBytes(_ pipeline: SmallPipeline) throws {
    try pipeline.extract()
    let fresh = try SmallPipeline()
    fresh.extraction = pipeline.extraction
    fresh.extraction.cache = CacheFolder(fresh.folder.file("cache"))
    fresh.extraction.execution.partLimits = Extraction.Execution().partLimits
    try fresh.extract()
    for name in ["train.h5", "valid.h5", "test.h5"] {
      #expect(try pipeline.bytes(name) == fresh.bytes(name), "\(name)")
    }
    #expect(try pipeline.names().filter { $0 != "kept" } == ["test.h5", "train.h5", "valid.h5"])
  }

  /// Replaces a line of train.csv by that of other drawings.
  private func swapDrawings(_ line: Int, in pipeline: SmallPipeline, with other: SmallPipeline) throws {
    func lines(_ pipeline: SmallPipeline) throws -> [Substring] {
      String(decoding: try pipeline.folder.bytes("data/train.csv"), as: UTF8.self).split(separator: "\n")
    }
    var changed = try lines(pipeline)
    changed[line] = try lines(other)[line]
    try pipeline.folder.write("data/train.csv", Data((changed.joined(separator: "\n") + "\n").utf8))
  }
}
