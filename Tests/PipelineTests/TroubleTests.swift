import FeatureStore
import Foundation
import HDF5
import Testing

/// Whatever stops a run ends it with one clear line, loses nothing, and the rerun goes on.
@Suite struct TroubleTests {
  @Test func aSecondExtractIsToldWhoHoldsTheFolder() throws {
    let pipeline = try SmallPipeline()
    try FileManager.default.createDirectory(atPath: pipeline.folder.file("cache"), withIntermediateDirectories: true)
    do {
      let lock = try CacheLock(pipeline.extraction.cache.lock)
      defer { withExtendedLifetime(lock) {} }
      expectLine("another extract is writing here (process \(getpid()) on ") { try pipeline.extract() }
      #expect(try pipeline.names() == [])
    }
    try pipeline.extract()
  }

  @Test func aCacheThatAnotherProcessHasLocked() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    let before = try pipeline.bytes("train.h5")
    // As h5py does with a file that it opens for writing.
    let descriptor = open(pipeline.folder.file("cache/train.h5"), O_RDONLY)
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    for stage in [pipeline.extract, pipeline.fitHead] {
      expectLine("train.h5: can't be opened: another process has it open", "HDF5_USE_FILE_LOCKING", body: stage)
    }
    close(descriptor)
    try pipeline.extract()
    #expect(try pipeline.bytes("train.h5") == before)
  }

  @Test(arguments: [true, false])
  func anImageThatChangesOrGoesAwayDuringTheRun(changes: Bool) throws {
    let folder = try TemporaryFolder()
    let photographs = Photographs(perClass: 60)
    try photographs.write(to: folder)
    let process = try ExtractProcess(in: folder)
    while process.isRunning, !exists("cache/train.parts/000001.h5", folder) { usleep(200) }
    if changes {
      try folder.write("photographs/test/c.jpg", photographs.jpeg("test/c.jpg", version: 1))
    } else {
      try FileManager.default.removeItem(atPath: folder.file("photographs/test/c.jpg"))
    }
    #expect(process.wait() == 1)
    let words = changes ? "was changed" : "went away"
    #expect(
      process.errorLines == [
        "Error: test/c.jpg: this image \(words) while extract was running; run it again: what is done is kept"
      ])
    #expect(exists("cache/train.h5", folder) && exists("cache/valid.h5", folder))

    let rerun = try ExtractProcess(in: folder)
    #expect(rerun.wait() == 0)
    #expect(rerun.output.contains("train.h5: up to date (120 images)"))
    #expect(rerun.output.contains("test.h5: to be made"))
  }

  @Test func aFullDisk() throws {
    let folder = try TemporaryFolder()
    try Photographs(perClass: 60).write(to: folder)
    guard let disk = SmallDisk(folder.file("cache"), kilobytes: 4 << 10) else { return SmallDisk.note("a full disk") }
    let refused = try ExtractProcess(in: folder, ["--compression", "none"])
    #expect(refused.wait() == 1)
    #expect(refused.output.contains(/are needed here, .* are free; make room, .*or go on all the same with --force/))

    let full = try ExtractProcess(in: folder, ["--compression", "none", "--force"])
    #expect(full.wait() == 1)
    #expect(full.errorLines.count == 1 && full.output.contains("No space left on device"), "\(full.output)")
    #expect(exists("cache/train.parts/000001.h5", folder), "what is done is kept")

    disk.resize(kilobytes: 200 << 10)
    let rerun = try ExtractProcess(in: folder, ["--compression", "none"])
    #expect(rerun.wait() == 0)
    #expect(rerun.output.contains(", the features of "), "it goes on: \(rerun.output)")
    #expect(try rerun.isFresh(in: folder, ["--compression", "none"]))
  }

  @Test func aReadOnlyFolder() throws {
    let folder = try TemporaryFolder()
    try Photographs(perClass: 2).write(to: folder)
    guard let disk = SmallDisk(folder.file("cache"), kilobytes: 4 << 10) else {
      return SmallDisk.note("a read-only folder")
    }
    disk.makeReadOnly()
    let process = try ExtractProcess(in: folder)
    #expect(process.wait() == 1)
    #expect(process.errorLines.count == 1)
    #expect(
      process.output.contains(
        "can't write here (Read-only file system); make it writable, or give another folder with --cache"))
  }

  // MARK: - Parts

  private func exists(_ name: String, _ folder: TemporaryFolder) -> Bool {
    FileManager.default.fileExists(atPath: folder.file(name))
  }

  private func expectLine(_ words: String..., body: () throws -> Void) {
    do {
      try body()
      Issue.record("was not refused: expected \(words)")
    } catch {
      for words in words { #expect("\(error)".contains(words)) }
      #expect(!"\(error)".contains("\n"), "one line")
    }
  }
}

extension ExtractProcess {
  /// Whether the caches in the folder are those that a run into an empty folder writes.
  fileprivate func isFresh(in folder: TemporaryFolder, _ options: [String]) throws -> Bool {
    let fresh = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: fresh.file("photographs"), withDestinationPath: folder.file("photographs"))
    guard try ExtractProcess(in: fresh, options).wait() == 0 else { return false }
    return try Ordeal.caches.allSatisfy { try fresh.bytes("cache/" + $0) == folder.bytes("cache/" + $0) }
  }
}
