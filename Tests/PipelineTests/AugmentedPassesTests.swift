import Core
import Foundation
import HDF5
import Testing

/// Augmented passes in the caches: appended, found again, and averaged over.
@Suite struct AugmentedPassesTests {
  @Test func passesFollowTheImages() throws {
    let plain = try SmallPipeline()
    try plain.extract()
    let pipeline = try augmented(passes: 2)
    try pipeline.extract()
    let (images, all) = (try rows(plain), try rows(pipeline))
    #expect(all.count == 99)
    #expect(Array(all[..<33]) == images)
    #expect(Set(all).count == 99, "every row is another one")
    let train = try HDF5File.open(pipeline.folder.file("cache/train.h5"))
    #expect(try train.dataset("augmentation").read(UInt8.self) == (0..<99).map { UInt8($0 / 33) })
    let names = try train.dataset("filenames").read(String.self)
    #expect(names[..<33] == names[33..<66] && names[..<33] == names[66...])
    let labels = try train.dataset("labels").read(Int32.self)
    #expect(labels[..<33] == labels[33..<66] && labels[..<33] == labels[66...])
    #expect(try pipeline.bytes("test.h5") == plain.bytes("test.h5"))
    #expect(try pipeline.bytes("valid.h5") == plain.bytes("valid.h5"))
    try pipeline.verify()
  }

  @Test func withoutRangesAPassIsTheImageAgain() throws {
    let pipeline = try augmented(passes: 1)
    pipeline.extraction.passes.train.ranges = .none
    try pipeline.extract()
    let all = try rows(pipeline)
    #expect(all[..<33] == all[33...])
  }

  @Test func onlyWhatIsDrawnAnewIsComputed() throws {
    let pipeline = try augmented(passes: 0)
    try pipeline.extract()
    // The second pass is kept where there is only one.
    for (passes, missing) in [(2, 66), (1, 0), (3, 33)] {
      pipeline.extraction.passes.train.count = passes
      #expect(try pipeline.explanation().contains("; \(missing) images to compute, the features of"), "\(passes)")
      try pipeline.extract()
      #expect(try pipeline.explanation().contains("train.h5: up to date (\(33 * (1 + passes)) images)"))
    }
    pipeline.extraction.passes.train.seed = 1
    let explanation = try pipeline.explanation()
    #expect(explanation.contains("seed 0, is now passes 3, ") && explanation.contains("; 99 images to compute"))
    pipeline.extraction.passes.train.seed = 0
    pipeline.extraction.passes.train.ranges.rotation = 20
    #expect(try pipeline.explanation().contains("is now passes 3, rotation 20.0"))
  }

  @Test func howItIsComputedDoesNotMatter() throws {
    let once = try augmented(passes: 2)
    try once.extract()
    let stepwise = try augmented(passes: 1)
    stepwise.extraction.execution.batchSize = 3
    stepwise.extraction.execution.threads = 1
    stepwise.extraction.execution.partLimits.bytes = 1
    try stepwise.extract()
    stepwise.extraction.passes.train.count = 2
    try stepwise.extract()
    #expect(try once.bytes("train.h5") == stepwise.bytes("train.h5"))
  }

  @Test func aBrokenImageIsListedOnce() throws {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 5).write(to: pipeline.folder)
    try pipeline.folder.write("photographs/train/cat/cat2.jpg", Data("no photograph".utf8))
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    pipeline.extraction.source.maxSkipped = 0.1
    pipeline.extraction.passes.train.count = 2
    try pipeline.extract()
    let train = try HDF5File.open(pipeline.folder.file("cache/train.h5"))
    #expect(try train.dataset("skipped").read(String.self).count == 1)
    #expect(try train.dataset("augmentation").read(UInt8.self) == (0..<27).map { UInt8($0 / 9) })
    try pipeline.fitHead()
  }

  @Test func predictionsAreAveragedOverTheTestPasses() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    caches.submission.form.format = .probabilities
    caches.submission.clip = .off
    func rows() throws -> [[Float]] {
      try caches.submit()
      return String(decoding: try caches.bytes("submission.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
        .map { line in line.split(separator: ",").dropFirst().map { Float($0)! } }
    }
    let labels = (0..<30).map { $0 % 3 }
    try caches.write("test", labels: labels, seed: 9)
    let apart = try rows()
    let names = (0..<30).map { "\($0 % 10)" }
    try caches.write("test", labels: labels, passes: (0..<30).map { UInt8($0 / 10) }, names: names, seed: 9)
    caches.submission.augmentedPasses = 0
    #expect(try rows() == Array(apart[..<10]))
    for passes in [2, nil] {
      caches.submission.augmentedPasses = passes
      let averaged = try rows()
      #expect(averaged.count == 10)
      for (image, row) in averaged.enumerated() {
        for (column, p) in row.enumerated() {
          #expect(abs(p - (0..<3).reduce(0) { $0 + apart[$1 * 10 + image][column] } / 3) < 1e-5)
        }
      }
    }
    let record = String(decoding: try caches.bytes("submission.provenance.json"), as: UTF8.self)
    #expect(record.contains("mean over 3 passes; what that does to validation is not known"))
  }

  @Test func theGainOfAveragingIsMeasuredOnTheValidationSplit() throws {
    let pipeline = try augmented(passes: 0)
    pipeline.extraction.passes.testCount = 2
    try pipeline.runAll()
    #expect(try rows(pipeline, "valid").count == 9 && rows(pipeline, "test").count == 30)
    let record = String(decoding: try pipeline.bytes("submission.provenance.json"), as: UTF8.self)
    #expect(record.contains("mean over 3 passes: validation log-loss "))
  }

  @Test func aCacheWhosePassesDoNotFit() throws {
    let caches = try MadeUpCaches()
    try caches.write("train", labels: (0..<30).map { $0 % 3 }, passes: (0..<30).map { UInt8($0 / 20) })
    #expect {
      try caches.fitHead()
    } throws: {
      "\($0)".contains("train.h5: /augmentation is not 0 for all images, then 1 for all of them")
    }
  }

  private func augmented(passes: Int) throws -> SmallPipeline {
    let pipeline = try SmallPipeline()
    pipeline.extraction.passes.train.count = passes
    return pipeline
  }

  private func rows(_ pipeline: SmallPipeline, _ split: String = "train") throws -> [[Float]] {
    let features = try HDF5File.open(pipeline.folder.file("cache/\(split).h5")).dataset("features")
    let values = try features.read(Float.self)
    return stride(from: 0, to: values.count, by: features.rowSize).map { Array(values[$0..<$0 + features.rowSize]) }
  }
}

extension AugmentationRanges {
  /// Nothing is changed.
  fileprivate static var none: AugmentationRanges {
    var ranges = AugmentationRanges()
    ranges.rotation = 0
    ranges.widthShift = 0
    ranges.heightShift = 0
    ranges.shear = 0
    ranges.channelShift = 0
    return ranges
  }
}
