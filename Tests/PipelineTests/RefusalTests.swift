import FeatureStore
import Foundation
import HDF5
import Testing

/// Bad input is refused in one line that names the file and the fix, and leaves nothing half-written.
@Suite struct RefusalTests {
  @Test func missingWeights() throws {
    let pipeline = try SmallPipeline()
    pipeline.extraction.features.weights = pipeline.folder.file("none.onnx")
    expectRefusal("none.onnx") { try pipeline.extract() }
  }

  @Test func theSampleDoesNotTakeThePlaceOfOtherData() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    let before = try pipeline.bytes("train.h5")
    pipeline.extraction.source.path = nil
    expectRefusal("has the features of \(pipeline.folder.file("data")); give --data again (mnist-5k for the sample)") {
      try pipeline.extract()
    }
    #expect(try pipeline.bytes("train.h5") == before)
  }

  @Test func corruptWeights() throws {
    let pipeline = try SmallPipeline()
    let whole = try Data(contentsOf: URL(fileURLWithPath: SmallPipeline.weights()))
    pipeline.extraction.features.weights = try pipeline.folder.write("cut.onnx", whole.prefix(whole.count / 2))
    expectRefusal("cut.onnx") { try pipeline.extract() }
    #expect(try pipeline.names() == [])
  }

  @Test func imagesTooSmall() throws {
    let pipeline = try SmallPipeline()
    (pipeline.extraction.features.size, pipeline.extraction.features.network) = (31, nil)
    expectRefusal("--size 31: VGG16 halves its input five times, so --size must be at least 32") {
      try pipeline.extract()
    }
  }

  @Test func anUnwritableCacheFolder() throws {
    let pipeline = try SmallPipeline()
    pipeline.extraction.cache = CacheFolder(try pipeline.folder.write("file", Data()) + "/cache")
    expectRefusal("--cache") { try pipeline.extract() }
  }

  @Test func noCaches() throws {
    let pipeline = try SmallPipeline()
    expectRefusal("run ./pipeline.sh extract first") { try pipeline.fitHead() }
    expectRefusal("run ./pipeline.sh extract first") { try pipeline.submit() }
  }

  @Test func noHead() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    expectRefusal("run ./pipeline.sh fit-head first") { try pipeline.submit() }
  }

  @Test(arguments: [0.0, 0.1, 0.5, 0.99])
  func aTruncatedCache(share: Double) throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    let whole = try pipeline.bytes("train.h5")
    try pipeline.folder.write("cache/train.h5", whole.prefix(Int(Double(whole.count) * share)))
    expectRefusal("train.h5") { try pipeline.fitHead() }
    #expect(try !pipeline.names().contains { $0.hasPrefix("head") })
  }

  @Test func aDamagedCache() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    var bytes = try pipeline.bytes("train.h5")
    bytes[bytes.count / 3] ^= 1
    try pipeline.folder.write("cache/train.h5", bytes)
    expectRefusal("train.h5") { try pipeline.fitHead() }
  }

  @Test func cachesOfDifferentSizes() throws {
    let (small, large) = (try SmallPipeline(), try SmallPipeline())
    large.extraction.features.size = 48
    try small.extract()
    try large.extract()
    try small.folder.write("cache/valid.h5", try large.bytes("valid.h5"))
    expectRefusal("input size is 32x32 in the one and 48x48 in the other") { try small.fitHead() }
  }

  @Test func aHeadOfOtherFeatures() throws {
    let (small, large) = (try SmallPipeline(), try SmallPipeline())
    large.extraction.features.size = 48
    try small.runAll()
    try large.extract()
    try small.folder.write("cache/test.h5", try large.bytes("test.h5"))
    expectRefusal("input size is 32x32 in the one and 48x48 in the other") { try small.submit() }
  }

  private func expectRefusal(_ words: String, _ body: () throws -> Void) {
    do {
      try body()
      Issue.record("was not refused: expected \(words)")
    } catch {
      let line = "\(error)"
      #expect(line.contains(words))
      #expect(!line.contains("\n"), "one line")
    }
  }
}
