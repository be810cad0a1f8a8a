import Datasets
import FeatureStore
import Foundation
import Stages
import Testing

/// Digests of files are taken over from the last run only where the file can't have changed.
@Suite struct DigestCacheTests {
  @Test func aFileIsReadOnceAndAgainWhenItChanged() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("image", Data("one".utf8))
    #expect(reads(file, folder) == 1)
    #expect(reads(file, folder) == 0)
    try FileManager.default.moveItem(atPath: file, toPath: folder.file("elsewhere"))
    #expect(reads(folder.file("elsewhere"), folder) <= 1, "a rename may count as a change")
    try folder.write("elsewhere", Data("two".utf8))
    #expect(reads(folder.file("elsewhere"), folder) == 1)
  }

  @Test func whatChangedJustNowIsNotRemembered() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("image", Data("one".utf8))
    #expect(reads(file, folder, later: 1) == 1)
    #expect(reads(file, folder, later: 1) == 1)
  }

  @Test func aDamagedDigestCacheIsAnEmptyOne() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("image", Data("one".utf8))
    #expect(reads(file, folder) == 1)
    let whole = try folder.bytes("digests")
    for position in whole.indices {
      var damaged = whole
      damaged[position] ^= 0x10
      try folder.write("digests", damaged)
      #expect(reads(file, folder) == 1, "byte \(position)")
    }
  }

  @Test func whatLiesInAnArchiveIsReadOnceAndAgainWhenTheArchiveChanged() throws {
    let folder = try TemporaryFolder()
    var content = try Data(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("DatasetsTests/Fixtures/photos.tar"))
    let archive = try folder.write("photos.tar", content)
    let first = try readsOfAll(archive, folder)
    #expect(first.reads == 25 && Set(first.digests).count == 25)
    let second = try readsOfAll(archive, folder)
    #expect(second.reads == 0 && second.digests == first.digests)

    let picture = try #require(content.firstRange(of: Data("P6\n2 2\n255\n".utf8)))
    content[picture.upperBound] ^= 0x80
    try folder.write("photos.tar", content)
    // Whatever the clock's tick.
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: archive)
    let changed = try readsOfAll(archive, folder)
    #expect(changed.reads == 25)
    #expect(zip(changed.digests, first.digests).count { $0 != $1 } == 1)
  }

  /// How many pictures of an archive a run reads, some seconds from now, and the digests of all.
  private func readsOfAll(
    _ archive: String, _ folder: TemporaryFolder
  ) throws -> (reads: Int, digests: [ContentDigest]) {
    let cache = DigestCache(folder.file("digests")) { Int64(time(nil)) + 10 }
    let dataset = try ImageDataset.open(archive)
    var reads = 0
    let digests = try Split.allCases.flatMap { split in
      try dataset.examples(in: split).indices.map { row in
        try cache.digest(of: dataset.origin(split, row)) {
          reads += 1
          return try dataset.content(split, row)
        }
      }
    }
    cache.save()
    return (reads, digests)
  }

  /// How often a run reads the file, some seconds from now.
  private func reads(_ file: String, _ folder: TemporaryFolder, later seconds: Int64 = 10) -> Int {
    let cache = DigestCache(folder.file("digests")) { Int64(time(nil)) + seconds }
    var count = 0
    let content = Array(FileManager.default.contents(atPath: file)!)
    let digest = cache.digest(of: PictureOrigin(path: file)) {
      count += 1
      return content
    }
    #expect(digest == ContentDigest(ofImage: content))
    cache.save()
    return count
  }
}
