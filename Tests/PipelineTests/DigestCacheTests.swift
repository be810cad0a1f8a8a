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

  /// How often a run reads the file, some seconds from now.
  private func reads(_ file: String, _ folder: TemporaryFolder, later seconds: Int64 = 10) -> Int {
    let cache = DigestCache(folder.file("digests")) { Int64(time(nil)) + seconds }
    var count = 0
    let content = Array(FileManager.default.contents(atPath: file)!)
    let digest = cache.digest(ofFile: file) {
      count += 1
      return content
    }
    #expect(digest == ContentDigest(of: content))
    cache.save()
    return count
  }
}
