import Classification
import Console
import Core
import Datasets
import Foundation
import Stages
import Synchronization
import Testing

/// A trained head classifies any picture, and needs nothing but the head file and the weights.
@Suite struct PredictTests {
  /// Photographs in train/ and test/, and a head on their features.
  private func trained(_ network: SmallPipeline.Network = .tiny) throws -> SmallPipeline {
    let pipeline = try SmallPipeline(network)
    let photographs = Photographs(perClass: 12)
    try photographs.write(to: pipeline.folder)
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    pipeline.extraction.features.size = 40
    pipeline.extraction.features.resizing.aspect = .crop
    pipeline.submission.form.format = .probabilities
    pipeline.submission.clip = .off
    try pipeline.runAll()
    return pipeline
  }

  /// What is printed for pictures of the data set.
  private func lines(
    _ pipeline: SmallPipeline, _ name: String, as form: Predicting.Form = .init(),
    decidedBy decision: DecisionRequest? = nil
  ) throws -> [String] {
    let lines = Mutex<[String]>([])
    try predicting(pipeline, name, as: form, decidedBy: decision) { line in lines.withLock { $0.append(line) } }.run()
    return lines.withLock(\.self)
  }

  private func predicting(
    _ pipeline: SmallPipeline, _ name: String, as form: Predicting.Form = .init(),
    decidedBy decision: DecisionRequest? = nil, print: @escaping @Sendable (String) -> Void
  ) -> Predicting {
    Predicting(
      [pipeline.folder.file("photographs/" + name)],
      with: HeadSource(pipeline.folder.file("cache"), weights: pipeline.extraction.features.weights), as: form,
      decidedBy: decision, threads: 2, terminal: Terminal(quiet: true, output: print))
  }

  /// The class is what the threshold says, in all that is written; the probabilities stay.
  @Test func aThresholdDecides() throws {
    let pipeline = try trained()
    let csv = pipeline.folder.file("predictions.csv")
    let form = Predicting.Form(json: true, csv: csv)
    for (threshold, positive, answer) in [
      (1e-9, "cat", "cat"), (1e-9, nil, "dog"), (1 - 1e-9, "cat", "dog"), (1 - 1e-9, "dog", "cat"),
    ] as [(Double, String?, String)] {
      let printed = try lines(
        pipeline, "test", as: form, decidedBy: DecisionRequest(threshold: threshold, positive: positive))
      #expect(printed.count == 3 && printed.allSatisfy { $0.hasPrefix("{\"class\":\"\(answer)\"") }, "\(printed)")
      let rows = String(decoding: try pipeline.folder.bytes("predictions.csv"), as: UTF8.self).split(separator: "\n")
        .map { $0.split(separator: ",") }.dropFirst()
      let column = answer == "cat" ? 3 : 4
      #expect(rows.allSatisfy { $0[1] == answer && $0[2] == $0[column] })
    }
  }

