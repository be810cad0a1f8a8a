import Core
import Foundation
import HDF5
import Testing

/// Images that can't be decoded are skipped and listed, within bounds; and a run that stops is gone on with.
@Suite struct SkippedImageTests {
  /// Two classes of 160 photographs for training, so that the train split has three parts, and a few for the others.
  static let photographsPerClass = 160
  /// Lies in the second part.
  static let broken = "dog/dog0.jpg"

  @Test func aBrokenImageIsSkippedListedAndPredictedByThePrior() throws {
    let pipeline = try photographs(brokenTestImage: true)
    pipeline.submission.form.format = .probabilities
    pipeline.extraction.source.maxSkipped = 0.5
    try pipeline.runAll()
    let test = try HDF5File.open(pipeline.folder.file("cache/test.h5"))
    #expect(try test.dataset("filenames").read(String.self) == ["a.jpg", "c.jpg"])
    let skipped = try test.dataset("skipped").read(String.self)
    #expect(skipped.count == 1 && skipped[0].contains("b.jpg"))
    let lines = String(decoding: try pipeline.bytes("submission.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines.map { $0.prefix { $0 != "," } } == ["id", "a.jpg", "b.jpg", "c.jpg"])
    #expect(lines[2] == "b.jpg,0.5,0.5", "the share of each class among the training images")
  }

  @Test func moreThanMaxSkippedStopsTheRunAndARerunGoesOn() throws {
    let undisturbed = try photographs(brokenTrainImage: true)
    try undisturbed.extract()

    let stopped = try photographs(brokenTrainImage: true)
    stopped.extraction.source.maxSkipped = 0
    #expect {
      try stopped.extract()
    } throws: {
      "\($0)".contains("--max-skipped") && "\($0)".contains(Self.broken)
    }
    #expect(try stopped.folder.names(in: "cache/train.parts") == ["000001.h5"], "what was done is kept")
    #expect(try stopped.names() == ["train.parts"])
    let firstPart = try partDate(stopped)

    // Leftovers of a killed run do no harm, and the parts that are there are used.
    try stopped.folder.write("cache/train.parts/000002.h5.writing", Data("half a part".utf8))
    try stopped.folder.write("cache/train.h5.writing", Data("half a file".utf8))
    try stopped.folder.write("cache/train.parts/000003.h5", Data("not a part".utf8))
    stopped.extraction.source.maxSkipped = 0.01
    #expect(try partDate(stopped) == firstPart)
    try stopped.extract()
    for name in ["train.h5", "valid.h5", "test.h5"] {
      #expect(try stopped.bytes(name) == undisturbed.bytes(name), "\(name) is as if nothing had happened")
    }
    #expect(try stopped.names() == ["test.h5", "train.h5", "valid.h5"])
  }

  @Test func onlyBrokenImagesAreLeft() throws {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 5).write(to: pipeline.folder)
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    pipeline.extraction.source.maxSkipped = 0.1
    try pipeline.extract()
    try pipeline.folder.write("photographs/train/cat/broken.jpg", Data("no picture".utf8))
    try pipeline.extract()
    let train = try HDF5File.open(pipeline.folder.file("cache/train.h5"))
    #expect(try train.dataset("features").shape[0] == 10)
    let skipped = try train.dataset("skipped").read(String.self)
    #expect(skipped.count == 1 && skipped[0].contains("\"reason\":\"not a JPEG"), "\(skipped)")
  }

  @Test func rowsAfterASkippedImageAreThoseOfTheirImages() throws {
    let (whole, broken) = (try photographs(), try photographs(brokenTrainImage: true))
    try whole.extract()
    try broken.extract()
    let names = try names(whole)
    let left = try #require(names.firstIndex(of: Self.broken))
    #expect(try self.names(broken) == names.filter { $0 != Self.broken })
    var expected = try features(whole)
    expected.removeSubrange(left * TinyNetwork.channels..<(left + 1) * TinyNetwork.channels)
    #expect(try features(broken) == expected)
  }

  private func names(_ pipeline: SmallPipeline) throws -> [String] {
    try HDF5File.open(pipeline.folder.file("cache/train.h5")).dataset("filenames").read(String.self)
  }

  private func features(_ pipeline: SmallPipeline) throws -> [Float] {
    try HDF5File.open(pipeline.folder.file("cache/train.h5")).dataset("features").read(Float.self)
  }

  private func partDate(_ pipeline: SmallPipeline) throws -> Date {
    let path = pipeline.folder.file("cache/train.parts/000001.h5")
    return try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as! Date
  }

  // MARK: - Photographs

  /// A pipeline over folders of JPEG files, at a layer with a small output and in small chunks.
  private func photographs(brokenTrainImage: Bool = false, brokenTestImage: Bool = false) throws -> SmallPipeline {
    let pipeline = try SmallPipeline()
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    pipeline.extraction.features.layer = "block5_pool"
    pipeline.extraction.storage.chunkBytes = 16 * TinyNetwork.channels * 4
    pipeline.extraction.execution.partLimits.bytes = 128 * TinyNetwork.channels * 4
    try Photographs(perClass: Self.photographsPerClass).write(to: pipeline.folder)
    if brokenTrainImage { try pipeline.folder.write("photographs/train/\(Self.broken)", Data("no picture".utf8)) }
    if brokenTestImage { try pipeline.folder.write("photographs/test/b.jpg", Data("no picture".utf8)) }
    return pipeline
  }
}
