import Core
import Datasets
import Foundation
import HDF5
import Testing

/// What is said where something was done that does no good, or not all of it.
@Suite struct EverydayTests {
  /// Runs a stage's program on made-up caches.
  private func run(_ program: String, _ options: [String], in folder: TemporaryFolder) throws -> String {
    let process = try ProgramProcess(
      program, ["--cache", folder.file("cache"), "--threads", "2"] + options, log: folder)
    #expect(process.wait() == 0, "\(process.output)")
    return process.output.replacing(folder.path + "/", with: "")
  }

  /// A head that is right of all 18 validation images, and sure of it, has not shown that it is wrong less than once in 20.
  @Test func autoClipsNoHigherThanTheImagesCanTell() throws {
    let caches = try MadeUpCaches()
    caches.fitting.training.schedules[0] = try #require(LearningRateSchedule("80@3e-2"))
    caches.fitting.heads.designs = [.hidden([64])]
    caches.fitting.heads.dropouts = [0]
    try caches.write("valid", labels: (0..<18).map { $0 % 3 }, seed: 1)
    try caches.fitHead()
    let output = try run("submit", ["--format", "probabilities"], in: caches.folder)
    #expect(output.contains("clipped at 0.95: validation log-loss "), "\(output)")
  }

  @Test func passesThatMakeValidationWorse() throws {
    let caches = try MadeUpCaches()
    // In the passes each image looks like one of the next class.
    let passes = [UInt8](repeating: 0, count: 18) + [UInt8](repeating: 1, count: 18)
    try caches.write(
      "valid", labels: (0..<36).map { $0 % 3 }, truth: (0..<36).map { ($0 + $0 / 18) % 3 }, passes: passes, seed: 2)
    caches.fitting.training.augmentedPasses = 0
    try caches.fitHead()
    let warning =
      "warning: the augmented passes make validation worse; --augmented-passes 0 predicts by the images themselves alone"
    #expect(try run("submit", [], in: caches.folder).contains(warning))
    #expect(try !run("submit", ["--augmented-passes", "0"], in: caches.folder).contains(warning))
  }

  @Test(arguments: [0, 1]) func validationThatFlattersTheHead(shift: Int) throws {
    let caches = try MadeUpCaches()
    caches.fitting.training.schedules[0] = try #require(LearningRateSchedule("80@3e-2"))
    caches.fitting.heads.designs = [.hidden([64])]
    caches.fitting.heads.dropouts = [0]
    let classes = (0..<18).map { $0 % 3 }
    try caches.write("valid", labels: classes, seed: 1)
    try caches.write("test", labels: classes.map { ($0 + shift) % 3 }, truth: classes, seed: 2)
    try caches.fitHead()
    let output = try run("submit", [], in: caches.folder)
    #expect(output.contains("warning: the test accuracy lies below the interval of validation's, 1") == (shift == 1))
  }

  @Test func aSubmissionOfAnotherHeadIsSaidToBeOutOfDate() throws {
    let caches = try MadeUpCaches()
    let line = "cache/submission.csv: is out of date, another head's; run ./pipeline.sh submit"
    let options = ["--schedule", "2@1e-2", "--batch-size", "8"]
    #expect(try !run("fit-head", options, in: caches.folder).contains(line))
    _ = try run("submit", [], in: caches.folder)
    #expect(try !run("fit-head", options, in: caches.folder).contains(line))
    #expect(try run("fit-head", options + ["--dropout", "0.1"], in: caches.folder).contains(line))
    _ = try run("submit", [], in: caches.folder)
    #expect(try !run("fit-head", options + ["--dropout", "0.1"], in: caches.folder).contains(line))
  }

