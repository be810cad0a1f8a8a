import Core
import Foundation
import HDF5
import Synchronization
import Testing

/// What extract says of the data and the weights before it computes anything.
@Suite struct RecognisedTests {
  /// A pipeline over folders of photographs, at a layer with a small output.
  private func photographs() throws -> SmallPipeline {
    let pipeline = try SmallPipeline()
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    pipeline.extraction.features.layer = "block5_pool"
    pipeline.extraction.source.maxSkipped = 0.5
    try Photographs(perClass: 5).write(to: pipeline.folder)
    return pipeline
  }

  /// What a command of extract's prints on both streams, a line each.
  private func extract(_ pipeline: SmallPipeline, _ options: [String]) throws -> (lines: [String], status: Int32?) {
    let folder = pipeline.folder
    let process = try ProgramProcess(
      "extract",
      [
        "--data", folder.file("photographs"), "--cache", folder.file("cache"), "--weights", try SmallPipeline.weights(),
        "--size", "32", "--layer", "block5_pool", "--threads", "2",
      ] + options, log: folder)
    let status = process.wait()
    let lines = process.output.split(separator: "\n").map { String($0).replacing(folder.path + "/", with: "") }
    return (lines, status)
  }

  @Test func dataAndWeightsAreSaidFirstByAllThatReadThem() throws {
    let pipeline = try photographs()
    let data =
      "photographs: train/CLASS, valid/CLASS, test/ · 2 classes: cat 5, dog 5 · 10 training, 6 validation, "
      + "3 test (unlabelled)"
    for mode in [["--explain"], ["--preview"], []] {
      let (lines, status) = try extract(pipeline, mode)
      #expect(status == 0)
      #expect(lines.first == data, "\(mode)")
      #expect(lines.dropFirst().first?.hasPrefix("weights ") == true)
      #expect(lines.dropFirst().first?.hasSuffix(" · caffe preprocessing") == true)
      #expect(lines.dropFirst().first?.contains(": ImageNet (Keras), ") == true)
      #expect(!lines.contains { $0.hasPrefix("warning") }, "\(lines)")
    }
    let asked = try extract(pipeline, ["--explain", "--preprocessing", "torch"]).lines
    #expect(asked.dropFirst().first?.hasSuffix(" · torch preprocessing, as --preprocessing says") == true)
  }

