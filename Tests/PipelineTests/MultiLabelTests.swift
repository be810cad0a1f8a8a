import Classification
import Console
import Core
import Datasets
import FeatureStore
import Foundation
import HDF5
import Report
import Stages
import Synchronization
import Testing

/// Pictures of any number of classes, from the table to the submission. Fixtures/check_tags.py lets Keras and ONNX Runtime judge.
@Suite struct MultiLabelTests {
  private static let names = ["bright", "red", "wide"]

  /// Pictures whose tags can be seen: bright, red, wide, in every combination, and none of them.
  private func pipeline(indicators: Bool = false, perTags: Int = 6) throws -> SmallPipeline {
    let pipeline = try SmallPipeline()
    var table = indicators ? "id,bright,red,wide\n" : "image_name,tags\n"
    for row in 0..<8 * perTags {
      let has = (0..<3).map { row >> $0 & 1 == 1 }
      let image = Self.picture(bright: has[0], red: has[1], wide: has[2], seed: UInt64(row))
      let isTest = row >= 6 * perTags
      try pipeline.folder.write("pictures/\(isTest ? "test" : "train")/\(row).png", Data(ImageEncoder.png(image)))
      guard !isTest || row % 2 == 0 else { continue }
      let tags = zip(Self.names, has).filter(\.1).map(\.0)
      // A cell without tags says nothing.
      if indicators {
        table += "\(row),\(has.map { $0 ? "1" : "0" }.joined(separator: ","))\n"
      } else if !tags.isEmpty {
        table += "\(row),\(tags.joined(separator: " "))\n"
      } else {
        table += "\(row),red\n"
      }
    }
    pipeline.extraction.source.path = pipeline.folder.file("pictures")
    pipeline.extraction.source.options.labels = try pipeline.folder.write("tags.csv", Data(table.utf8))
    pipeline.extraction.source.options.isMultiLabel = true
    pipeline.extraction.source.options.validFraction = 0.25
    pipeline.extraction.features.size = 32
    return pipeline
  }

  private static func picture(bright: Bool, red: Bool, wide: Bool, seed: UInt64) -> Image {
    var random = Philox(seed: seed)
    let (height, width) = wide ? (20, 60) : (40, 40)
    let pixels = (0..<height * width).flatMap { place -> [UInt8] in
      let level = UInt8((bright ? 150 : 30) + random.integer(below: 40) + (wide && place % width / 4 % 2 == 0 ? 40 : 0))
      return [level, red ? 0 : level, red ? 0 : level]
    }
    return Image(height: height, width: width, channels: 3, pixels: pixels)
  }

  @Test func theCacheHoldsWhichClassesThereAre() throws {
    let pipeline = try pipeline(indicators: true)
    try pipeline.extract()
    try pipeline.verify()
    let file = try HDF5File.open(pipeline.folder.file("cache/train.h5"))
    #expect(try file.attribute("label_kind", as: String.self) == "multi-label")
    #expect(try file.attribute("schema", as: String.self) == "vgg16-feature-cache/3")
    let cache = try FeatureCache(pipeline.folder.file("cache/train.h5"))
    #expect(try file.dataset("labels").shape == [cache.rowCount, 3] && cache.labelNames == Self.names)
    let (classes, names) = (try cache.classes(), try cache.filenames())
    for (own, name) in zip(classes, names) {
      let row = try #require(Int(name.dropLast(4)))
      #expect(own == (0..<3).filter { row >> $0 & 1 == 1 }.map(Int32.init), "\(name)")
    }
    let test = try FeatureCache(pipeline.folder.file("cache/test.h5"))
    let known = zip(try test.classes(), try test.filenames()).map { ($0 != nil, Int($1.dropLast(4))! % 2 == 0) }
    #expect(known.allSatisfy { $0 == $1 } && known.contains { !$0.0 })
    let values = try HDF5File.open(test.path).dataset("labels").read(Int32.self)
    #expect(Set(values) == [-1, 0, 1])
    // The same images of one class each have another key, and share the features.
    let key = cache.key
    pipeline.extraction.source.options.isMultiLabel = false
    pipeline.extraction.source.options.labelColumn = "red"
    #expect(try pipeline.explanation().contains("labels of an image was any number, is now one"))
    #expect(try pipeline.explanation().contains("0 images to compute"))
    try pipeline.extract()
    let one = try FeatureCache(pipeline.folder.file("cache/train.h5"))
    #expect(one.key != key && !one.isMultiLabel && one.spec.features == cache.spec.features)
  }