  /// A test split whose classes are known is no competition's.
  @Test func theUploadIsOfACompetition() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    #expect(try !run("submit", [], in: caches.folder).contains("Upload it"))
    let sample = try caches.folder.write(
      "sample.csv", Data(("id,label\n" + (1...12).map { "\($0),a\n" }.joined()).utf8))
    let output = caches.folder.file("my submission's.csv")
    let asked = try run("submit", ["--sample-submission", sample, "--output", output], in: caches.folder)
    #expect(
      asked.contains(
        #"kaggle competitions submit -c COMPETITION -f 'my submission'\''s.csv' -m 'VGG16 conv features'"#),
      "\(asked)")
    try caches.write("test", labels: [-1, -1, -1], seed: 5)
    #expect(try run("submit", [], in: caches.folder).contains("-f cache/submission.csv -m"))
  }

  /// Parts are written every five seconds; what has come together since is kept, too.
  @Test func anInterruptKeepsWhatIsComputed() throws {
    let folder = try TemporaryFolder()
    try Photographs(perClass: 300).write(to: folder)
    let options = ["--part-seconds", "1000", "--size", "64"]
    // How long a start takes depends on what else the machine does.
    for wait in [1.5, 2.5, 4, 6, 9] {
      try? FileManager.default.removeItem(atPath: folder.file("cache"))
      let process = try ExtractProcess(in: folder, options)
      Thread.sleep(forTimeInterval: wait)
      process.signal(SIGINT)
      guard process.wait() == 130, let kept = process.output.firstMatch(of: /stopped: train: ([0-9]+) of 600 images/),
        let count = Int(kept.1), count > 0
      else { continue }
      #expect(try folder.names(in: "cache/train.parts").contains("000001.h5"))
      let again = try ExtractProcess(in: folder, options + ["--explain"])
      #expect(again.wait() == 0)
      #expect(
        again.output.contains("\(600 - count) images to compute, the features of \(count) are there"), "\(again.output)"
      )
      let whole = try ExtractProcess(in: folder, options)
      #expect(whole.wait() == 0)
      let bytes = try folder.bytes("cache/train.h5")
      try FileManager.default.removeItem(atPath: folder.file("cache"))
      #expect(try ExtractProcess(in: folder, options).wait() == 0)
      #expect(try folder.bytes("cache/train.h5") == bytes)
      return
    }
    Issue.record("no run was interrupted in time")
  }

  /// What was too large for one limit need not be for another.
  @Test func imagesSkippedForTheirSizeAreTriedAgain() throws {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 5).write(to: pipeline.folder)
    let large = Image(height: 60, width: 60, channels: 3, pixels: [UInt8](repeating: 7, count: 10_800))
    try pipeline.folder.write("photographs/train/cat/large.png", Data(try ImageEncoder.png(large)))
    try pipeline.folder.write("photographs/test/broken.jpg", Data("no picture".utf8))
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    pipeline.extraction.source.options.limits = ImageLimits(pixels: 2000)
    pipeline.extraction.source.maxSkipped = 0.2
    #expect { try pipeline.extract() } throws: { "\($0)".contains("test: 1 of 4 images can't be decoded") }
    pipeline.extraction.source.options.limits = ImageLimits()
    pipeline.extraction.source.maxSkipped = 0.5
    try pipeline.extract()
    #expect(try HDF5File.open(pipeline.folder.file("cache/train.h5")).dataset("skipped").count == 0)
    #expect(try HDF5File.open(pipeline.folder.file("cache/train.h5")).dataset("features").shape[0] == 11)
  }

  /// Rows of images that are too large now are not taken over, and what a lower limit leaves is what a new folder gets.
  @Test func imagesBeyondALowerLimitAreSkipped() throws {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 5).write(to: pipeline.folder)
    let large = Image(height: 60, width: 60, channels: 3, pixels: [UInt8](repeating: 7, count: 10_800))
    try pipeline.folder.write("photographs/train/cat/large.png", Data(try ImageEncoder.png(large)))
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    pipeline.extraction.source.maxSkipped = 0.2
    let names = ["train.h5", "valid.h5", "test.h5"]
    func extract(_ limits: ImageLimits) throws -> [Data] {
      pipeline.extraction.source.options.limits = limits
      try pipeline.extract()
      return try names.map(pipeline.bytes)
    }
    let lower = ImageLimits(pixels: 2000)
    let usual = try extract(ImageLimits())
    pipeline.extraction.source.options.limits = lower
    #expect(
      try pipeline.explanation().contains(
        "largest picture was 178,956,970 pixels, is now 2,000 pixels; rows made under a higher limit are computed again, for some may be of larger images; "
          + "11 images to compute"))
    let limited = try extract(lower)
    #expect(try HDF5File.open(pipeline.folder.file("cache/train.h5")).dataset("features").shape[0] == 10)
    #expect(try HDF5File.open(pipeline.folder.file("cache/train.h5")).dataset("skipped").count == 1)
    // Going back and forth computes nothing, and loses nothing.
    #expect(try extract(ImageLimits()) == usual)
    pipeline.extraction.source.options.limits = lower
    #expect(try pipeline.explanation().contains("0 images to compute, the features of 10 are there"))
    #expect(try extract(lower) == limited)
    try FileManager.default.removeItem(atPath: pipeline.folder.file("cache"))
    #expect(try extract(lower) == limited)
  }
}
