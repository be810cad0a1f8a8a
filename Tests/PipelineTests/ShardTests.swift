import Console
import Core
import FeatureStore
import Foundation
import Stages
import Support
import Testing

/// Shards on many machines make the bytes of one machine, or say what is wrong.
@Suite struct ShardTests {
  @Test(arguments: [1, 3, 7, 13])
  func anyNumberOfShardsGivesTheBytesOfOneRun(count: Int) throws {
    let pipeline = try photographs(perClass: 3)
    let expected = try pipeline.cachesOfOneRun()
    // In any order; with 13 there are more shards than rows in each split.
    for number in (1...count).reversed() { try pipeline.extract(Shard(number: number, count: count)) }
    #expect(throws: PipelineError.self, "an ordinary run keeps out") { try pipeline.extract() }
    try pipeline.join()
    #expect(try pipeline.caches() == expected)
    #expect(try pipeline.names() == ["test.h5", "train.h5", "valid.h5"], "nothing is left")
    #expect(try pipeline.explanation().contains("train.h5: up to date"))
  }

  @Test func aShardIsDoneOnce() throws {
    let pipeline = try photographs()
    try pipeline.prepare(shardCount: 2)
    let shard = Shard(number: 1, count: 2)
    try pipeline.extract(shard)
    let parts = try pipeline.folder.names(in: "cache/train.parts")
    try pipeline.extract(shard)
    #expect(try pipeline.folder.names(in: "cache/train.parts") == parts)
    #expect(!parts.isEmpty)
  }

  @Test func shardsKeepOutOfAnOrdinaryRun() throws {
    let pipeline = try photographs()
    try FileManager.default.createDirectory(atPath: pipeline.folder.file("cache"), withIntermediateDirectories: true)
    let lock = try CacheLock(pipeline.extraction.cache.lock)
    defer { withExtendedLifetime(lock) {} }
    pipeline.expectLine("another extract is writing here") { try pipeline.prepare(shardCount: 2) }
    pipeline.expectLine("another extract is writing here") { try pipeline.extract(Shard(number: 1, count: 2)) }
    pipeline.expectLine("no shards to join; run extract --shards N") { try pipeline.join() }
    #expect(try pipeline.names() == [])
  }

  @Test func theJoinNamesTheShardsThatAreMissing() throws {
    let pipeline = try photographs()
    let expected = try pipeline.cachesOfOneRun()
    for number in [1, 4] { try pipeline.extract(Shard(number: number, count: 5)) }
    pipeline.expectLine("cache: rows are missing (train ", "of shard 2-3,5 of 5; run extract --shard I/5 again") {
      try pipeline.join()
    }
    for number in [2, 3, 5] { try pipeline.extract(Shard(number: number, count: 5)) }
    try pipeline.join()
    #expect(try pipeline.caches() == expected)
  }

  /// As Slurm may run it: a join that has finished is up to date, unless the caches are others'.
  @Test func aJoinCanBeRunAgain() throws {
    let pipeline = try photographs()
    for number in [1, 2] { try pipeline.extract(Shard(number: number, count: 2)) }
    try pipeline.join()
    let caches = try pipeline.caches()
    try pipeline.join()
    #expect(try pipeline.caches() == caches)
    pipeline.extraction.features.size = 48
    pipeline.expectLine("no shards to join; run extract --shards N") { try pipeline.join() }
    #expect(try pipeline.caches() == caches)
  }

  @Test func aDamagedPartIsComputedAgainByItsShard() throws {
    let pipeline = try photographs()
    let expected = try pipeline.cachesOfOneRun()
    for number in 1...2 { try pipeline.extract(Shard(number: number, count: 2)) }
    let part =
      "cache/train.parts/" + (try pipeline.folder.names(in: "cache/train.parts").first { $0.hasPrefix("2of2-") })!
    var bytes = try pipeline.folder.bytes(part)
    bytes[bytes.count / 2] ^= 1
    try pipeline.folder.write(part, bytes)
    pipeline.expectLine("rows are missing (train ", "), of shard 2 of 2") { try pipeline.join() }
    try pipeline.extract(Shard(number: 2, count: 2))
    try pipeline.join()
    #expect(try pipeline.caches() == expected)
  }

  @Test func maxSkippedHoldsOverTheWholeSplit() throws {
    let pipeline = try photographs()
    for name in ["cat/cat0.jpg", "dog/dog9.jpg"] {
      try pipeline.folder.write("photographs/train/\(name)", Data("no picture: \(name)".utf8))
    }
    let (limit, words) = (
      pipeline.extraction.source.maxSkipped, "train: 2 of 20 images can't be decoded, more than --max-skipped"
    )
    try pipeline.extract(Shard(number: 1, count: 2))
    pipeline.extraction.source.maxSkipped = 0.06
    pipeline.expectLine(words) { try pipeline.extract(Shard(number: 2, count: 2)) }
    pipeline.extraction.source.maxSkipped = limit
    try pipeline.extract(Shard(number: 2, count: 2))
    pipeline.extraction.source.maxSkipped = 0.06
    pipeline.expectLine(words) { try pipeline.join() }
    pipeline.extraction.source.maxSkipped = limit
    try pipeline.join()
    #expect(try pipeline.caches() == pipeline.cachesOfOneRun())
  }

  // MARK: - Machines that differ

