import Core
import FeatureStore
import Foundation
import Stages
import Support
import Testing

/// Submissions in the form of a competition's sample.
@Suite struct SampleSubmissionTests {
  /// Test images in manifest order, which is not the samples' order.
  private func caches(_ names: [String], classes: [String]) throws -> MadeUpCaches {
    let caches = try MadeUpCaches(labelNames: classes)
    try caches.write("test", labels: names.indices.map { $0 % classes.count }, names: names, seed: 3)
    try caches.fitHead()
    return caches
  }

  private func submit(_ caches: MadeUpCaches, sample: String) throws -> [[String]] {
    caches.submission.form.sample = try caches.folder.write("sample.csv", Data(sample.utf8))
    try caches.submit()
    let text = String(decoding: try caches.bytes("submission.csv"), as: UTF8.self)
    return text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
  }

  /// What is predicted without a sample, by name.
  private func probabilities(_ caches: MadeUpCaches) throws -> [String: [String]] {
    let sample = caches.submission.form.sample
    defer { caches.submission.form.sample = sample }
    caches.submission.form.sample = nil
    caches.submission.form.format = .probabilities
    try caches.submit()
    caches.submission.form.format = nil
    let lines = String(decoding: try caches.bytes("submission.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
    return Dictionary(
      uniqueKeysWithValues: lines.map { line in
        let fields = line.split(separator: ",").map(String.init)
        return (fields[0], Array(fields.dropFirst()))
      })
  }

  @Test func stateFarm() throws {
    let caches = try caches(["imgs/img_1.jpg", "imgs/img_2.jpg", "imgs/img_3.jpg"], classes: ["c0", "c1", "c2"])
    let expected = try probabilities(caches)
    let rows = try submit(
      caches, sample: "img,c2,c0,c1\nimg_3.jpg,0.1,0.1,0.1\nimg_1.jpg,0.1,0.1,0.1\nimg_2.jpg,0,0,0\n")
    #expect(rows[0] == ["img", "c2", "c0", "c1"])
    #expect(rows.dropFirst().map { $0[0] } == ["img_3.jpg", "img_1.jpg", "img_2.jpg"])
    for row in rows.dropFirst() {
      let p = try #require(expected["imgs/" + row[0]])
      #expect(Array(row[1...]) == [p[2], p[0], p[1]])
    }
  }

  @Test func dogsVsCats() throws {
    let caches = try caches(["1.jpg", "10.jpg", "2.jpg"], classes: ["cat", "dog"])
    let expected = try probabilities(caches)
    let rows = try submit(caches, sample: "\u{FEFF}id,label\r\n1,0.5\r\n2,0.5\r\n10,0.5\r\n")
    #expect(rows.map { $0[0] } == ["id", "1", "2", "10"])
    #expect(
      rows.dropFirst().map { $0[1] } == ["1", "2", "10"].map { expected[$0 + ".jpg"]![1] }, "the dog's probability")
    // With whole numbers it is classes that are asked for: cat 0, dog 1.
    caches.submission.clip = .off
    let labels = try submit(caches, sample: "id,label\n1,0\n2,0\n10,0\n")
    #expect(
      labels.dropFirst().map { $0[1] } == ["1", "2", "10"].map { Float(expected[$0 + ".jpg"]![1])! > 0.5 ? "1" : "0" })
  }

  @Test func digitRecognizer() throws {
    let caches = try caches(["1", "2", "3"], classes: ["0", "1", "7"])
    let rows = try submit(caches, sample: "ImageId,Label\n1,0\n2,0\n3,0\n")
    #expect(rows.map { $0[0] } == ["ImageId", "1", "2", "3"])
    #expect(rows.dropFirst().allSatisfy { ["0", "1", "7"].contains($0[1]) })
    #expect(Set(rows.dropFirst().map { $0[1] }).count > 1)
  }

  @Test func quotedIdsAreRead() throws {
    let caches = try caches(["a,\"b\".jpg", "c.jpg"], classes: ["cat", "dog"])
    caches.submission.form.sample = try caches.folder.write(
      "sample.csv", Data("id,label\nc.jpg,0.5\n\"a,\"\"b\"\".jpg\",0.5".utf8))
    try caches.submit()
    let text = String(decoding: try caches.bytes("submission.csv"), as: UTF8.self)
    #expect(text.split(separator: "\n")[2].hasPrefix("\"a,\"\"b\"\".jpg\",0."))
  }