  /// The picture as the network sees it, grey and red.
  @Test func whereItLooks() throws {
    let pipeline = try trained()
    let file = pipeline.folder.file("looks.png")
    let printed = try lines(pipeline, "test/a.jpg", as: .init(explanation: file))
    #expect(printed.count == 1)
    let picture = try ImageDecoder.decode(Array(try pipeline.folder.bytes("looks.png")))
    #expect(picture.size == ImageSize(height: 40, width: 40) && picture.channels == 3)
    // What the report's library has: the head's features through the same network.
    let classifier = try Classifier(
      contentsOf: pipeline.folder.file("cache"), weights: pipeline.extraction.features.weights)
    let image = try ImageDecoder.decode(Array(try pipeline.folder.bytes("photographs/test/a.jpg")))
    let answer = try classifier.predict(image).best.name
    let label = classifier.classNames.firstIndex(of: answer)!
    #expect(classifier.explanation(of: image, for: label) == picture && printed[0].contains(": \(answer) "))
    #expect(classifier.explanation(of: image, for: 1 - label) != picture, "another class is looked for elsewhere")
    #expect { try lines(pipeline, "test", as: .init(explanation: file)) } throws: {
      "\($0)".hasSuffix("takes one picture, and here are 3")
    }
    #expect {
      try lines(pipeline, "test/a.jpg", as: .init(explanation: pipeline.folder.file("photographs/test/a.jpg")))
    } throws: {
      "\($0)".hasPrefix("--explain ")
    }
  }

  /// From the pictures' bytes: what submit predicted from the cache.
  @Test func theProbabilitiesAreThoseOfTheSubmission() throws {
    let pipeline = try trained()
    let printed = try lines(pipeline, "test", as: .init(csv: pipeline.folder.file("predictions.csv")))
    func table(_ name: String) throws -> [[String]] {
      String(decoding: try pipeline.folder.bytes(name), as: UTF8.self).split(separator: "\n")
        .map { $0.split(separator: ",").map(String.init) }
    }
    let (rows, submitted) = (try table("predictions.csv"), try table("cache/submission.csv"))
    #expect(Array(rows[0].dropFirst(3)) == Array(submitted[0].dropFirst()))
    #expect(rows.count == submitted.count && rows.count > 2 && printed.count == rows.count - 1)
    let expected = Dictionary(uniqueKeysWithValues: submitted.dropFirst().map { ($0[0], Array($0.dropFirst())) })
    for row in rows.dropFirst() {
      let name = String(row[0].split(separator: "/").last!)
      #expect(expected[name] == Array(row.dropFirst(3)), "\(name)")
    }
  }

  @Test func whatCanNotBeReadIsNamedAndTheOthersAreAnswered() throws {
    let pipeline = try trained()
    try pipeline.folder.write("photographs/test/broken.jpg", Data("no picture".utf8))
    var answered: [String] = []
    let printed = Mutex<[String]>([])
    #expect {
      try predicting(pipeline, "test") { line in printed.withLock { $0.append(line) } }.run()
    } throws: {
      "\($0)".hasPrefix("1 of ") && "\($0)".hasSuffix(" pictures can't be read")
    }
    answered = printed.withLock(\.self)
    #expect(!answered.isEmpty && !answered.contains { $0.contains("broken") })
  }

  /// A path that leads nowhere, names that are no text, links in a circle: each is named in a line, and the others are answered.
  @Test func whatIsNotThereIsNamedToo() throws {
    let pipeline = try trained(.published)
    let (folder, test) = (pipeline.folder, pipeline.folder.file("photographs/test"))
    try FileManager.default.createSymbolicLink(atPath: test + "/up", withDestinationPath: test)
    try FileManager.default.createSymbolicLink(atPath: test + "/around.jpg", withDestinationPath: "around.jpg")
    // The name is Latin-1.
    let name = Array((test + "/caf").utf8.map(CChar.init(bitPattern:))) + [CChar(bitPattern: 0xE9), 0]
    close(open(name, O_CREAT | O_WRONLY, 0o644))
    let process = try ProgramProcess(
      "predict",
      [
        "--cache", folder.file("cache"), "--weights", try SmallPipeline.weights(), "nothing.jpg", "photographs/test",
        "--csv", folder.file("answers.csv"),
      ], log: folder, shell: #"exec "$@" $'b\xff.jpg'"#)
    #expect(process.wait(seconds: 60) == 1)
    let lines = process.output.split(separator: "\n").map(String.init)
    for warning in [
      "nothing.jpg: no such file or folder",
      "photographs/test: the name of caf\\xE9 is not UTF-8: rename it",
      "photographs/test/up: a symbolic link to a folder above it: remove the link",
      "photographs/test/around.jpg: Too many levels of symbolic links",
      "b\u{FFFD}.jpg: the name of this file is not UTF-8: rename it",
    ] {
      #expect(lines.count { $0 == "warning: \(warning)" } == 1, "\(warning): \(process.output)")
    }
    for picture in ["a", "b", "c"] {
      #expect(lines.count { $0.hasPrefix("photographs/test/\(picture).jpg: ") } == 1, "\(process.output)")
    }
    #expect(lines.contains { $0.hasPrefix("3 pictures: ") } && lines.count == 5 + 3 + 1 + 1, "\(process.output)")
    #expect(lines.contains("Error: 5 of 8 pictures can't be read"), "\(process.output)")
    #expect(String(decoding: try folder.bytes("answers.csv"), as: UTF8.self).split(separator: "\n").count == 1 + 3)
  }

  /// An option's value that is no text would name another file: nothing is begun.
  @Test func anOptionThatIsNoText() throws {
    let folder = try TemporaryFolder()
    let process = try ProgramProcess("predict", ["a.jpg"], log: folder, shell: #"exec "$@" --csv $'b\xff.csv'"#)
    #expect(process.wait(seconds: 20) == 64)
    #expect(process.output.hasPrefix("Error: argument 3 (b\u{FFFD}.csv) is not UTF-8"), "\(process.output)")
  }

  @Test func aLineOfJSON() throws {
    let pipeline = try trained()
    let line = try #require(try lines(pipeline, "test/a.jpg", as: .init(top: 2, json: true)).first)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect((object["path"] as? String)?.hasSuffix("/test/a.jpg") == true)
    #expect((object["top"] as? [[String: Any]])?.count == 2)
    #expect(["cat", "dog"].contains(object["class"] as? String))
  }

  /// From a head file elsewhere, in another process' words: the library.
  @Test func aClassifierOfAHeadFileAlone() throws {
    let pipeline = try trained()
    let elsewhere = try TemporaryFolder()
    try elsewhere.write("mine.weights.h5", try pipeline.bytes("head.weights.h5"))
    let classifier = try Classifier(
      contentsOf: elsewhere.file("mine.weights.h5"), weights: pipeline.extraction.features.weights, threads: 1)
    #expect(classifier.classNames == ["cat", "dog"])
    let path = pipeline.folder.file("photographs/test/a.jpg")
    let prediction = try classifier.predict(contentsOf: path)
    let image = try ImageDecoder.decode(PictureFiles.content(of: path))
    #expect(try classifier.predict(image) == prediction)
    #expect(abs(prediction.probabilities.reduce(0, +) - 1) < 1e-5)
    #expect(prediction.best == prediction.top(2)[0] && prediction.top(5).count == 2)
  }

  @Test func otherWeightsAreRefused() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    try caches.folder.write("a.jpg", Data())
    let head = HeadSource(caches.folder.file("cache"), weights: try SmallPipeline.weights())
    func predict(_ path: String) throws { try Predicting([path], with: head, terminal: Terminal(quiet: true)).run() }
    #expect {
      try predict(caches.folder.path)
    } throws: {
      "\($0)".contains("is for the weights with the digest 0…, and ")
    }
    #expect {
      try predict(caches.folder.file("nothing"))
    } throws: {
      "\($0)".hasSuffix("/nothing: no such file or folder")
    }
    let noHead = HeadSource(caches.folder.file("nothing.h5"), weights: try SmallPipeline.weights())
    #expect {
      try Predicting([caches.folder.file("a.jpg")], with: noHead, terminal: Terminal(quiet: true)).run()
    } throws: {
      "\($0)".hasSuffix("/nothing.h5: no such head; run ./pipeline.sh fit-head first")
    }
  }

  @Test func ofNoPictureNothingIsCounted() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    let head = HeadSource(caches.folder.file("cache"), weights: try SmallPipeline.weights())
    let lines = Mutex<[String]>([])
    let terminal = Terminal(quiet: false) { line in lines.withLock { $0.append(line) } }
    #expect {
      try Predicting(["nothing1.jpg", "nothing2.jpg"], with: head, terminal: terminal).run()
    } throws: {
      "\($0)" == "2 of 2 pictures can't be read"
    }
    let printed = lines.withLock(\.self)
    #expect(printed == [])
  }
}