  @Test func aMachineThatSeesOtherImagesStops() throws {
    let pipeline = try photographs()
    try pipeline.prepare(shardCount: 1)
    let (shard, image) = (Shard(number: 1, count: 1), "photographs/train/cat/cat3.jpg")
    let content = try pipeline.folder.bytes(image)
    try FileManager.default.removeItem(atPath: pipeline.folder.file(image))
    pipeline.expectLine("manifest.h5: ", " sees other images in ", "train: 1 image missing here, such as cat/cat3.jpg")
    {
      try pipeline.extract(shard)
    }
    try pipeline.folder.write(image, content)
    try pipeline.folder.write("photographs/train/cat/new.jpg", content)
    pipeline.expectLine("train: 1 image not listed, such as cat/new.jpg") { try pipeline.extract(shard) }
    try FileManager.default.removeItem(atPath: pipeline.folder.file("photographs/train/cat/new.jpg"))
    try pipeline.folder.write(image, Photographs(perClass: 10).jpeg("train/cat/cat3.jpg", version: 1))
    pipeline.expectLine("train/cat/cat3.jpg: this image was changed since ", "extract --shards 1") {
      try pipeline.extract(shard)
    }
    try pipeline.folder.write(image, content)
    try pipeline.extract(shard)
  }

  @Test func aShardWithOtherOptionsStops() throws {
    let pipeline = try photographs()
    try pipeline.prepare(shardCount: 2)
    pipeline.expectLine("manifest.h5 is for 2 shards") { try pipeline.extract(Shard(number: 1, count: 3)) }
    pipeline.extraction.features.size = 48
    pipeline.expectLine("made with other options: input size was 32x32, is now 48x48") {
      try pipeline.extract(Shard(number: 1, count: 2))
    }
  }

  @Test(.enabled(if: InstructionSet.supported.count > 1, "this processor has one instruction set"))
  func nodesWithOtherInstructionSets() throws {
    let folder = try TemporaryFolder()
    try Photographs(perClass: 10).write(to: folder)
    #expect(try ExtractProcess(in: folder).wait() == 0)
    let alone = try folder.bytes("cache/train.h5")
    try FileManager.default.removeItem(atPath: folder.file("cache"))

    let sets = [InstructionSet.supported.first!, InstructionSet.supported.last!]
    for (number, set) in zip(1..., sets) {
      let node = try ExtractProcess(
        in: folder, ["--shard", "\(number)/2"], environment: ["FEATURE_CACHE_ISA": set.rawValue])
      #expect(node.wait() == 0, "\(node.output)")
      #expect(node.output.contains("no fused multiply-add") == !set.fusesInHardware)
    }
    #expect(try ExtractProcess(in: folder, ["--join"]).wait() == 0)
    #expect(try folder.bytes("cache/train.h5") == alone)
  }

  // MARK: - Processes

  /// Three at once on one folder; each is killed after its first part, twice, and run again.
  @Test func shardsThatAreKilledGoOn() throws {
    let (folder, alone) = (try TemporaryFolder(), try TemporaryFolder())
    for folder in [folder, alone] { try Photographs(perClass: 90).write(to: folder) }
    #expect(try ExtractProcess(in: alone).wait() == 0)
    func parts(_ shard: Int) -> Int {
      let names = (try? folder.names(in: "cache/train.parts")) ?? []
      return names.count { $0.hasPrefix("\(shard)of3-") && $0.hasSuffix(".h5") }
    }
    var kills = 0
    for _ in 0..<2 {
      let before = (1...3).map(parts)
      let processes = try (1...3).map { try ExtractProcess(in: folder, ["--shard", "\($0)/3"]) }
      while processes.contains(where: \.isRunning) {
        for number in 1...3 where parts(number) > before[number - 1] { processes[number - 1].signal(SIGKILL) }
        usleep(200)
      }
      kills += processes.count { $0.wait() == nil }
    }
    #expect(kills >= 3, "in the middle")
    let processes = try (1...3).map { try ExtractProcess(in: folder, ["--shard", "\($0)/3"]) }
    for process in processes { #expect(process.wait() == 0, "\(process.output)") }
    let join = try ExtractProcess(in: folder, ["--join"])
    #expect(join.wait() == 0, "\(join.output)")
    for name in Ordeal.caches { #expect(try folder.bytes("cache/" + name) == alone.bytes("cache/" + name), "\(name)") }
  }

  // MARK: - Parts

  /// Photographs, augmented once, of which two are the same and two that can't be decoded are the same.
  private func photographs(perClass: Int = 10) throws -> SmallPipeline {
    let pipeline = try SmallPipeline()
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    pipeline.extraction.features.layer = "block2_pool"
    pipeline.extraction.passes.train.count = 1
    pipeline.extraction.source.maxSkipped = 0.7
    let photographs = Photographs(perClass: perClass)
    try photographs.write(to: pipeline.folder)
    for name in ["b", "c"] { try pipeline.folder.write("photographs/test/\(name).jpg", Data("no picture".utf8)) }
    try pipeline.folder.write("photographs/train/dog/dog1.jpg", photographs.jpeg("train/cat/cat2.jpg"))
    return pipeline
  }
}

extension SmallPipeline {
  private var stage: Extraction { extraction.extraction() }
  fileprivate func prepare(shardCount: Int) throws { try stage.prepare(shardCount: shardCount) }
  fileprivate func extract(_ shard: Shard) throws { try stage.run(shard) }
  fileprivate func join() throws { try stage.join() }

  fileprivate func caches() throws -> [Data] { try Ordeal.caches.map(bytes) }

  /// The caches that an ordinary run over the same images writes.
  fileprivate func cachesOfOneRun() throws -> [Data] {
    let alone = try SmallPipeline()
    alone.extraction = extraction
    alone.extraction.cache = CacheFolder(alone.folder.file("cache"))
    try alone.extract()
    return try alone.caches()
  }

  fileprivate func expectLine(_ words: String..., body: () throws -> Void) {
    do {
      try body()
      Issue.record("was not refused: expected \(words)")
    } catch {
      for word in words { #expect("\(error)".contains(word)) }
      #expect(!"\(error)".contains("\n"), "one line")
    }
  }
}