  @Test(arguments: [
    ("img,c0,c1\nimg_1.jpg,0,0\n", "sample.csv: no column is named after the class c2"),
    ("img,c0,c1,c2,x\nimg_1.jpg,0,0,0,0\n", "sample.csv: the column x is no class of the data (c0, c1, c2)"),
    (
      "img,c0,c1,c2\nimg_1.jpg,0,0,0\n",
      "sample.csv: no row for the test image img_2.jpg; the ids are those in the column img"
    ),
    (
      "img,c0,c1,c2\nimg_1.jpg,0,0,0\nimg_2.jpg,0,0,0\nimg_1.jpg,0,0,0\n",
      "the test image img_1.jpg would be in the submission twice"
    ),
    ("img,c0,c1,c2\nother.jpg,0,0,0\n", "sample.csv: line 2: no test image is called other.jpg"),
    ("img,c0,c1,c2\n\"other\n.jpg\",0,0,0\n", "sample.csv: line 2: no test image is called other\u{FFFD}.jpg"),
    ("img,c0,c1,c2,\"x\ny\"\nimg_1.jpg,0,0,0,0\n", "sample.csv: the column x\u{FFFD}y is no class"),
    ("img,c0,c1,c2\nimg_1.jpg,0,0\n", "sample.csv: line 2: expected 4 columns as in line 1, found 3"),
    ("", "sample.csv: expected a table with a header and rows below it"),
    ("id\n1\n", "sample.csv: not a sample submission"),
  ])
  func samplesOfOtherData(sample: String, words: String) throws {
    let caches = try caches(["img_1.jpg", "img_2.jpg"], classes: ["c0", "c1", "c2"])
    #expect {
      try submit(caches, sample: sample)
    } throws: {
      "\($0)".contains(words) && !"\($0)".contains("\n")
    }
    #expect(try !caches.folder.names(in: "cache").contains("submission.csv"))
  }
}

@Suite struct SubmissionOptionTests {
  private func rows(_ caches: MadeUpCaches) throws -> [[Float]] {
    try caches.submit()
    return String(decoding: try caches.bytes("submission.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
      .map { line in line.split(separator: ",").dropFirst().map { Float($0)! } }
  }

  private func results(_ caches: MadeUpCaches) throws -> [String] {
    let record = try JSONSerialization.jsonObject(with: caches.bytes("submission.provenance.json"))
    return (record as! [String: Any])["results"] as! [String]
  }

  @Test func bothFormulas() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    caches.submission.form.format = .probabilities
    caches.submission.clip = .off
    let raw = try rows(caches)
    #expect(try !results(caches).contains { $0.hasPrefix("clipped") })
    caches.submission.clip = .maximum(0.6)
    caches.submission.clipFormula = .plain
    let clipped = raw.map { $0.map { min(max($0, 0.2), 0.6) } }
    #expect(try zip(rows(caches), clipped).allSatisfy { zip($0, $1).allSatisfy { abs($0 - $1) < 1e-6 } })
    #expect(clipped != raw, "there is something to clip")
    caches.submission.clipFormula = .renormalized
    let normalized = clipped.map { row in row.map { $0 / row.reduce(0, +) } }
    #expect(try zip(rows(caches), normalized).allSatisfy { zip($0, $1).allSatisfy { abs($0 - $1) < 1e-6 } })
  }

  /// The clipping that is chosen has the lowest log-loss; how it changes it is printed.
  @Test(arguments: Clipping.Formula.allCases)
  func autoFindsTheLowestLogLoss(_ formula: Clipping.Formula) throws {
    let caches = try MadeUpCaches()
    caches.fitting.training.schedules[0] = try #require(LearningRateSchedule("60@3e-2"))
    caches.fitting.heads.designs = [.hidden([64])]
    // Some labels are wrong: a head that is sure pays for it. So many images can tell more than that.
    try caches.write(
      "valid", labels: (0..<600).map { $0 % 7 == 0 ? ($0 + 1) % 3 : $0 % 3 }, truth: (0..<600).map { $0 % 3 }, seed: 2)
    try caches.fitHead()
    caches.submission.form.format = .probabilities
    caches.submission.clipFormula = formula
    let predictions = try HeadFile(caches.fitting.cache.head).validation
    let before = try caches.head().group("metrics").attribute("log_loss", as: Double.self)
    let best = Clipping.best(for: predictions, formula: formula)
    let auto = best.logLoss(of: predictions)
    #expect(auto < before)
    for maximum in [0.5, 0.7, 0.9, 0.97, 0.999] {
      #expect(Clipping(maximum: maximum, formula: formula).logLoss(of: predictions) >= auto - 1e-4, "\(maximum)")
    }
    _ = try rows(caches)
    let line = try #require(try results(caches).first)
    #expect(line.hasPrefix("clipped at \(String(format: "%.6g", best.maximum)): validation log-loss "))
    let decimals = [before, auto, before - auto].map { significantDecimals($0) }.max()!
    #expect(line.hasSuffix("\(fixed(before, decimals)) before, \(fixed(auto, decimals)) after"), "\(line)")
  }

  @Test func aClipThatLeavesNothing() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    caches.submission.clip = .maximum(0.3)
    #expect { try caches.submit() } throws: { "\($0)".contains("--clip 0.3: must be more than 1/3") }
  }

  @Test func gzippedOutput() throws {
    let caches = try MadeUpCaches()
    try caches.fitHead()
    try caches.submit()
    let plain = try caches.bytes("submission.csv")
    caches.submission.form.output = caches.folder.file("out.csv.gz")
    try caches.submit()
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", caches.folder.file("out.csv.gz")]
    process.standardOutput = pipe
    try process.run()
    #expect(pipe.fileHandleForReading.readDataToEndOfFile() == plain)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