  /// The two ways to write the same tags give the same bytes.
  @Test func cellsAndColumnsAreOne() throws {
    let (cells, columns) = (try pipeline(), try pipeline(indicators: true))
    // Of pictures without a tag a cell can't tell.
    let table = try #require(columns.extraction.source.options.labels)
    let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: table)), as: UTF8.self)
    try Data(text.replacing(",0,0,0\n", with: ",0,1,0\n").utf8).write(to: URL(fileURLWithPath: table))
    try cells.extract()
    try columns.extract()
    for split in ["train", "valid", "test"] { #expect(try cells.bytes("\(split).h5") == columns.bytes("\(split).h5")) }
  }

  @Test(arguments: [nil, 3] as [Int?]) func aHeadAnswersByItsThresholds(folds: Int?) throws {
    let pipeline = try pipeline()
    pipeline.fitting.folding = folds.map(Folding.count)
    pipeline.fitting.training.schedules = [LearningRateSchedule(phases: [.init(epochs: 30, rate: 1e-2)])]
    pipeline.fitting.heads.dropouts = [0.2]
    try pipeline.runAll()
    let ensemble = try HeadEnsemble(pipeline.fitting.cache)
    let head = ensemble.file
    #expect(head.spec.head.loss == .binaryCrossEntropy && head.isMultiLabel && ensemble.heads.count == folds ?? 1)
    let tags = try #require(ensemble.validation.truth.tags)
    let thresholds = try #require(head.thresholds)
    #expect(thresholds == TagThresholds(bestFor: ensemble.validation.probabilities, tags: tags))
    guard case .many(let metrics) = ensemble.validation.measures else { throw TestFailure() }
    #expect(metrics.meanF2 > 0.75, "it learns: \(metrics.summary)")
    #expect(head.choice?.summary.contains("F2 ") == true)

    // Every row has the tags whose probability reaches the threshold.
    let test = try FeatureCache(pipeline.folder.file("cache/test.h5"))
    let p = try ensemble.probabilities(on: WorkerPool(threads: 1)) { _, member in
      try test.matrix(for: member.head.architecture, pool: WorkerPool(threads: 1))
    }
    let answers = thresholds.answers(p)
    let expected = try test.filenames().enumerated().map { row, name in
      "\(name),\((0..<3).filter { answers[3 * row + $0] }.map { Self.names[$0] }.joined(separator: " "))"
    }
    let submission = String(decoding: try pipeline.bytes("submission.csv"), as: UTF8.self)
    #expect(submission == (["image_name,tags"] + expected).joined(separator: "\n") + "\n")
    let record = try #require(Sealed<SubmissionRecord>.read(pipeline.fitting.cache.submissionProvenance))
    #expect(record.test == nil && record.results.contains { $0.hasPrefix("test F2 ") && $0.contains("(6 images)") })
    #expect(record.predictions.classCounts == (0..<3).map { label in (0..<12).count { answers[3 * $0 + label] } })

    // The history shows what submit measured.
    let score = try #require(record.testF2)
    #expect(History(pipeline.fitting.cache).tagTest(ofHead: ensemble.key) == score)
    let rows = try printed { try HistoryKeeping(pipeline.fitting.cache, terminal: $0).list() }
    #expect(rows[1].hasPrefix("*  1  pictures  32 "), "\(rows)")
    #expect(rows[1].hasSuffix("  F2 \(score.brief)  in place"), "\(rows)")

    // Again: up to date, to the byte.
    let bytes = try pipeline.bytes("head.weights.h5")
    try pipeline.fitHead()
    #expect(try pipeline.bytes("head.weights.h5") == bytes)
  }

  private struct TestFailure: Error {}

  private func printed(_ body: (Terminal) throws -> Void) rethrows -> [String] {
    let lines = Mutex<[String]>([])
    try body(Terminal(quiet: false) { line in lines.withLock { $0.append(line) } })
    return lines.withLock(\.self)
  }

  @Test func sampleSubmissions() throws {
    let pipeline = try pipeline()
    try pipeline.runAll()
    func submit(_ sample: String, _ format: SubmissionFormat? = nil) throws -> [[String]] {
      pipeline.submission.form.sample = try pipeline.folder.write("sample.csv", Data(sample.utf8))
      pipeline.submission.form.format = format
      try pipeline.submit()
      return String(decoding: try pipeline.bytes("submission.csv"), as: UTF8.self).split(separator: "\n")
        .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    }
    let plain = String(decoding: try pipeline.bytes("submission.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let ids = plain.map { String($0[0].dropLast(4)) }
    let rows = try submit("image_name,tags\n" + ids.reversed().map { "\($0),red;wide\n" }.joined())
    #expect(rows[0] == ["image_name", "tags"] && rows.dropFirst().map { $0[0] } == ids.reversed())
    #expect(rows.dropFirst().map { $0[1] } == plain.reversed().map { $0[1].replacing(" ", with: ";") })
    let columns = try submit("id,wide,bright,red\n" + ids.map { "\($0),0,0,0\n" }.joined(), .labels)
    for (row, own) in zip(columns.dropFirst(), plain) {
      let tags = own[1].split(separator: " ")
      #expect(Array(row.dropFirst()) == ["wide", "bright", "red"].map { tags.contains(Substring($0)) ? "1" : "0" })
    }
    let probabilities = try submit("id,wide,bright,red\n" + ids.map { "\($0),0,0,0\n" }.joined())
    #expect { try submit("image_name,red\n" + ids.map { "\($0),0\n" }.joined()) } throws: {
      "\($0)".hasSuffix("no column is named after the class bright")
    }
    #expect(probabilities.dropFirst().allSatisfy { $0.dropFirst().allSatisfy { $0.contains(".") || $0.contains("e") } })
    #expect { try submit("image_name,tags\n" + ids.map { "\($0),red\n" }.joined(), .probabilities) } throws: {
      "\($0)".hasSuffix("has one column to fill, but there are 3 classes' probabilities")
    }
  }

  @Test func predictAnswersTags() throws {
    let pipeline = try pipeline()
    try pipeline.runAll()
    let rows = String(decoding: try pipeline.bytes("submission.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    func lines(_ form: Predicting.Form, decidedBy decision: DecisionRequest? = nil) throws -> [String] {
      let lines = Mutex<[String]>([])
      try Predicting(
        [pipeline.folder.file("pictures/test")],
        with: HeadSource(pipeline.folder.file("cache"), weights: pipeline.extraction.features.weights), as: form,
        decidedBy: decision, threads: 1, terminal: Terminal(quiet: true) { line in lines.withLock { $0.append(line) } }
      ).run()
      return lines.withLock(\.self)
    }
    let csv = pipeline.folder.file("p.csv")
    let printed = try lines(.init(csv: csv))
    #expect(printed.count == rows.count)
    let table = String(decoding: try pipeline.folder.bytes("p.csv"), as: UTF8.self).split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(table[0] == ["path", "tags", "bright", "red", "wide"])
    let json = try lines(.init(json: true))
    for (row, tags) in rows.enumerated() {
      let expected = Set(tags[1].split(separator: " "))
      #expect(Set(table[row + 1][1].split(separator: " ")) == expected)
      let words = printed[row].split(separator: ": ")[1].split(separator: " · ").map { $0.split(separator: " ")[0] }
      #expect(Set(words) == (expected.isEmpty ? ["no"] : expected))
      let object = try #require(try JSONSerialization.jsonObject(with: Data(json[row].utf8)) as? [String: Any])
      let found = try #require(object["tags"] as? [[String: Any]])
      #expect(Set(found.map { $0["class"] as? String }) == Set(expected.map(String.init)))
      let p = found.compactMap { $0["probability"] as? Double }
      #expect(p == p.sorted(by: >) && object.keys.sorted() == ["path", "tags"])
    }
    #expect { try lines(.init(top: 2)) } throws: { "\($0)".hasPrefix("--top 2: this head answers every tag") }
    #expect { try lines(.init(), decidedBy: DecisionRequest(threshold: 0.4)) } throws: {
      "\($0)".contains("this head has a threshold for each tag")
    }
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    let pipeline = try pipeline()
    try pipeline.extract()
    pipeline.fitting.training.classWeights = .balanced
    #expect { try pipeline.fitHead() } throws: { "\($0)".hasPrefix("--class-weights balanced: ") }
    pipeline.fitting.training.classWeights = .none
    try pipeline.fitHead()
    pipeline.submission.clip = .auto
    #expect { try pipeline.submit() } throws: { "\($0)".hasPrefix("--clip auto: ") }
    pipeline.submission.clip = nil
    #expect {
      try Evaluation(
        of: pipeline.folder.file("pictures"), with: HeadSource(pipeline.folder.file("cache")),
        terminal: Terminal(quiet: true)
      ).run()
    } throws: { "\($0)".hasSuffix("evaluate takes the pictures' tags from a table: --labels FILE --tags") }
    // A head of tags for images of one class.
    pipeline.extraction.source.options.isMultiLabel = false
    try pipeline.extract()
    #expect { try pipeline.submit() } throws: {
      "\($0)".contains("the number of labels of an image is any number in the one and one in the other")
    }
  }

  @Test func theReportShowsTags() throws {
    let pipeline = try pipeline()
    try pipeline.runAll()
    let page = String(decoding: try pipeline.bytes("report.html"), as: UTF8.self)
    for part in [
      "is the mean F2 of", "mean average precision", "<h2 id=\"classes\">Tags</h2>", "Greatest loss", "--tags",
      "dense 3 sigmoid", "test F2 ", "is the mean F2 of 6 test images", "<h2 id=\"calibration\">",
      "Share that is right over probability of a tag", "href=\"#calibration\"", "<h2 id=\"attention\">",
      "What counts for the most probable of the tags that are answered", ">F2</th>", "macro F2",
    ] {
      #expect(page.contains(part), "\(part)")
    }
    for part in ["id=\"confusions\"", "href=\"#confusions\"", "Share that is right over greatest probability", "{{"] {
      #expect(!page.contains(part), "\(part)")
    }
    let thresholds = try #require(try HeadFile(pipeline.fitting.cache.head).thresholds)
    for value in thresholds.values { #expect(page.contains(String(format: "%.2f", Double(value)))) }
  }

  // MARK: - Pictures whose tags are known

  private func evaluate(
    _ pipeline: SmallPipeline, _ table: String, folder: String = "pictures/test", areTags: Bool = true,
    completion: (EvaluatedFolder) throws -> Void = { _ in }
  ) throws -> [String] {
    let lines = Mutex<[String]>([])
    var options = DatasetOptions()
    options.labels = try pipeline.folder.write("known.csv", Data(table.utf8))
    options.isMultiLabel = areTags
    try Evaluation(
      of: pipeline.folder.file(folder), labels: options,
      with: HeadSource(pipeline.folder.file("cache"), weights: pipeline.extraction.features.weights), threads: 1,
      terminal: Terminal(quiet: false) { line in lines.withLock { $0.append(line) } }
    ).run(completion: completion)
    return lines.withLock(\.self)
  }

  /// What submit measures of the test images that the table of training lists, evaluate measures, too, by the same table.
  @Test func evaluateMeasuresWhatSubmitDoes() throws {
    let pipeline = try pipeline()
    try pipeline.runAll()
    let table = try #require(pipeline.extraction.source.options.labels)
    let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: table)), as: UTF8.self)
    var evaluated: EvaluatedFolder?
    let lines = try evaluate(pipeline, text) { evaluated = $0 }
    let found = try #require(evaluated)
    guard case .many(let metrics) = found.measures else { throw TestFailure() }
    let record = try #require(Sealed<SubmissionRecord>.read(pipeline.fitting.cache.submissionProvenance))
    #expect(record.results.contains("test \(metrics.summary)") && metrics.count == 6)
    let thresholds = try #require(try HeadFile(pipeline.fitting.cache.head).thresholds)
    #expect(lines.contains { $0.hasPrefix("\(metrics.summary) · F1 ") })
    #expect(lines.contains { $0.hasSuffix("known.csv: does not list 6 pictures of \(found.path): left out") })
    #expect(lines.contains { $0.hasSuffix("known.csv: 36 rows name no picture of \(found.path): left out") })
    let rows = metrics.table(labelNames: Self.names, thresholds: thresholds)
    #expect(rows[0].contains("average precision") && rows.count == 4)
    for row in rows { #expect(lines.contains { line in row.allSatisfy(line.contains) }, "\(row)") }

    try EvaluationReport(pipeline.fitting.cache, path: nil, threads: 1, terminal: Terminal(quiet: true)).write(found)
    let page = String(decoding: try pipeline.bytes("evaluation.html"), as: UTF8.self)
    for part in [
      "is the mean F2 of 6 pictures", "Greatest loss", "data:image/", "<h2 id=\"classes\">Tags</h2>", "macro F2",
      "which other images chose", "Share that is right over probability of a tag",
    ] {
      #expect(page.contains(part), "\(part)")
    }
    for part in ["id=\"confusions\"", "Images of each tag", "{{"] { #expect(!page.contains(part), "\(part)") }
  }

  @Test func evaluateTellsWhatItLeavesOut() throws {
    let pipeline = try pipeline()
    try pipeline.runAll()
    var evaluated: EvaluatedFolder?
    // Number 36 has a tag alone that the head does not know, 38 none at all, and of 40 nothing is known.
    let table = "id,tags\n36,green\n37,red green\n38,;\n39,bright\n40,\n"
    let lines = try evaluate(pipeline, table) { evaluated = $0 }
    let found = try #require(evaluated)
    let tags = (0..<3).map { found.predictions.truth.classes(ofRow: $0) }
    #expect(tags == [[1], [], [0]] && found.pictures.map { $0.suffix(6) } == ["37.png", "38.png", "39.png"])
    #expect(lines.contains { $0.hasSuffix(": 3 pictures: bright 1, red 1, no tag 1; none of wide") }, "\(lines)")
    #expect(lines.contains { $0.hasSuffix("known.csv: 1 image has no class here, or NaN: left out") })
    guard case .many(let metrics) = found.measures else { throw TestFailure() }
    #expect(metrics.classes[2].averagePrecision == nil)
    #expect { try evaluate(pipeline, "id,tags\n36,green\n37,blue green\n") } throws: {
      "\($0)".hasSuffix("known.csv: no picture has a tag that the head knows (bright, red, wide)")
    }
    #expect { try evaluate(pipeline, "id,tags\n36,red\n", areTags: false) } throws: {
      "\($0)".contains("answers any number of tags: give --tags, too")
    }
    #expect { try evaluate(pipeline, "id,tags\nx,red\ny,bright red\n") } throws: {
      "\($0)".contains("line 2: no column names a picture: found 'x'")
    }
    #expect { try evaluate(pipeline, "id,tags\n36,\n37,\n38,red bright\n", folder: "nothing") } throws: {
      "\($0)".hasSuffix("/nothing: no such file or folder")
    }
  }

  /// A table tells the classes of a head of one class, too.
  @Test func evaluateByATableOfClasses() throws {
    let pipeline = try pipeline()
    let table = "id,label\n" + (0..<48).map { "\($0),\($0 & 2 == 0 ? "grey" : "red")\n" }.joined()
    pipeline.extraction.source.options.labels = try pipeline.folder.write("classes.csv", Data(table.utf8))
    pipeline.extraction.source.options.isMultiLabel = false
    try pipeline.runAll()
    let record = try #require(Sealed<SubmissionRecord>.read(pipeline.fitting.cache.submissionProvenance))
    var evaluated: EvaluatedFolder?
    _ = try evaluate(pipeline, table, areTags: false) { evaluated = $0 }
    #expect(evaluated?.predictions.accuracy == record.test && record.test?.count == 12)
    #expect { try evaluate(pipeline, table, areTags: true) } throws: { "\($0)".hasPrefix("--tags: ") }
    #expect { try evaluate(pipeline, "id,label\n36,red\n37,green\n", areTags: false) } throws: {
      "\($0)".hasSuffix("known.csv: green is no class of the head, which knows grey, red")
    }
  }

  /// Of a test picture that can't be decoded nothing is known but how frequent tags are: for that the head's thresholds are
  /// none.
  @Test(arguments: [SubmissionFormat.labels, .probabilities])
  func picturesThatCanNotBeDecoded(_ format: SubmissionFormat) throws {
    let pipeline = try pipeline()
    for row in ["40", "46"] { try pipeline.folder.write("pictures/test/\(row).png", Data("no picture".utf8)) }
    pipeline.extraction.source.maxSkipped = 0.5
    pipeline.submission.form.format = format
    try pipeline.runAll()
    let head = try HeadFile(pipeline.fitting.cache.head)
    let tags = try #require(head.validation.truth.tags)
    let blind = TagThresholds.blindAnswer(prior: head.classPrior, tags: tags)
    let lines = String(decoding: try pipeline.bytes("submission.csv"), as: UTF8.self).split(separator: "\n")
    let record = try #require(Sealed<SubmissionRecord>.read(pipeline.fitting.cache.submissionProvenance))
    let names = (0..<3).filter { blind[$0] }.map { Self.names[$0] }
    for row in ["40", "46"] {
      let fields =
        format == .labels ? names.joined(separator: " ") : head.classPrior.map { "\($0)" }.joined(separator: ",")
      #expect(lines.contains("\(row).png,\(fields)"), "\(lines)")
    }
    let said =
      format == .labels
      ? "2 images that can't be decoded are answered \(names.isEmpty ? "no tag" : names.joined(separator: ", ")), the best "
        + "answer for the validation images if nothing is known of them"
      : "2 images that can't be decoded get each class's share of the training images"
    #expect(record.results.contains(said), "\(record.results)")
    #expect(record.rows == 12 && record.results.contains { $0.hasPrefix("test F2 ") && $0.contains("(4 images)") })
  }

  /// Test images of another run, whose labels are of other classes, are none of the report's.
  @Test func theReportLeavesOutOtherTestImages() throws {
    let (pipeline, other) = (try pipeline(), try pipeline())
    let table = try #require(other.extraction.source.options.labels)
    let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: table)), as: UTF8.self)
    try Data(text.replacing("red", with: "red yellow").utf8).write(to: URL(fileURLWithPath: table))
    try pipeline.extract()
    try other.extract()
    _ = try pipeline.folder.write("cache/test.h5", other.bytes("test.h5"))
    try pipeline.fitHead()
    let page = String(decoding: try pipeline.bytes("report.html"), as: UTF8.self)
    #expect(page.contains("is the mean F2 of") && !page.contains("<th scope=\"col\" class=\"number\">test</th>"))
  }

  /// A tag of a single image is no reason not to judge the others.
  @Test func tagsOfOneFoldAreFolded() throws {
    let pipeline = try pipeline()
    let table = try #require(pipeline.extraction.source.options.labels)
    var rows = String(decoding: try Data(contentsOf: URL(fileURLWithPath: table)), as: UTF8.self).split(separator: "\n")
    rows[1] += " rare"
    try Data(rows.map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: table))
    try pipeline.extract()
    let cache = pipeline.fitting.cache
    let images = try LabelledImages(
      train: FeatureCache(cache.features(of: .train)), valid: FeatureCache(cache.features(of: .valid)))
    #expect(
      try Folds(.count(3), of: images, seed: 1).warning
        == "1 tag is in one fold alone, such as rare: judged by heads that never saw an image of it")
    pipeline.fitting.folding = .count(3)
    try pipeline.fitHead()
    #expect(try HeadEnsemble(cache).validation.count == images.count)
  }

  /// What explains nothing is not written, and what is explained was answered.
  @Test func explanationsAreOfWhatIsAnswered() throws {
    let pipeline = try pipeline()
    try pipeline.runAll()
    func explain(_ picture: String) throws -> [String] {
      let lines = Mutex<[String]>([])
      try Predicting(
        [pipeline.folder.file("pictures/test/\(picture)")],
        with: HeadSource(pipeline.folder.file("cache"), weights: pipeline.extraction.features.weights),
        as: .init(explanation: pipeline.folder.file("e.png")), threads: 1,
        terminal: Terminal(quiet: false) { line in lines.withLock { $0.append(line) } }
      ).run()
      return lines.withLock(\.self)
    }
    let rows = String(decoding: try pipeline.bytes("submission.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    for row in rows {
      guard row[1].isEmpty else {
        let said = try #require(try explain(row[0]).first { $0.contains("what counts for ") })
        let tag = said.split(separator: "what counts for ")[1].split(separator: ",")[0]
        #expect(row[1].split(separator: " ").contains(tag), "\(row): \(said)")
        continue
      }
      #expect { try explain(row[0]) } throws: { "\($0)".contains("so there is none to explain") }
    }
  }

  @Test func inspectJudgesEveryTagApart() throws {
    let pipeline = try pipeline(perTags: 12)
    pipeline.fitting.training.schedules = [LearningRateSchedule(phases: [.init(epochs: 30, rate: 1e-2)])]
    pipeline.fitting.heads.dropouts = [0.2]
    pipeline.fitting.folding = .count(3)
    try pipeline.extract()
    try pipeline.fitHead()
    try Inspection(of: pipeline.fitting.cache, threads: 2, terminal: Terminal(quiet: true) { _ in }).run()
    let lines = String(decoding: try pipeline.bytes("suspects.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",").map(String.init) }.filter { $0[2] == "label" }
    // Eight combinations of which one, without any tag, was called red.
    #expect(!lines.isEmpty)
    for line in lines {
      let tag = try #require(line[4].split(separator: " ").last.map(String.init))
      #expect(line[4] == (line[3].split(separator: " ").contains(Substring(tag)) ? "without \(tag)" : "with \(tag)"))
    }
  }

  /// Tags that are drawn look wrong nearly everywhere: a person can't look at all of them.
  @Test func asManyTagsAreSuspectedAsAPersonCanLookAt() throws {
    let pipeline = try pipeline()
    var random = Philox(seed: 5)
    let tags = (0..<150).map { "tag\($0)" }
    var table = "id," + tags.joined(separator: ",") + "\n"
    for row in 0..<36 {
      let own = tags.map { _ in random.integer(below: 2) == 0 ? "0" : "1" }
      table += "\(row)," + own.joined(separator: ",") + "\n"
    }
    pipeline.extraction.source.options.labels = try pipeline.folder.write("drawn.csv", Data(table.utf8))
    pipeline.fitting.training.schedules = [LearningRateSchedule(phases: [.init(epochs: 20, rate: 1e-2)])]
    pipeline.fitting.heads.dropouts = [0]
    pipeline.fitting.folding = .count(3)
    try pipeline.extract()
    try pipeline.fitHead()
    let lines = try printed { try Inspection(of: pipeline.fitting.cache, threads: 2, terminal: $0).run() }
    let title = try #require(lines.first { $0.contains("looks wrong") || $0.contains("look wrong") })
    let found = try #require(Int(title.prefix { $0 != " " }.replacing(",", with: "")))
    #expect(found > 1000)
    #expect(
      title.hasSuffix(
        " labels that look wrong, the likeliest 1,000 of them in the table; mend these, and look again"), "\(title)")
    let rows = String(decoding: try pipeline.bytes("suspects.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",").map(String.init) }.filter { $0[2] == "label" }
    let scores = try rows.map { try #require(Double($0[5])) }
    #expect(rows.count == 1000 && scores == scores.sorted())
    // An image is there once for each of its tags that looks wrong.
    #expect(Set(rows.map { $0[0] + $0[4] }).count == 1000)
  }

  /// Copies of a picture may have other tags, which is another thing than other classes.
  @Test func copiesWithOtherTagsAreCalledThat() throws {
    let pipeline = try pipeline()
    let picture = try pipeline.folder.bytes("pictures/train/6.png")
    try pipeline.folder.write("pictures/train/100.png", picture)
    let table = try #require(pipeline.extraction.source.options.labels)
    var text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: table)), as: UTF8.self)
    let own = try #require(text.split(separator: "\n").first { $0.hasPrefix("6,") })
    #expect(own == "6,red wide")
    func extractWarnings(_ tags: String) throws -> [String] {
      try Data((text + "100,\(tags)\n").utf8).write(to: URL(fileURLWithPath: table))
      let lines = Mutex<[String]>([])
      let terminal = Terminal(quiet: true, errors: { line in lines.withLock { $0.append(line) } }, output: { _ in })
      try pipeline.extraction.extraction(terminal).run()
      return lines.withLock(\.self).filter { $0.contains("with other tags") || $0.contains("two classes") }
    }
    #expect(try extractWarnings("wide red") == [])
    let warnings = try extractWarnings("wide")
    #expect(warnings.count == 1)
    let line = try #require(warnings.first)
    #expect(
      line.contains("1 image is there with other tags, such as ") && line.hasSuffix(": remove one of each"), "\(line)")
    #expect(line.contains("/6.png") && line.contains("/100.png"), "\(line)")
    pipeline.fitting.folding = .count(3)
    try pipeline.fitHead()
    let inspected = try printed { try Inspection(of: pipeline.fitting.cache, threads: 2, terminal: $0).run() }
    let title = try #require(inspected.first { $0.contains("of other images, to the last byte") })
    #expect(
      title.hasPrefix("1 copy of other images, to the last byte (") && title.hasSuffix("1 with other tags)"), "\(title)"
    )
    text += "101,bright\n"
    try pipeline.folder.write("pictures/train/101.png", picture)
    let more = try extractWarnings("wide")
    #expect(more.first?.contains("2 images are there with other tags, such as ") == true, "\(more)")
  }

  @Test func passesEnsemblesAndPseudoLabelsTakeTags() throws {
    let pipeline = try pipeline()
    pipeline.extraction.passes.train.count = 1
    pipeline.extraction.passes.testCount = 1
    pipeline.fitting.combination = HeadCombination(
      ensemble: 2, pseudoLabelling: try PseudoLabelling(parsing: "test"))
    pipeline.fitting.heads.dropouts = [0.2, 0.5]
    pipeline.fitting.learningCurve = true
    pipeline.fitting.training.labelSmoothing = 0.1
    try pipeline.runAll()
    let head = try HeadFile(pipeline.fitting.cache.head)
    #expect(head.choice?.members.count == 2 && head.choice?.comparisons.count == 4)
    #expect(
      head.choice?.comparisons.allSatisfy { $0.columns.contains("F2") && !$0.columns.contains("accuracy") } == true)
    #expect(try HeadEnsemble(pipeline.fitting.cache).heads.count == 2)
  }
}