  @Test func rangesWithoutPassesAreSaidToDoNothing() throws {
    let pipeline = try photographs()
    let warnings = try extract(pipeline, ["--explain", "--flip", "--rotation", "5"]).lines.filter {
      $0.hasPrefix("warning")
    }
    #expect(
      warnings == [
        "warning: --rotation, --flip does nothing without passes of augmented images: give --augment N or --test-augment N, too"
      ])
    for option in ["--augment", "--test-augment"] {
      let lines = try extract(pipeline, ["--explain", "--flip", option, "1"]).lines
      #expect(!lines.contains { $0.hasPrefix("warning") }, "\(lines)")
    }
  }

  @Test func whatCameAndWentIsSaid() throws {
    let pipeline = try photographs()
    #expect(try extract(pipeline, ["--limit", "4"]).status == 0)
    func reason(_ options: [String]) throws -> String? {
      try extract(pipeline, ["--explain"] + options).lines.first { $0.hasPrefix("cache/train.h5: to be made") }
    }
    #expect(try reason([])?.contains("to be made: 6 of 10 images are new; 6 images to compute") == true)
    #expect(
      try reason(["--limit", "2"])?.contains("to be made: 2 images of before are not wanted now; 0 images") == true)
  }

  // MARK: - Weights

  /// A cache folder with weight files, by name: links to the fetched file, or others.
  private func withWeights(_ files: [String: Data?], _ pipeline: SmallPipeline) throws {
    let folder = pipeline.folder.file("cache/weights")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, data) in files {
      if let data {
        try data.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      } else {
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/\(name)", withDestinationPath: try SmallPipeline.weights())
      }
    }
  }

  /// What is said of the weights in the cache folder.
  private func weightLines(_ pipeline: SmallPipeline) throws -> (lines: [String], status: Int32?) {
    let folder = pipeline.folder
    let process = try ProgramProcess(
      "extract",
      ["--data", folder.file("photographs"), "--cache", folder.file("cache"), "--size", "32", "--explain"], log: folder)
    let status = process.wait()
    let lines = process.output.split(separator: "\n").map { String($0).replacing(folder.path + "/", with: "") }
    return (lines.filter { $0.contains("cache/weights") }, status)
  }

  @Test func ofSeveralWeightFilesWhichIsTakenIsSaid() throws {
    let pipeline = try photographs()
    try withWeights(["b.bin": nil, "a.bin": nil, "preprocessor.json.part": Data(), "README.md": Data()], pipeline)
    let same = try weightLines(pipeline)
    #expect(same.status == 0)
    #expect(
      same.lines.last
        == "weights cache/weights/a.bin: taken of 2 files: the first of the same weights; cache/weights/b.bin holds the same "
        + "(--weights FILE gives others)")

    // What can't be read is named.
    try withWeights(["0.h5": Data("<html>".utf8)], pipeline)
    let broken = try weightLines(pipeline)
    #expect(broken.status == 0)
    #expect(
      broken.lines.last?.contains("taken of 3 files: the first of the same weights; cache/weights/0.h5: a web page")
        == true)
  }

  @Test func unknownWeightsBesideKnownOnes() throws {
    let pipeline = try photographs()
    try withWeights(["known.onnx": nil, "0.h5": try Self.zeros(.vgg16)], pipeline)
    let taken = try weightLines(pipeline)
    #expect(taken.status == 0)
    #expect(
      taken.lines.last
        == "weights cache/weights/known.onnx: taken of 2 files: these are known; cache/weights/0.h5 holds others, which are not "
        + "known (--weights FILE gives others)")

    try FileManager.default.removeItem(atPath: pipeline.folder.file("cache/weights/known.onnx"))
    try withWeights(["1.h5": try Self.zeros(.vgg19)], pipeline)
    let asked = try weightLines(pipeline)
    #expect(asked.status == 1)
    #expect(asked.lines.last?.hasPrefix("Error: cache/weights/0.h5 (digest ") == true)
    #expect(
      asked.lines.last?.hasSuffix(
        "different weights, of which none is known; give the ones that you mean with --weights FILE")
        == true)
  }

  @Test func unknownWeightsNeedAPreprocessing() throws {
    let pipeline = try photographs()
    try withWeights(["0.h5": try Self.zeros(.vgg16)], pipeline)
    let refused = try weightLines(pipeline)
    #expect(refused.status == 1)
    #expect(
      refused.lines.last?.contains(
        "are not known, and the file does not say what input they want; give --preprocessing") == true)
    // A file beside it may say.
    try withWeights(["preprocessor.json": Data(#"{"config": {"scale": 0.00392156862745098}}"#.utf8)], pipeline)
    let told = try weightLines(pipeline)
    #expect(told.status == 0)
    #expect(
      told.lines.first?.hasSuffix("not known, Keras HDF5 (legacy) · unit preprocessing, as preprocessor.json says")
        == true)
  }

  @Test func weightsThatEndEarly() throws {
    let pipeline = try photographs()
    let cut = Backbone(name: "vgg16", convolutions: Array(Backbone.vgg16.convolutions.prefix(10)))
    let path = try pipeline.folder.write("cut.h5", try Self.zeros(cut))
    let options = ["--weights", path, "--preprocessing", "caffe", "--size", "32"]
    func run(_ layer: [String]) throws -> (lines: [String], status: Int32?) {
      let folder = pipeline.folder
      let process = try ProgramProcess(
        "extract", ["--data", folder.file("photographs"), "--cache", folder.file("cut")] + options + layer, log: folder)
      let status = process.wait()
      return (process.output.split(separator: "\n").map(String.init), status)
    }
    let refused = try run([])
    #expect(refused.status == 1)
    #expect(
      refused.lines.last
        == "Error: these weights end with block4_conv3: give --layer block4_pool, block4_conv3 or one before it, or the weights of "
        + "a whole VGG16")
    #expect(try run(["--layer", "block5_pool"]).status == 1)
    #expect(try run(["--layer", "block4_pool"]).status == 0)
    let features = try HDF5File.open(pipeline.folder.file("cut/train.h5")).dataset("features")
    #expect(features.shape == [10, 2, 2, 512])
  }

  /// A network whose weights were never written, which are zeros and take no room.
  private static func zeros(_ backbone: Backbone) throws -> Data {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).h5").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let file = try HDF5File.create(path)
    try file.setAttribute("backend", "tensorflow")
    try file.setAttribute("layer_names", backbone.convolutions.map(\.name))
    for row in backbone.convolutions {
      let group = try file.createGroup(row.name)
      try group.setAttribute("weight_names", ["kernel", "bias"])
      _ = try group.createDataset("kernel", .float32, shape: [3, 3, row.inputChannels, row.outputChannels])
      _ = try group.createDataset("bias", .float32, shape: [row.outputChannels])
    }
    try file.close()
    return try Data(contentsOf: URL(fileURLWithPath: path))
  }

  @Test func copiesInTwoSplitsOrUnderTwoClassesAreWarnedOf() throws {
    let pipeline = try photographs()
    let photographs = Photographs(perClass: 5)
    let (cat, dog) = (photographs.jpeg("train/cat/cat0.jpg"), photographs.jpeg("train/dog/dog1.jpg"))
    try pipeline.folder.write("photographs/test/copy1.jpg", cat)
    try pipeline.folder.write("photographs/test/copy2.jpg", dog)
    try pipeline.folder.write("photographs/valid/cat/copy.jpg", cat)
    let splits = try extract(pipeline, ["--explain"]).lines.filter { $0.hasPrefix("warning") }
    #expect(
      splits == [
        "warning: 1 of 7 valid images and 2 of 5 test images are copies of images of another split, such as "
          + "valid/cat/copy.jpg of train/cat/cat0.jpg: accuracy will look better than it is; remove them, or, where the "
          + "splits are held out, keep them together: --groups duplicates"
      ])
    for name in ["test/copy1.jpg", "test/copy2.jpg", "valid/cat/copy.jpg"] {
      try FileManager.default.removeItem(atPath: pipeline.folder.file("photographs/" + name))
    }
    try pipeline.folder.write("photographs/train/cat/copy.jpg", dog)
    // Files without a byte are no copies.
    try pipeline.folder.write("photographs/test/empty1.jpg", Data())
    try pipeline.folder.write("photographs/valid/cat/empty2.jpg", Data())
    let classes = try extract(pipeline, ["--explain"]).lines.filter { $0.hasPrefix("warning") }
    #expect(
      classes == [
        "warning: 1 image is there under two classes, such as train/cat/copy.jpg and train/dog/dog1.jpg: remove one of each"
      ])
  }

  @Test func copiesStayTogetherWhereTheyAreAskedTo() throws {
    let pipeline = try photographs()
    let photographs = Photographs(perClass: 5)
    try FileManager.default.removeItem(atPath: pipeline.folder.file("photographs/valid"))
    for label in ["cat", "dog"] {
      for index in 0..<5 {
        let jpeg = photographs.jpeg("train/\(label)/\(label)\(index).jpg")
        for copy in 0..<3 { try pipeline.folder.write("photographs/train/\(label)/copy\(index)-\(copy).jpg", jpeg) }
      }
    }
    let held = ["--explain", "--valid-fraction", "0.4"]
    #expect(try extract(pipeline, held).lines.contains { $0.contains("are copies of images of another split") })
    let (lines, status) = try extract(pipeline, held + ["--groups", "duplicates"])
    #expect(status == 0 && !lines.contains { $0.contains("copies") })
    #expect(lines[0].hasSuffix("24 training, 16 validation (held out), 3 test (unlabelled)"))
  }

  @Test func aLinkThatLeadsNowhereIsSkippedListedAndPredicted() throws {
    let pipeline = try photographs()
    try FileManager.default.createSymbolicLink(
      atPath: pipeline.folder.file("photographs/test/b2.jpg"), withDestinationPath: "gone.jpg")
    let (printed, status) = try extract(pipeline, ["--max-skipped", "0"])
    #expect(status == 1 && printed.last?.hasSuffix(" b2.jpg: a link that leads nowhere") == true, "\(printed)")
    pipeline.submission.form.format = .probabilities
    try pipeline.runAll()
    let lines = String(decoding: try pipeline.bytes("submission.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines.map { $0.prefix { $0 != "," } } == ["id", "a.jpg", "b.jpg", "b2.jpg", "c.jpg"])
    #expect(lines[3] == "b2.jpg,0.5,0.5")
  }

  @Test func withoutAnyValidationImagesNothingIsComputed() throws {
    let pipeline = try photographs()
    #expect(try extract(pipeline, ["--explain", "--valid-fraction", "0"]).status == 0, "there is a folder for them")
    try FileManager.default.removeItem(atPath: pipeline.folder.file("photographs/valid"))
    let (lines, status) = try extract(pipeline, ["--valid-fraction", "0"])
    #expect(status == 1)
    #expect(
      lines.last
        == "Error: photographs: no validation images: --valid-fraction 0 is for data that have a folder valid/ or a valid.csv"
    )
    #expect(!lines.contains { $0.hasPrefix("warning") }, "the error says it: \(lines)")
  }

  @Test func imagesOfTooManyPixelsAreTriedAgainUnderAnotherLimit() throws {
    let pipeline = try photographs()
    let refused = try extract(pipeline, ["--max-pixels", "1199", "--max-skipped", "1"])
    #expect(refused.lines.contains { $0.contains("30×40 pixels: more than the limit of 1199 pixels (--max-pixels)") })
    let (lines, status) = try extract(pipeline, ["--max-pixels", "1200"])
    #expect(status == 0 && lines.contains { $0.hasPrefix("train: 10 images in ") }, "\(lines)")
  }

  @Test func testImagesOfADummyFolderGetBareIds() throws {
    let pipeline = try photographs()
    let test = pipeline.folder.file("photographs/test")
    try FileManager.default.moveItem(atPath: test, toPath: test + "-images")
    try FileManager.default.createDirectory(atPath: test, withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: test + "-images", toPath: test + "/unknown")
    try pipeline.runAll()
    let lines = String(decoding: try pipeline.bytes("submission.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines.map { $0.prefix { $0 != "," } } == ["id", "a.jpg", "b.jpg", "c.jpg"])
  }
}
