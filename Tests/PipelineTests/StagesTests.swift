import Core
import FeatureStore
import Foundation
import HDF5
import Testing

/// From drawings to a submission.
@Suite struct StagesTests {
  @Test func extractWritesTheSchema() throws {
    let pipeline = try SmallPipeline(.published)
    try pipeline.extract()
    #expect(try pipeline.names() == ["test.h5", "train.h5", "valid.h5"], "no parts and no half-written files are left")

    let train = try HDF5File.open(pipeline.folder.file("cache/train.h5"))
    let features = try train.dataset("features")
    #expect(features.elementType == .float32)
    #expect(features.shape == [33, 2, 2, 512])
    #expect(try features.dimensionLabels == ["N", "H", "W", "C"])
    #expect(features.filters == [.deflate(level: 1), .fletcher32])
    #expect(try features.read(Float.self).allSatisfy { $0 >= 0 && $0.isFinite })
    #expect(try train.dataset("label_names").read(String.self) == ["0", "1", "2"])
    #expect(try train.dataset("filenames").read(String.self).count == 33)
    let labels = try train.dataset("labels").read(Int32.self)
    #expect((0..<3).map { label in labels.count { $0 == label } } == [11, 11, 11], "the split is stratified")
    #expect(try train.dataset("digests").shape == [33, 32])
    #expect(try train.dataset("skipped").shape == [0])
    for name in try train.memberNames {
      #expect(try train.dataset(name).filters.contains(.fletcher32), "\(name) has a checksum")
    }
    #expect(try train.dataset("augmentation").read(UInt8.self) == [UInt8](repeating: 0, count: 33))
    for name in [
      "schema", "created_by", "layer", "input_size", "preprocessing", "resize", "weights_digest", "weights_source",
      "manifest_digest", "augmentation", "storage", "specification", "features_key", "key", "complete",
    ] {
      #expect(try train.hasAttribute(name), "attribute \(name)")
    }
    #expect(try train.attribute("layer", as: String.self) == "block5_conv3")
    #expect(
      try train.attribute("weights_digest", as: String.self)
        == "d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd")

    let test = try HDF5File.open(pipeline.folder.file("cache/test.h5"))
    #expect(try test.dataset("labels").read(Int32.self) == [Int32](repeating: -1, count: 10), "unknown")
    #expect(try test.dataset("filenames").read(String.self) == (1...10).map(String.init))
  }

  @Test func batchSizeAndThreadsDoNotMatter() throws {
    let whole = try SmallPipeline()
    try whole.extract()
    let single = try SmallPipeline()
    single.extraction.execution.batchSize = 1
    single.extraction.execution.threads = 1
    try single.extract()
    for name in ["train.h5", "valid.h5", "test.h5"] {
      #expect(
        try whole.bytes(name) == single.bytes(name),
        "\(name) has the same bytes whatever the batch size and the threads")
    }
  }

  @Test func submitWritesARowForEveryTestImage() throws {
    let pipeline = try SmallPipeline()
    try pipeline.runAll()
    let lines = String(decoding: try pipeline.bytes("submission.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines.first == "ImageId,Label")
    #expect(lines.dropFirst().map { $0.split(separator: ",")[0] } == (1...10).map { "\($0)" })
    #expect(lines.dropFirst().allSatisfy { ["0", "1", "2"].contains($0.split(separator: ",")[1]) })
  }

  @Test func probabilitiesSumToOne() throws {
    let pipeline = try SmallPipeline()
    pipeline.submission.form.format = .probabilities
    try pipeline.runAll()
    let lines = String(decoding: try pipeline.bytes("submission.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines.first == "id,0,1,2")
    for line in lines.dropFirst() {
      let sum = line.split(separator: ",").dropFirst().map { Float($0)! }.reduce(0, +)
      #expect(abs(sum - 1) < 1e-5)
    }
  }

  @Test func theSameRunGivesTheSameBytes() throws {
    let (first, second) = (try SmallPipeline(), try SmallPipeline())
    try first.runAll()
    second.fitting.execution.threads = 1
    try second.runAll()
    for name in try first.names() where name.contains(".") && !name.hasSuffix(".json") {
      #expect(try first.bytes(name) == second.bytes(name), "\(name)")
    }
  }

  @Test func float16FeaturesAreRoundedFloat32Features() throws {
    let (single, half) = (try SmallPipeline(), try SmallPipeline())
    half.extraction.storage = FeatureStorage(type: .float16, compression: .none)
    try single.extract()
    try half.extract()
    let expected = try HDF5File.open(single.folder.file("cache/test.h5")).dataset("features").read(Float.self)
    let features = try HDF5File.open(half.folder.file("cache/test.h5")).dataset("features")
    #expect(features.elementSize == 2)
    #expect(try features.read(Float.self) == expected.map { Float(HalfPrecision($0)) })
    try half.fitHead()
    try half.submit()
  }

  @Test func anyLayerCanBeCutAndFitted() throws {
    let pipeline = try SmallPipeline()
    pipeline.extraction.features.layer = "block4_pool"
    try pipeline.runAll()
    let features = try HDF5File.open(pipeline.folder.file("cache/valid.h5")).dataset("features")
    #expect(features.shape == [3, 2, 2, TinyNetwork.channels])
  }
}

/// What is up to date is left alone, and what is not is made again.
@Suite struct RerunTests {
  @Test func aSecondRunChangesNothing() throws {
    let pipeline = try SmallPipeline()
    try pipeline.runAll()
    let before = try modificationDates(in: pipeline)
    pipeline.extraction.execution.batchSize = 3
    pipeline.extraction.execution.threads = 1
    try pipeline.runAll()
    #expect(try modificationDates(in: pipeline) == before)
  }

  @Test func anotherDropoutLeavesTheCachesAlone() throws {
    let pipeline = try SmallPipeline()
    try pipeline.runAll()
    let (before, head) = (try modificationDates(in: pipeline), try pipeline.bytes("head.weights.h5"))
    pipeline.fitting.heads.dropouts = [0.6]
    try pipeline.runAll()
    let after = try modificationDates(in: pipeline)
    for name in ["train.h5", "valid.h5", "test.h5"] { #expect(before[name] == after[name], "\(name)") }
    #expect(try pipeline.bytes("head.weights.h5") != head)
    #expect(before["submission.csv"] != after["submission.csv"])
  }

  @Test func changedImagesAreExtractedAgain() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    let before = try pipeline.bytes("train.h5")
    try pipeline.writeData(seed: 2)
    try pipeline.extract()
    #expect(try pipeline.bytes("train.h5") != before)
  }

  private func modificationDates(in pipeline: SmallPipeline) throws -> [String: Date] {
    try Dictionary(
      uniqueKeysWithValues: pipeline.names().map { name in
        let path = pipeline.folder.file("cache/" + name)
        return (name, try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as! Date)
      })
  }
}
