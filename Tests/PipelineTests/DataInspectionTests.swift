import Console
import Core
import Datasets
import FeatureStore
import Foundation
import Stages
import Synchronization
import Testing

/// `inspect`, and what `extract --drop` and `--relabel` make of its table.
@Suite struct DataInspectionTests {
  private func inspected(_ caches: MadeUpCaches) throws -> (rows: [[String]], printed: String) {
    let lines = Mutex<[String]>([])
    try Inspection(
      of: caches.fitting.cache, threads: 2,
      terminal: Terminal(quiet: true) { line in lines.withLock { $0.append(line) } }
    ).run()
    let rows = try String(decoding: caches.bytes("suspects.csv"), as: UTF8.self).split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    return (rows, lines.withLock { $0.joined(separator: "\n") })
  }

  @Test func labelsThatLookWrong() throws {
    let caches = try MadeUpCaches()
    // What images 5 and 20 show is another class than they are said to be of.
    let labels = (0..<120).map { $0 % 3 }
    let truth = labels.enumerated().map { [5, 20].contains($0) ? ($1 + 1) % 3 : $1 }
    try caches.write("train", labels: labels, truth: truth)
    caches.fitting.folding = .count(5)
    caches.fitting.training.schedules = [LearningRateSchedule(phases: [.init(epochs: 40, rate: 1e-2)])]
    try caches.fitHead()
    let head = try caches.bytes("head.weights.h5")
    let (rows, printed) = try inspected(caches)
    #expect(rows[0] == ["path", "split", "problem", "given", "suggested", "score"])
    // What the chosen head's folds predict for images that they were trained without.
    let predictions = try HeadEnsemble(caches.fitting.cache).validation
    let names = (1...120).map { ("train", "\($0)") } + (1...18).map { ("valid", "\($0)") }
    let wrong = rows.filter { $0[2] == "label" && $0[1] != "test" }
    #expect(
      !wrong.isEmpty
        && wrong.map { $0[1] + $0[0] } == LabelIssues.rows(of: predictions).map { names[$0].0 + names[$0].1 })
    for (row, image) in zip(wrong, LabelIssues.rows(of: predictions)) {
      let p = Array(predictions.probabilities[image * 3..<(image + 1) * 3])
      #expect(row[3] == caches.labelNames[predictions.labels[image]])
      #expect(row[4] == caches.labelNames[p.indices.max { p[$0] < p[$1] }!] && row[4] != row[3])
      #expect(abs(Double(row[5])! - Double(p[predictions.labels[image]])) <= 5e-5)
    }
    #expect(printed.contains("1 label that looks wrong, the likeliest first\n  "))
    #expect(try inspected(caches).rows == rows)
    #expect(try caches.bytes("head.weights.h5") == head)
  }

  /// The folds' heads have seen none of the test images: what they predict in the mean judges those whose class is known.
  @Test func labelsOfTestImages() throws {
    let caches = try MadeUpCaches()
    let labels = (0..<60).map { $0 % 3 }
    let truth = labels.enumerated().map { $0 == 7 ? ($1 + 1) % 3 : $1 }
    try caches.write("train", labels: (0..<120).map { $0 % 3 })
    try caches.write("test", labels: labels, truth: truth, seed: 3)
    caches.fitting.folding = .count(5)
    caches.fitting.training.schedules = [LearningRateSchedule(phases: [.init(epochs: 40, rate: 1e-2)])]
    try caches.fitHead()
    let (rows, _) = try inspected(caches)
    let wrong = rows.filter { $0[2] == "label" && $0[1] == "test" }
    let pool = WorkerPool(threads: 1)
    let p = try HeadEnsemble(caches.fitting.cache).probabilities(on: pool) { _, member in
      try FeatureCache(caches.fitting.cache.features(of: .test)).matrix(for: member.head.architecture, pool: pool)
    }
    let found = LabelIssues.rows(of: Predictions(probabilities: p, labels: labels))
    #expect(found.contains(7) && wrong.map { $0[0] } == found.map { "\($0 + 1)" })
    for (row, image) in zip(wrong, found) {
      #expect(abs(Double(row[5])! - Double(p[image * 3 + labels[image]])) <= 5e-5)
    }

    // What nobody says can't be wrong; what the others are said to be is judged without them.
    let known = labels.enumerated().map { $0 % 2 == 1 ? $1 : -1 }
    try caches.write("test", labels: known, truth: truth, seed: 3)
    let tested = try inspected(caches).rows.filter { $0[2] == "label" && $0[1] == "test" }.map { Int($0[0])! - 1 }
    #expect(tested.contains(7) && tested.allSatisfy { $0 % 2 == 1 })

    try caches.write("test", labels: labels, seed: 3, badRow: 4)
    #expect { try inspected(caches) } throws: { "\($0)".contains("test.h5: the features of row 4") }
  }

  /// Many steps are more than judging takes; a schedule that somebody chose is followed all the same.
  @Test func theUsualScheduleIsShortened() throws {
    let caches = try MadeUpCaches()
    try caches.write("train", labels: (0..<1200).map { $0 % 3 })
    caches.fitting.training.schedules = TrainingRequest().schedules
    try caches.fitHead()
    let lines = Mutex<[String]>([])
    try Inspection(
      of: caches.fitting.cache, threads: 2,
      terminal: Terminal(quiet: false) { line in lines.withLock { $0.append(line) } }
    ).run()
    // 1,218 · 4/5 rows are 122 batches of 8.
    let folds = try caches.heads().filter { $0.contains("-fold") }
    #expect(try folds.allSatisfy { try HeadFile(caches.fitting.cache.head(named: $0)).epochs.count == 2500 / 122 })
    #expect(folds.count == 5)
    #expect(
      lines.withLock { $0.joined() }
        .contains("cosine:20@0.003 (20 epochs instead of 55 are enough to judge by)"))
  }

  /// The features' means over height and width, by the definition.
  @Test func channelMeans() throws {
    let caches = try MadeUpCaches()
    let cache = try FeatureCache(caches.fitting.cache.features(of: .train))
    let means = try cache.channelMeans(pool: WorkerPool(threads: 2))
    #expect(means.count == 36)
    for (row, mean) in means.enumerated() {
      let features = try cache.row(row)
      let expected = (0..<8).map { channel in (0..<4).reduce(Float(0)) { $0 + features[$1 * 8 + channel] } / 4 }
      #expect(zip(mean, expected).allSatisfy { abs($0 - $1) < 1e-6 } && mean.count == 8)
    }
  }

  /// Where there are no folds, heads of some are trained and kept; none of them is chosen.
  @Test func foldsAreMadeWhereThereAreNone() throws {
    let caches = try MadeUpCaches()
    let (rows, _) = try inspected(caches)
    #expect(!FileManager.default.fileExists(atPath: caches.fitting.cache.head))
    let heads = try caches.heads()
    #expect(heads.count == 5 && heads.allSatisfy { $0.contains("-fold") })
    let bytes = try heads.map { try caches.bytes("heads/" + $0) }
    #expect(try inspected(caches).rows == rows)
    #expect(try caches.heads().map { try caches.bytes("heads/" + $0) } == bytes)
  }

  /// Against the definition, by hand: of class 0 two rows are surely of class 1, of which one is said to be of it by a hair.
  @Test func confidentLearning() {
    func rows(_ p: [[Float]], _ labels: [Int]) -> [Int] {
      LabelIssues.rows(of: Predictions(probabilities: p.flatMap { $0 }, labels: labels))
    }
    let p: [[Float]] = [[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7], [0.05, 0.95]]
    #expect(rows(p, [0, 0, 1, 1, 1, 0]) == [5])
    // Who is right by the prediction is no suspect, whatever the thresholds.
    #expect(rows(p, [0, 0, 1, 1, 1, 1]) == [])
    // A class without rows is never suggested by its threshold.
    #expect(rows([[0.5, 0.4, 0.1], [0.2, 0.7, 0.1]], [0, 1]) == [])
    // Of class 0 one row is confidently of class 0, one of 1 and one of 2, and one of none. Four rows times 1/3 each leave one
    // over: among equal remainders it goes to the last class, so that none of the first but both of the last are found.
    let even: [[Float]] = [
      [0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.2, 0.35, 0.45], [0, 0.8, 0.2], [0, 0.2, 0.8],
    ]
    #expect(rows(even, [0, 0, 0, 0, 1, 2]) == [1, 2, 3])
    // One row of each class is taken to be right, however few there are.
    #expect(rows([[0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0, 0.8, 0.2], [0, 0.2, 0.8]], [0, 0, 1, 2]) == [])
    #expect(rows([[0.2, 0.8], [0.2, 0.8], [0.1, 0.9]], [0, 1, 1]) == [])
  }

  private struct FoundByCleanlab: Decodable {
    let labels: [Int]
    let probabilities: [Float]
    let found: [Int]
  }

  /// Among them rows and counts that are equal: see Fixtures/make_label_issues.py.
  @Test func theRowsThatCleanlabFinds() throws {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/label_issues", withExtension: "json"))
    let cases = try JSONDecoder().decode([FoundByCleanlab].self, from: Data(contentsOf: url))
    #expect(cases.count == 10)
    for (number, example) in cases.enumerated() {
      let predictions = Predictions(probabilities: example.probabilities, labels: example.labels)
      #expect(LabelIssues.rows(of: predictions).sorted() == example.found, "case \(number)")
    }
  }

  @Test func nearCopiesAreFoundAmongMany() throws {
    var random = Philox(seed: 5)
    var values = (0..<2000).map { _ in (0..<64).map { _ in max(random.uniform(from: -1, to: 1), 0) } }
    // Each of the last twenty is one of the first, with a little noise.
    for index in 0..<20 {
      values[1980 + index] = values[index * 7].map { max($0 + random.uniform(from: -0.01, to: 0.01), 0) }
    }
    let pairs = try NearCopies(values).pairs(pool: WorkerPool(threads: 2))
    #expect(Set(pairs.map { [$0.first, $0.second] }) == Set((0..<20).map { [$0 * 7, 1980 + $0] }))
    #expect(pairs.allSatisfy { $0.cosine >= NearCopies.threshold && $0.cosine <= 1.0001 })
  }

  /// Of a training and a test image that show the same, the training image is told: that is the one to be left out. Test images
  /// whose class is not known stay, whatever they are.
  @Test(arguments: [true, false]) func copiesAmongTestImages(areLabelled: Bool) throws {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 8).write(to: pipeline.folder)
    let test = areLabelled ? "dog/" : ""
    if areLabelled { try FileManager.default.removeItem(atPath: pipeline.folder.file("photographs/test")) }
    let copied = try pipeline.folder.bytes("photographs/train/cat/cat0.jpg")
    for name in ["y.jpg", "z.jpg"] { try pipeline.folder.write("photographs/test/\(test)\(name)", copied) }
    let other = try ImageDecoder.decode(Array(pipeline.folder.bytes("photographs/train/dog/dog0.jpg")))
    try pipeline.folder.write("photographs/test/\(test)near.png", Data(try ImageEncoder.png(other)))
    let black = Image(height: 30, width: 40, channels: 1, pixels: [UInt8](repeating: 0, count: 1200))
    try pipeline.folder.write("photographs/test/\(test)black.png", Data(try ImageEncoder.png(black)))
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    try pipeline.extract()
    try pipeline.fitHead()
    let lines = Mutex<[String]>([])
    let terminal = Terminal(quiet: false) { line in lines.withLock { $0.append(line) } }
    try Inspection(of: pipeline.extraction.cache, threads: 2, terminal: terminal).run()
    let table = try String(decoding: pipeline.bytes("suspects.csv"), as: UTF8.self)
    let (label, suffix) = areLabelled ? ("dog", " (dog)") : ("", "")
    for line in [
      "cat/cat0.jpg,train,copy,cat,test \(test)y.jpg\(suffix),1.0000",
      "\(test)z.jpg,test,copy,\(label),test \(test)y.jpg\(suffix),1.0000",
      "dog/dog0.jpg,train,near copy,dog,test \(test)near.png\(suffix),",
      "\(test)black.png,test,one colour,\(label),all black,0.0000",
    ] { #expect(table.contains("\n" + line)) }
    let printed = lines.withLock { $0.joined(separator: "\n") }
    #expect(
      printed.contains(
        "2 copies of other images, to the last byte (1 in two splits" + (areLabelled ? ", 1 of two classes)" : ")")))
    #expect(table.contains(",test,label,") == false || areLabelled)
    try pipeline.fitHead()
    let page = String(decoding: try pipeline.bytes("report.html"), as: UTF8.self)
    #expect(page.contains("test \(test)black.png") && page.contains("class not known") == !areLabelled)

    try pipeline.folder.write(
      "drop.csv", Data("path,split\n\(test)z.jpg,test\n\(test)y.jpg,test\ncat/cat0.jpg,train\n".utf8))
    pipeline.extraction.source.options.drop = pipeline.folder.file("drop.csv")
    try pipeline.extraction.extraction(terminal).run()
    let said = lines.withLock { $0.joined(separator: "\n") }
    func names(_ split: Split) throws -> [String] {
      try FeatureCache(pipeline.extraction.cache.features(of: split)).filenames()
    }
    #expect(try !names(.train).contains("cat/cat0.jpg"))
    #expect(try names(.test).contains("\(test)z.jpg") == !areLabelled)
    #expect(
      said.contains(
        areLabelled
          ? "3 pictures are left out" : "1 picture is left out; 2 test pictures stay, to be predicted"))
  }

  /// From a folder: copies are found, and what the table says is done, without changing the splits.
  @Test func theTableIsTaken() throws {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 8).write(to: pipeline.folder)
    let picture = try pipeline.folder.bytes("photographs/train/cat/cat0.jpg")
    try pipeline.folder.write("photographs/train/dog/copy.jpg", picture)
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    try pipeline.extract()
    let train = pipeline.folder.file("cache/train.h5")
    let before = try FeatureCache(train).filenames()
    let names = Mutex<[String]>([])
    try Inspection(
      of: pipeline.extraction.cache, threads: 2,
      terminal: Terminal(quiet: true) { line in names.withLock { $0.append(line) } }
    ).run()
    let table = try String(decoding: pipeline.bytes("suspects.csv"), as: UTF8.self)
    #expect(table.contains("dog/copy.jpg,train,copy,dog,train cat/cat0.jpg (cat),1.0000"))

    // The table that the images were extracted with is not written over.
    pipeline.extraction.source.options.drop = pipeline.folder.file("cache/suspects.csv")
    try pipeline.extract()
    try Inspection(
      of: pipeline.extraction.cache, threads: 2,
      terminal: Terminal(quiet: false) { line in names.withLock { $0.append(line) } }
    ).run()
    #expect(try String(decoding: pipeline.bytes("suspects.csv"), as: UTF8.self) == table)
    let next = try String(decoding: pipeline.bytes("suspects-2.csv"), as: UTF8.self)
    #expect(next.hasPrefix(table) && next.dropFirst(table.count).contains("dog/copy.jpg") == false)
    let last = try #require(names.withLock { $0.last })
    #expect(last.contains("suspects-2.csv: ") && last.contains("suspects.csv, with which these were extracted"))

    try pipeline.folder.write("drop.csv", Data("path,split\ndog/copy.jpg,train\n".utf8))
    pipeline.extraction.source.options.drop = pipeline.folder.file("drop.csv")
    try pipeline.extract()
    #expect(try FeatureCache(train).filenames() == before.filter { $0 != "dog/copy.jpg" })

    pipeline.extraction.source.options.drop = nil
    let forgotten = "with --drop \(pipeline.folder.file("drop.csv")); without it this run leaves out no images"
    #expect(try pipeline.explanation().contains(forgotten))
    try pipeline.folder.write(
      "relabel.csv",
      Data("path,split,problem,given,suggested\ndog/copy.jpg,train,label,dog,cat\ndog/dog1.jpg,train,copy,dog,x\n".utf8)
    )
    pipeline.extraction.source.options.relabel = pipeline.folder.file("relabel.csv")
    try pipeline.extract()
    let cache = try FeatureCache(train)
    let row = try #require(try cache.filenames().firstIndex(of: "dog/copy.jpg"))
    #expect(try cache.labelNames[Int(cache.classes()[row]![0])] == "cat")
    #expect(try !pipeline.explanation().contains("; without it this run"))
    pipeline.extraction.source.options.relabel = nil
    #expect(try pipeline.explanation().contains("relabel.csv; without it this run changes no classes"))
    pipeline.extraction.source.options.relabel = pipeline.folder.file("relabel.csv")

    for (text, reason) in [
      ("name\nx\n", "takes a table with a column path"),
      ("path,suggested\nno.jpg,cat\n", "line 2: there is no picture 'no.jpg'"),
      ("path,suggested\ndog/copy.jpg,bird\n", "line 2: there is no class 'bird'"),
      ("path\ndog/copy.jpg\n", "there is none"),
      (
        "path,suggested\ndog/copy.jpg,cat\ndog/copy.jpg,dog\n",
        "line 3: 'dog/copy.jpg' is of another class by line 2: leave one of them"
      ),
    ] {
      try pipeline.folder.write("relabel.csv", Data(text.utf8))
      #expect { try pipeline.extract() } throws: { "\($0)".contains(reason) }
    }
    // As a spreadsheet may write it; and all lines deleted.
    for (text, label) in [("path;suggested\r\n\"dog/copy.jpg\";cat\r\n", "cat"), ("path,suggested\n", "dog")] {
      try pipeline.folder.write("relabel.csv", Data(text.utf8))
      try pipeline.extract()
      #expect(try FeatureCache(train).labelNames[Int(FeatureCache(train).classes()[row]![0])] == label)
    }
  }

  /// Of too few images labels are not judged; the rest is looked at all the same.
  @Test func fewImages() throws {
    var pipeline = try SmallPipeline()
    let folder = try flat(&pipeline, perClass: 4)
    let picture = try Data(contentsOf: URL(fileURLWithPath: folder + "/cat/cat0.jpg"))
    for name in (1..<4).flatMap({ ["cat/cat\($0).jpg", "dog/dog\($0).jpg"] }) {
      try picture.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
    try pipeline.extract()
    let said = try inspected(pipeline)
    #expect(said.contains("labels are not judged: of 6 images 2 can be held apart"), "\(said)")
    #expect(said.contains("6 copies of other images, to the last byte") && !said.contains("looks wrong"), "\(said)")
    #expect(try String(decoding: pipeline.bytes("suspects.csv"), as: UTF8.self).split(separator: "\n").count == 7)
  }

  /// Folds judge labels by all images: none need be held out, and nothing is said of a validation split.
  @Test func noValidationImages() throws {
    let caches = try MadeUpCaches()
    try caches.write("valid", labels: [])
    let lines = Mutex<[String]>([])
    let take: @Sendable (String) -> Void = { line in lines.withLock { $0.append(line) } }
    try Inspection(
      of: caches.fitting.cache, threads: 2, terminal: Terminal(quiet: false, errors: take, output: take)
    ).run()
    let said = lines.withLock { $0.joined(separator: "\n") }
    #expect(said.contains("labels are judged by heads of 5 folds") && !said.contains("validation loss"), "\(said)")
  }

  /// What a table says of pictures that are gone, or elsewhere by now, is told in one go.
  @Test func aTableOfOtherSplits() throws {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 8).write(to: pipeline.folder)
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    let table = "path,split\ncat/cat0.jpg,train\ncat/no.jpg,train\ncat/cat1.jpg,valid\ndog/no.jpg,train\n"
    try pipeline.folder.write("drop.csv", Data(table.utf8))
    pipeline.extraction.source.options.drop = pipeline.folder.file("drop.csv")
    #expect { try pipeline.extract() } throws: {
      "\($0)".hasSuffix(
        "drop.csv: line 3: there is no picture 'cat/no.jpg' in the split 'train'; the like in lines 4, 5")
    }
    try pipeline.folder.write("drop.csv", Data("path,split\ncat/cat1.jpg,valid\n".utf8))
    #expect { try pipeline.extract() } throws: {
      "\($0)".contains("line 2: 'cat/cat1.jpg' is not in valid but in train now; without the column split")
    }
  }

  /// By images whose class was taken from a head, heads look better than they are.
  @Test func otherClassesOfImagesThatJudge() throws {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 8).write(to: pipeline.folder)
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    try pipeline.extract()
    let judging = try FeatureCache(pipeline.extraction.cache.features(of: .valid)).filenames()[0]
    for (name, warns) in [("cat/cat0.jpg,train", false), ("\(judging),valid", true)] {
      let other = name.hasPrefix("cat") ? "dog" : "cat"
      try pipeline.folder.write("relabel.csv", Data("path,split,suggested\n\(name),\(other)\n".utf8))
      pipeline.extraction.source.options.relabel = pipeline.folder.file("relabel.csv")
      #expect(try pipeline.explanation().contains("1 validation image among them: where a head suggested") == warns)
    }
  }

  /// Pictures in class folders alone, of which extract holds some out.
  private func flat(_ pipeline: inout SmallPipeline, perClass count: Int = 12) throws -> String {
    try Photographs(perClass: count).write(to: pipeline.folder)
    let folder = pipeline.folder.file("photographs/train")
    pipeline.extraction.source.path = folder
    return folder
  }

  private func inspected(_ pipeline: SmallPipeline) throws -> String {
    let lines = Mutex<[String]>([])
    let take: @Sendable (String) -> Void = { line in lines.withLock { $0.append(line) } }
    try Inspection(
      of: pipeline.extraction.cache, threads: 2, terminal: Terminal(quiet: false, errors: take, output: take)
    ).run()
    return lines.withLock { $0.joined(separator: "\n") }
  }

  /// Without one picture others would be held out.
  @Test func onlyThePictureThatIsGoneIsNotLookedAt() throws {
    var pipeline = try SmallPipeline()
    let folder = try flat(&pipeline)
    try pipeline.extract()
    try FileManager.default.removeItem(atPath: folder + "/cat/cat0.jpg")
    #expect(try inspected(pipeline).contains("train: 1 of 24 pictures changed or can't be read"))
    try FileManager.default.moveItem(atPath: folder, toPath: folder + "-elsewhere")
    let printed = try inspected(pipeline)
    #expect(printed.contains("colours, sharpness and sizes of the pictures: not looked at"))
    #expect(!printed.contains("0 blurred"))
  }

  @Test func aClassOfOneImageIsNotJudged() throws {
    var pipeline = try SmallPipeline()
    let folder = try flat(&pipeline)
    try FileManager.default.createDirectory(atPath: folder + "/bird", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: folder + "/cat/cat0.jpg", toPath: folder + "/bird/only.jpg")
    try pipeline.extract()
    let printed = try inspected(pipeline)
    #expect(printed.contains("the labels of bird are not judged: 1 image can't be in two folds"))
    #expect(printed.contains("1 copy of other images, to the last byte"))
    let table = try String(decoding: pipeline.bytes("suspects.csv"), as: UTF8.self)
    #expect(!table.split(separator: "\n").contains { $0.contains(",label,bird,") })
  }

  /// What is in use goes on to be in the next table; what the option that took the table did not heed is looked at anew.
  @Test func theNextTableTakesThePlaceOfTheOneInUse() throws {
    var pipeline = try SmallPipeline()
    let folder = try flat(&pipeline)
    try FileManager.default.copyItem(atPath: folder + "/cat/cat0.jpg", toPath: folder + "/cat/copy.jpg")
    try pipeline.extract()
    let split = try FeatureCache(pipeline.folder.file("cache/train.h5")).filenames().contains("dog/dog1.jpg")
    let label = "dog/dog1.jpg,\(split ? "train" : "valid"),label,dog,cat,0.1000\n"
    let header = "path,split,problem,given,suggested,score\n"
    let gone = "cat/gone.jpg,train,copy,cat,x,1\n"
    try pipeline.folder.write("cache/suspects.csv", Data((header + label + gone).utf8))
    pipeline.extraction.source.options.relabel = pipeline.folder.file("cache/suspects.csv")
    try pipeline.extract()
    let printed = try inspected(pipeline)
    let next = try String(decoding: pipeline.bytes("suspects-2.csv"), as: UTF8.self)
    #expect(next.hasPrefix(header + label) && !next.contains("gone") && next.contains(",copy,cat,"), "\(next)")
    #expect(printed.contains("1 copy of other images"))
    #expect(printed.contains("behind the 1 of ") && printed.contains("and whose place it takes"), "\(printed)")
    // So nothing is lost with it, and of its lines those that are done are told from the others.
    pipeline.extraction.source.options.relabel = pipeline.folder.file("cache/suspects-2.csv")
    let train = try pipeline.bytes("train.h5")
    try pipeline.folder.write("cache/suspects-2.csv", Data((header + label + "cat/cat1.jpg,,label,cat,cat,0.1\n").utf8))
    let data = try ImageDataset.open(
      #require(pipeline.extraction.source.path), options: pipeline.extraction.source.options)
    #expect(
      data.recognition.notes.contains {
        $0.hasSuffix("1 picture is of another class; 1 is of the suggested class already")
      }, "\(data.recognition.notes)")
    try pipeline.extract()
    #expect(try pipeline.bytes("train.h5") == train)
    // Lines that can't be read are not passed over: they would be lost with the next table.
    try pipeline.folder.write("cache/suspects-2.csv", Data((header + "cat/cat1.jpg,train\n").utf8))
    #expect { try inspected(pipeline) } throws: { "\($0)".contains("suspects-2.csv: line 2: expected 6 columns") }
  }

  @Test func anEditedTableStays() throws {
    var pipeline = try SmallPipeline()
    _ = try flat(&pipeline)
    try pipeline.extract()
    _ = try inspected(pipeline)
    let written = try pipeline.bytes("suspects.csv")
    _ = try inspected(pipeline)
    #expect(try pipeline.bytes("suspects.csv") == written)
    #expect(!FileManager.default.fileExists(atPath: pipeline.folder.file("cache/suspects-2.csv")))
    let edited = Data("path,split,problem,given,suggested,score\n".utf8)
    try pipeline.folder.write("cache/suspects.csv", edited)
    for _ in 0..<2 {
      #expect(try inspected(pipeline).contains("suspects.csv: stays as it is: it is not what inspect wrote last"))
      #expect(try pipeline.bytes("suspects.csv") == edited)
      #expect(try pipeline.bytes("suspects-2.csv") == written)
    }
    #expect(!FileManager.default.fileExists(atPath: pipeline.folder.file("cache/suspects-3.csv")))
  }

  /// Which images are in the sample does not depend on the tables; a class of which none is left is none.
  @Test func aSampleStaysTheSame() throws {
    var pipeline = try SmallPipeline()
    let folder = try flat(&pipeline)
    var options = DatasetOptions()
    options.limit = 6
    func names(_ data: ImageDataset) -> Set<String> {
      Set(Split.allCases.flatMap { split in data.examples(in: split).map { "\(split) \($0.name)" } })
    }
    let before = try ImageDataset.open(folder, options: options)
    let inSample = try #require(before.examples(in: .train).first { $0.label == 0 }?.name)
    let outside = try #require(
      (0..<12).map { "cat/cat\($0).jpg" }.first { name in !names(before).contains { $0.hasSuffix(name) } })
    try pipeline.folder.write("table.csv", Data("path,suggested\n\(inSample),dog\n\(outside),dog\n".utf8))
    options.relabel = pipeline.folder.file("table.csv")
    let relabelled = try ImageDataset.open(folder, options: options)
    #expect(names(relabelled) == names(before))
    #expect(
      relabelled.recognition.notes.contains {
        $0.hasSuffix("1 picture is of another class; 1 is not among the images of --limit")
      })
    (options.relabel, options.drop) = (nil, pipeline.folder.file("table.csv"))
    #expect(try names(ImageDataset.open(folder, options: options)) == names(before).subtracting(["train \(inSample)"]))

    // One table for both: wrong labels are mended, the others left out.
    let both = "path,problem,suggested\ncat/cat1.jpg,label,dog\ncat/cat2.jpg,blurred,sharpness 2 %\n"
    (options.limit, options.relabel) = (nil, pipeline.folder.file("both.csv"))
    options.drop = options.relabel
    try pipeline.folder.write("both.csv", Data(both.utf8))
    let mended = try ImageDataset.open(folder, options: options)
    #expect(try names(ImageDataset.open(folder)).subtracting(names(mended)).map { $0.suffix(12) } == ["cat/cat2.jpg"])
    let relabelledPicture = Split.allCases.flatMap { mended.examples(in: $0) }.first { $0.name == "cat/cat1.jpg" }
    #expect(relabelledPicture?.label == 1)
    #expect(
      mended.recognition.notes.contains {
        $0.hasSuffix("1 picture is of another class; 1 line is of other problems, for --drop")
      })
    (options.relabel, options.drop) = (nil, pipeline.folder.file("birds.csv"))
    try FileManager.default.createDirectory(atPath: folder + "/bird", withIntermediateDirectories: true)
    for index in 0..<4 {
      try FileManager.default.copyItem(atPath: "\(folder)/cat/cat\(index).jpg", toPath: "\(folder)/bird/\(index).jpg")
    }
    try pipeline.folder.write("birds.csv", Data(("path\n" + (0..<4).map { "bird/\($0).jpg\n" }.joined()).utf8))
    let without = try ImageDataset.open(folder, options: options)
    let all = names(try ImageDataset.open(folder))
    #expect(without.labelNames == ["cat", "dog"] && names(without) == all.filter { !$0.contains("bird") })
    #expect(without.recognition.notes.contains("no picture is left of bird: no class any more"))
    #expect(without.examples(in: .train).allSatisfy { $0.label == ($0.name.hasPrefix("cat/") ? 0 : 1) })
  }
}
