import Console
import Core
import Datasets
import FeatureStore
import Foundation
import HDF5
import Stages
import Synchronization
import Testing

/// Caches that version 0.2.0 wrote (schema 2), of eighteen drawings: Fixtures/make_earlier_cache.sh built it and let it write
/// them. Nothing of theirs is computed again, nothing is lost, and no other stage takes them for today's.
@Suite struct EarlierCacheTests {
  private static let caches = ["train", "valid", "test"]

  /// The drawings, and what 0.2.0 left in the cache folder.
  private func pipeline() throws -> SmallPipeline {
    let pipeline = try drawings()
    try FileManager.default.createDirectory(atPath: pipeline.folder.file("cache"), withIntermediateDirectories: true)
    for name in Self.caches {
      let url = try #require(Bundle.module.url(forResource: "Fixtures/earlier_\(name)", withExtension: "h5"))
      try pipeline.folder.write("cache/\(name).h5", Data(contentsOf: url))
    }
    return pipeline
  }

  private func drawings() throws -> SmallPipeline {
    let pipeline = try SmallPipeline(.published)
    try SmallPipeline.writeData(seed: 1, trainRows: 18, testRows: 3, to: pipeline.folder)
    pipeline.extraction.features.layer = "block5_pool"
    return pipeline
  }

  private func bytes(_ pipeline: SmallPipeline) throws -> [Data] {
    try Self.caches.map { try pipeline.bytes($0 + ".h5") }
  }

  private func fresh() throws -> [Data] {
    let fresh = try drawings()
    try fresh.extract()
    return try bytes(fresh)
  }

  private static let folder = ProcessInfo.processInfo.environment["FEATURE_CACHE_DRAWINGS"]

  /// For the script that makes the fixtures.
  @Test(.enabled(if: folder != nil)) func drawingsAreWritten() throws {
    let pipeline = try drawings()
    try FileManager.default.copyItem(atPath: pipeline.folder.file("data"), toPath: Self.folder!)
    withExtendedLifetime(pipeline) {}
  }

  @Test func theyAreWhatTheVersionBeforeWrote() throws {
    let pipeline = try pipeline()
    for name in Self.caches {
      let file = try HDF5File.open(pipeline.folder.file("cache/\(name).h5"))
      #expect(try file.attribute("schema", as: String.self) == "vgg16-feature-cache/2")
      #expect(try file.attribute("created_by", as: String.self) == "vgg16-feature-cache 0.2.0")
      #expect(try !file.hasAttribute("specification"))
    }
  }

  @Test func theirRowsAreTakenOver() throws {
    let pipeline = try pipeline()
    let explanation = try pipeline.explanation()
    for (name, count) in zip(Self.caches, [15, 3, 3]) {
      #expect(
        explanation.contains(
          "\(name).h5: to be made: an earlier version wrote it (schema vgg16-feature-cache/2); 0 images to compute, the "
            + "features of \(count) are there"))
    }
    try pipeline.extract()
    #expect(try bytes(pipeline) == fresh())
    #expect(try !pipeline.names().contains("kept"), "what is taken over is not kept")
  }

  @Test func rowsThatAreMadeOtherwiseAreNotTakenOver() throws {
    let pipeline = try pipeline()
    pipeline.extraction.features.preprocessing = .torch
    #expect(try !pipeline.explanation().contains("are there"))
  }

  @Test func otherFeaturesFirst() throws {
    let pipeline = try pipeline()
    pipeline.extraction.features.size = 48
    try pipeline.extract()
    #expect(try pipeline.names(in: "kept").count == 3)
    try pipeline.verify()
    #expect(try listing(pipeline).contains { $0.contains("32    block5_pool  float32") })
    pipeline.extraction.features.size = 32
    try pipeline.extract()
    #expect(try bytes(pipeline) == fresh())
    #expect(try pipeline.names(in: "kept").count == 3, "now those of the other size")
    #expect(try !listing(pipeline).contains { $0.contains("32    block5_pool") })
  }

  @Test func cleaningTellsWhatTheyAre() throws {
    let pipeline = try pipeline()
    pipeline.extraction.features.size = 48
    try pipeline.extract()
    let lines = Mutex<[String]>([])
    let terminal = Terminal(quiet: false) { line in lines.withLock { $0.append(line) } }
    try Cleaning(pipeline.extraction.cache, terminal: terminal).run(removes: true)
    #expect(lines.withLock { $0.count { $0.hasPrefix("features of an earlier version") } } == 3)
    #expect(try !pipeline.names().contains("kept"))
  }

  @Test func otherStagesRefuseThem() throws {
    let pipeline = try pipeline()
    let words = "of schema vgg16-feature-cache/2, written by another version"
    #expect { try pipeline.fitHead() } throws: { "\($0)".contains(words) && "\($0)".contains("extract again") }
  }

  /// A picture that versions before 0.4.0 read otherwise has another content address, so that no row of theirs is its.
  @Test func picturesThatAreReadOtherwise() throws {
    let image = Image(height: 2, width: 2, channels: 3, pixels: [UInt8](0..<12))
    let png = try ImageEncoder.png(image)
    #expect(ContentDigest(ofImage: png) == ContentDigest(of: png))
    let pixmap = Array("P6 2 2 255\n".utf8) + image.pixels
    #expect(ContentDigest(ofImage: pixmap) != ContentDigest(of: pixmap))
  }

  private func listing(_ pipeline: SmallPipeline) throws -> [String] {
    let lines = Mutex<[String]>([])
    let terminal = Terminal(quiet: false) { line in lines.withLock { $0.append(line) } }
    try HistoryKeeping(pipeline.extraction.cache, terminal: terminal).list()
    return lines.withLock(\.self)
  }
}
