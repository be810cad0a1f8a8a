import Console
import Core
import FeatureStore
import Foundation
import Report
import Stages
import Synchronization
import Testing

/// A head is judged by a folder of pictures whose classes are known.
@Suite struct EvaluationTests {
  private func trained() throws -> SmallPipeline {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 12).write(to: pipeline.folder)
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    pipeline.extraction.features.size = 40
    try pipeline.runAll()
    return pipeline
  }

  private func evaluate(
    _ pipeline: SmallPipeline, _ folder: String, completion: (EvaluatedFolder) throws -> Void = { _ in }
  ) throws -> [String] {
    let head = HeadSource(pipeline.folder.file("cache"), weights: pipeline.extraction.features.weights)
    let lines = Mutex<[String]>([])
    try Evaluation(
      of: pipeline.folder.file(folder), with: head, threads: 2,
      terminal: Terminal(quiet: false) { line in lines.withLock { $0.append(line) } }
    ).run(completion: completion)
    return lines.withLock(\.self)
  }

  /// The validation split's own pictures give the measures that fit-head found.
  @Test func theSamePicturesGiveTheSameMeasures() throws {
    let pipeline = try trained()
    let head = try HeadFile(pipeline.folder.file("cache/head.weights.h5"))
    let valid = try FeatureCache(pipeline.folder.file("cache/valid.h5"))
    for name in try valid.filenames() {
      let picture = try pipeline.folder.bytes("photographs/valid/" + name)
      try pipeline.folder.write("known/" + name, picture)
    }
    try pipeline.folder.write("known/cat/broken.jpg", Data("no picture".utf8))
    var evaluated: EvaluatedFolder?
    let lines = try evaluate(pipeline, "known") { evaluated = $0 }
    let found = try #require(evaluated)
    #expect(found.predictions.metrics.confusion == head.validation.metrics.confusion)
    #expect(abs(found.predictions.metrics.logLoss - head.validation.metrics.logLoss) < 1e-6)
    #expect(found.cautions.count == 1 && found.cautions[0].contains("are among those that the head was chosen by"))
    #expect(found.unreadable.count == 1 && found.unreadable[0].contains("broken.jpg: "))
    #expect(
      lines[0].contains("pictures: cat ") && lines[1].hasPrefix("accuracy ") && lines[1].contains("95 % interval"))
    #expect(lines.dropFirst(3).first?.contains("true") == true && lines.count == 6, "\(lines)")

    let page = EvaluationReport(
      pipeline.fitting.cache, path: nil, threads: 2, terminal: Terminal(quiet: true))
    try page.write(found)
    let html = String(decoding: try pipeline.bytes("evaluation.html"), as: UTF8.self)
    for part in [
      "data:image/", "Most confident and right", "Confusions", "broken.jpg", "95 % interval", "chosen by",
    ] {
      #expect(html.contains(part), "\(part)")
    }
    #expect(!html.contains("{{") && !html.contains("Validation images"))
  }

  /// Heads of folds were trained on all images; and what can't be known any more is said, not passed over.
  @Test func whatTheHeadHasSeen() throws {
    let pipeline = try trained()
    pipeline.fitting.folding = .count(2)
    try pipeline.fitHead()
    let valid = try FeatureCache(pipeline.folder.file("cache/valid.h5")).filenames()
    for name in valid {
      try pipeline.folder.write("known/" + name, pipeline.folder.bytes("photographs/valid/" + name))
    }
    var cautions: [String] = []
    _ = try evaluate(pipeline, "known") { cautions = $0.cautions }
    #expect(
      cautions.count == 1
        && cautions[0].contains(
          "\(valid.count) of \(valid.count) pictures are among those that the head was trained on"),
      "\(cautions)")
    // The head knows, whatever becomes of the caches.
    let said = cautions
    pipeline.extraction.source.options.limit = 6
    pipeline.extraction.execution.discard = true
    try pipeline.extract()
    _ = try evaluate(pipeline, "known") { cautions = $0.cautions }
    #expect(cautions == said)
    for head in [pipeline.fitting.cache.head]
      + (try pipeline.names(in: "heads").map(pipeline.fitting.cache.head(named:)))
    {
      try forgetImages(ofHead: head)
    }
    _ = try evaluate(pipeline, "known") { cautions = $0.cautions }
    #expect(
      cautions.count == 1
        && cautions[0].contains("whether the head was trained on some of these pictures can't be told"),
      "\(cautions)")
  }

  @Test func aPageDoesNotTakeAPicturesPlace() throws {
    let pipeline = try trained()
    let picture = try pipeline.folder.bytes("photographs/train/cat/cat0.jpg")
    try pipeline.folder.write("known/cat/a.jpg", picture)
    let page = EvaluationReport(
      pipeline.fitting.cache, path: pipeline.folder.file("known/cat/a.jpg"), threads: 2, terminal: Terminal(quiet: true)
    )
    let head = HeadSource(pipeline.folder.file("cache"), weights: pipeline.extraction.features.weights)
    let evaluation = Evaluation(
      of: pipeline.folder.file("known"), with: head, threads: 2, terminal: Terminal(quiet: true))
    #expect {
      try evaluation.run(preparation: page.check(inputs:), completion: page.write)
    } throws: {
      "\($0)".contains("would take the place of")
    }
    #expect(try pipeline.folder.bytes("known/cat/a.jpg") == picture)
  }

  /// As scikit-learn's mean, it counts a class that has no images where one was taken for it.
  @Test func aMeanOverClassesOfWhichSomeHaveNoImages() {
    let metrics = ClassificationMetrics(probabilities: [0.9, 0.1, 0, 0.2, 0.8, 0], labels: [0, 0], classes: 3)
    #expect(metrics.macroF1Summary == "0.333 (images of 1 of 3 classes; others that are answered count as 0)")
    let all = ClassificationMetrics(probabilities: [0.9, 0.1, 0.2, 0.8], labels: [0, 1], classes: 2)
    #expect(all.macroF1Summary == "1.000")
  }

  @Test func whatIsNoFolderOfClasses() throws {
    let pipeline = try trained()
    #expect { try evaluate(pipeline, "photographs") } throws: {
      "\($0)".contains("test/, train/, valid/ are no classes of the head, which knows cat, dog")
    }
    try pipeline.folder.write("empty/cat/notes.txt", Data())
    #expect { try evaluate(pipeline, "empty") } throws: { "\($0)".hasSuffix("no pictures in its folders") }
    #expect { try evaluate(pipeline, "photographs/train/cat") } throws: { "\($0)".contains("no folders here") }
    #expect { try evaluate(pipeline, "nothing") } throws: { "\($0)".hasSuffix("/nothing: no such file or folder") }
    try pipeline.folder.write("broken/cat/a.jpg", Data("no picture".utf8))
    #expect { try evaluate(pipeline, "broken") } throws: { "\($0)".hasSuffix("none of its pictures can be read") }
  }
}
