import Console
import FeatureStore
import Foundation
import Stages
import Support
import Synchronization
import Testing

/// Features that give way to others are kept, and going back to them computes nothing.
@Suite struct KeptFeaturesTests {
  private static let caches = ["train.h5", "valid.h5", "test.h5"]

  private func bytes(_ pipeline: SmallPipeline) throws -> [Data] { try Self.caches.map(pipeline.bytes) }

  @Test func anotherSizeAndBack() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    let before = try bytes(pipeline)
    pipeline.extraction.features.size = 48
    try pipeline.extract()
    #expect(try pipeline.names(in: "kept").count == 3)
    pipeline.extraction.features.size = 32
    #expect(try pipeline.explanation().contains("; 0 images to compute, the features of 33 are there"))
    // No weights are transformed, for none are there.
    try pipeline.extract()
    #expect(try bytes(pipeline) == before)
    #expect(try pipeline.names(in: "kept").count == 3, "now those of the other size")
    try pipeline.verify()
  }

  @Test func aLimitTakesNothingAway() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    let before = try bytes(pipeline)
    pipeline.extraction.source.options.limit = 9
    try pipeline.extract()
    let kept = try pipeline.names(in: "kept")
    #expect(!kept.isEmpty)
    pipeline.extraction.source.options.limit = 6
    try pipeline.extract()
    #expect(try pipeline.names(in: "kept").filter(kept.contains) == kept)
    #expect(try pipeline.names(in: "kept").count <= 3, "what nine have, all have")
    pipeline.extraction.source.options.limit = nil
    #expect(try pipeline.explanation().contains("; 0 images to compute"))
    try pipeline.extract()
    #expect(try bytes(pipeline) == before)
    #expect(try !pipeline.names().contains("kept"), "what a limit left is in the whole")
  }

  @Test func roundedFeaturesDoNotTakeThePlaceOfExactOnes() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    let before = try bytes(pipeline)
    pipeline.extraction.storage = FeatureStorage(type: .float16, compression: .none)
    try pipeline.extract()
    let rounded = try bytes(pipeline)
    pipeline.extraction.storage = FeatureStorage(type: .float32, compression: .deflate)
    #expect(try pipeline.explanation().contains("; 0 images to compute"))
    try pipeline.extract()
    #expect(try bytes(pipeline) == before)
    #expect(try !pipeline.names().contains("kept"), "rounding them again is all it takes")
    pipeline.extraction.storage = FeatureStorage(type: .float16, compression: .none)
    try pipeline.extract()
    #expect(try bytes(pipeline) == rounded)
  }

  @Test func discarded() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    pipeline.extraction.execution.discard = true
    pipeline.extraction.features.size = 48
    try pipeline.extract()
    #expect(try !pipeline.names().contains("kept"))
    pipeline.extraction.source.options.limit = 9
    try pipeline.extract()
    #expect(try !pipeline.names().contains("kept"))
  }

  @Test func aDamagedOneIsComputedAgain() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    let before = try bytes(pipeline)
    pipeline.extraction.features.size = 48
    try pipeline.extract()
    for name in try pipeline.names(in: "kept") {
      var damaged = try pipeline.bytes("kept/\(name)")
      damaged[damaged.count / 3] ^= 1
      try pipeline.folder.write("cache/kept/\(name)", damaged)
    }
    pipeline.extraction.features.size = 32
    pipeline.extraction.execution.repair = true
    try pipeline.extract()
    #expect(try bytes(pipeline) == before)
  }

  /// What is kept is read through, too, and a cache only goes where others have its rows, and can be read.
  @Test func onlyWhatCanBeReadTakesThePlaceOfOthers() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    let before = try bytes(pipeline)
    // In train.h5 are the rows of the split in train.h5 with another seed; one of them is damaged when the other gives way.
    pipeline.extraction.source.options.limit = 9
    try pipeline.extract()
    let kept = try pipeline.names(in: "kept")
    let name = try #require(
      kept.first { name in
        (try? FeatureCache(pipeline.folder.file("cache/kept/\(name)")))?.rowCount == 33
      })
    let path = "kept/\(name)"
    let limited = try pipeline.bytes("train.h5")
    var damaged = try pipeline.bytes(path)
    damaged[damaged.count / 3] ^= 1
    try pipeline.folder.write("cache/" + path, damaged)
    #expect { try pipeline.verify() } throws: {
      "\($0)".contains("cache/\(path): /features: rows ") && "\($0)".contains("; ./pipeline.sh clean --yes removes")
    }
    // The nine give way to six: the thirty-three, which have their rows, can't be read.
    pipeline.extraction.source.options.limit = 6
    try pipeline.extract()
    let now = try pipeline.names(in: "kept").map { try pipeline.bytes("kept/\($0)") }
    #expect(now.contains(limited), "the only sound copy of its rows stays")
    pipeline.extraction.source.options.limit = nil
    try pipeline.extract()
    #expect(try bytes(pipeline) == before)
  }

  // MARK: - history and clean

  /// A folder that is no cache is left as it was, and a file is no folder.
  @Test func lookingLeavesNothingBehind() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine.txt", Data("mine".utf8))
    let terminal = Terminal(quiet: true) { _ in }
    for path in [folder.path, folder.path + "/mine.txt"] {
      let cache = CacheFolder(path)
      let isFile = path.hasSuffix("txt")
      for look in [
        { try HistoryKeeping(cache, terminal: terminal).list() },
        { try Cleaning(cache, terminal: terminal).run(removes: false) },
        { try Cleaning(cache, terminal: terminal).run(removes: true) },
        { try HistoryKeeping(cache, terminal: terminal).use(1) },
      ] {
        do {
          try look()
          #expect(!isFile)
        } catch {
          #expect("\(error)".hasPrefix("\(path): ") && !"\(error)".contains("\n"))
          #expect("\(error)".contains(isFile ? "a file; give the folder" : "no head was trained here yet"), "\(error)")
        }
      }
    }
    #expect(try folder.names() == ["mine.txt"])
  }

  /// A test folder that is a copy of the validation images has the same key as they have.
  @Test func twoSplitsOfTheSameImages() throws {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 8).write(to: pipeline.folder)
    let photographs = pipeline.folder.file("photographs")
    try FileManager.default.removeItem(atPath: photographs + "/test")
    try FileManager.default.copyItem(atPath: photographs + "/valid", toPath: photographs + "/test")
    pipeline.extraction.source.path = photographs
    try pipeline.extract()
    try pipeline.fitHead()
    let before = try bytes(pipeline)
    #expect(before[1] == before[2])
    pipeline.extraction.features.size = 48
    try pipeline.extract()
    try pipeline.fitHead()
    #expect(try lines(pipeline) { try HistoryKeeping($0, terminal: $1).list() }.count > 3)
    _ = try lines(pipeline) { try HistoryKeeping($0, terminal: $1).use(1) }
    #expect(try bytes(pipeline) == before)
  }

  /// What the history says to do is only what is left to do.
  @Test func aSubmissionThatIsThere() throws {
    let pipeline = try SmallPipeline()
    try pipeline.runAll()
    func use() throws -> String {
      try #require(try lines(pipeline) { try HistoryKeeping($0, terminal: $1).use(1) }.last)
    }
    #expect(try use().hasSuffix("submission.csv: is its submission"))
    try pipeline.folder.write("cache/submission.csv", Data("another".utf8))
    #expect(try use() == "./pipeline.sh submit writes its submission")
  }

  private func lines(_ pipeline: SmallPipeline, _ run: (CacheFolder, Terminal) throws -> Void) throws -> [String] {
    let lines = Mutex<[String]>([])
    try run(
      pipeline.extraction.cache, Terminal(quiet: false) { line in lines.withLock { $0.append(line) } })
    return lines.withLock(\.self)
  }

  private func list(_ pipeline: SmallPipeline) throws -> [String] {
    try lines(pipeline) { try HistoryKeeping($0, terminal: $1).list() }
  }

  @Test func aHeadIsBroughtBackWithItsFeatures() throws {
    let pipeline = try SmallPipeline()
    try pipeline.runAll()
    let before = try bytes(pipeline) + ["head.weights.h5", "submission.csv", "report.html"].map(pipeline.bytes)
    pipeline.extraction.features.size = 48
    pipeline.fitting.combination.ensemble = 2
    try pipeline.runAll()
    let after = try bytes(pipeline) + ["head.weights.h5", "submission.csv", "report.html"].map(pipeline.bytes)
    let listing = try list(pipeline)
    #expect(listing[1].hasPrefix("   1  data  32    block5_conv3  fastai p0.8 "), "\(listing)")
    #expect(listing[1].hasSuffix("  kept"))
    #expect(listing[2].hasPrefix("*  2  data  48    block5_conv3  2 × fastai p0.8 "))
    #expect(listing[2].hasSuffix("  in place"))

    for (number, files) in [(1, before), (2, after)] {
      #expect(
        try lines(pipeline) { try HistoryKeeping($0, terminal: $1).use(number) }.contains {
          $0.hasSuffix("taken back from \(pipeline.extraction.cache.path)/kept")
        })
      // Nothing is trained or computed: fit-head and extract find what they would make.
      pipeline.extraction.features.size = number == 1 ? 32 : 48
      pipeline.fitting.combination.ensemble = number
      try pipeline.runAll()
      let now = try bytes(pipeline) + ["head.weights.h5", "submission.csv", "report.html"].map(pipeline.bytes)
      #expect(now == files)
    }
  }

  @Test func anExtractionIsExplainedByItsOwnWords() throws {
    let pipeline = try SmallPipeline()
    #expect { try list(pipeline) } throws: { "\($0)".contains("no such folder") }
    try pipeline.extract()
    #expect(try list(pipeline) == ["\(pipeline.extraction.cache.path): no head was trained here yet"])
    #expect { try lines(pipeline) { try HistoryKeeping($0, terminal: $1).use(1) } } throws: {
      "\($0)".contains("no head was trained here yet")
    }
    let head = try pipeline.folder.write("cache/head.weights.h5", Data("no head".utf8))
    let listed = try list(pipeline)
    #expect(listed.count == 1 && listed[0].hasPrefix(head + ": "), "what can't be read is named, with its reason")
    try pipeline.folder.remove("cache/head.weights.h5")
    try pipeline.fitHead()
    #expect { try lines(pipeline) { try HistoryKeeping($0, terminal: $1).use(2) } } throws: {
      "\($0)".contains("the heads here are 1 to 1")
    }
  }

  @Test func nothingIsCleanedUnasked() throws {
    let pipeline = try SmallPipeline()
    try pipeline.runAll()
    let inUse = try pipeline.names()
    pipeline.extraction.features.size = 48
    try pipeline.extract()
    let kept = try pipeline.names(in: "kept")
    let offer = try lines(pipeline) { try Cleaning($0, terminal: $1).run(removes: false) }
    #expect(offer.count == 1 + 3 + 1 && offer[1].hasPrefix("features of data  train  32 "), "\(offer)")
    #expect(try pipeline.names(in: "kept") == kept)
    _ = try lines(pipeline) { try Cleaning($0, terminal: $1).run(removes: true) }
    #expect(try pipeline.names() == inUse)
    #expect(
      try lines(pipeline) { try Cleaning($0, terminal: $1).run(removes: true) }.contains {
        $0.hasSuffix("nothing to free")
      })
    // The head is still there, and says so where its features are not.
    let listing = try list(pipeline)
    #expect(listing[1].hasSuffix("  not kept"), "\(listing)")
    _ = try lines(pipeline) { try HistoryKeeping($0, terminal: $1).use(1) }
  }

  @Test func whatCanNotBeReadKeepsItsNumber() throws {
    let pipeline = try SmallPipeline()
    try pipeline.runAll()
    pipeline.fitting.combination.ensemble = 2
    try pipeline.fitHead()
    var listing = try list(pipeline)
    #expect(listing[2].hasPrefix("*  2  data  32    block5_conv3  2 × fastai p0.8 "), "\(listing)")
    // A member goes: nothing is said to be the ensemble's that is only its best head's.
    let members = try HeadFile(pipeline.folder.file("cache/head.weights.h5")).choice?.members ?? []
    for member in members { try FileManager.default.removeItem(atPath: pipeline.folder.file("cache/heads/" + member)) }
    listing = try list(pipeline)
    #expect(listing[2].contains("members are missing"), "\(listing)")
    // The first head is damaged.
    let first = try #require(
      try list(pipeline)[1].contains("fastai") ? History(pipeline.fitting.cache).heads[0].path : nil)
    try Data("no head".utf8).write(to: URL(fileURLWithPath: first))
    listing = try list(pipeline)
    #expect(listing[1].hasPrefix("   1  unreadable: ") && listing[2].hasPrefix("*  2 "), "\(listing)")
    #expect(throws: (any Error).self) { try lines(pipeline) { try HistoryKeeping($0, terminal: $1).use(1) } }
    // The head in use is not lost where the history is.
    try FileManager.default.removeItem(atPath: pipeline.folder.file("cache/history"))
    #expect(try list(pipeline)[1].hasPrefix("*  –  "))
  }

  @Test func cleanTakesOnlyOurs() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    pipeline.extraction.features.size = 48
    try pipeline.extract()
    try pipeline.folder.write("cache/kept/mine.h5", Data("mine".utf8))
    _ = try lines(pipeline) { try Cleaning($0, terminal: $1).run(removes: true) }
    #expect(try pipeline.names(in: "kept") == ["mine.h5"])
  }

  /// Heads of a sweep that were not chosen go; those that were, and the members of ensembles, are what history goes back to.
  @Test func cleanTakesHeadsThatWereNotChosen() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    pipeline.fitting.heads.dropouts = [0.2, 0.5, 0.8]
    try pipeline.fitHead()
    pipeline.fitting.heads.dropouts = [0.5]
    pipeline.fitting.combination.ensemble = 2
    try pipeline.fitHead()
    let all = Set(try pipeline.names(in: "heads"))
    let chosen = History(pipeline.fitting.cache).heads.compactMap { try? $0.head.get() }
    let names = Set(chosen.flatMap { $0.choice?.members ?? [] })
    #expect(chosen.count == 2 && names.count == 2 && names.isStrictSubset(of: all))
    let offer = try lines(pipeline) { try Cleaning($0, terminal: $1).run(removes: false) }
    let unchosen = all.subtracting(names).filter { !$0.contains(chosen[0].key.prefix(8)) }
    #expect(offer.contains { $0.hasPrefix("\(count(unchosen.count, "head")) that w") }, "\(offer)")
    _ = try lines(pipeline) { try Cleaning($0, terminal: $1).run(removes: true) }
    #expect(Set(try pipeline.names(in: "heads")) == all.subtracting(unchosen))
    for number in [1, 2] { _ = try lines(pipeline) { try HistoryKeeping($0, terminal: $1).use(number) } }
    let listing = try list(pipeline)
    #expect(listing.allSatisfy { !$0.contains("missing") }, "\(listing)")
    // When each was chosen stands behind what it is.
    let day = minute(of: Date()).prefix(10)
    #expect(
      listing[1].contains("  fastai p\(chosen[0].attributes["dropout"] ?? "") ") && listing[1].contains("  \(day) "))
  }

  /// What heads were trained with is in the listing where they differ, and only then.
  @Test func theListingTellsHeadsApart() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    try pipeline.fitHead()
    #expect(try !list(pipeline)[0].contains("trained with"))
    pipeline.fitting.training.l2 = 0.25
    pipeline.fitting.folding = .count(2)
    try pipeline.fitHead()
    let listing = try list(pipeline)
    #expect(listing[0].contains("  head             trained with      chosen "), "\(listing)")
    #expect(!listing[1].contains("l2") && listing[2].contains("2 × fastai p0.8  l2 0.25, folds 2  2"), "\(listing)")
  }

  /// Without its record the heads are there all the same.
  @Test func aDamagedRecord() throws {
    let pipeline = try SmallPipeline()
    try pipeline.runAll()
    try pipeline.folder.write("cache/history/.caches.json", Data("{}".utf8))
    let listing = try list(pipeline)
    #expect(listing[1].hasPrefix("*  1  ?     32 ") && listing[1].hasSuffix("  in place"), "\(listing)")
    #expect(listing.last?.contains(".caches.json: is missing or damaged: of which data") == true, "\(listing)")
  }
}
