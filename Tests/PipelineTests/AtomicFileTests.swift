import Foundation
import Storage
import Testing

@Suite struct AtomicFileTests {
  @Test func aFileIsReplacedWhole() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.replace(folder.file("a"), with: "one".utf8)
    try AtomicFile.replace(folder.file("a"), with: "two".utf8)
    #expect(try folder.bytes("a") == Data("two".utf8))
    #expect(try folder.names() == ["a"])
  }

  @Test func theFirstOfSeveralPrevails() throws {
    let folder = try TemporaryFolder()
    for text in ["one", "two"] {
      try AtomicFile.write(folder.file("a"), .keepFirst) {
        $0.append(text.utf8)
      } verifiedBy: { temporary in
        let found = try AtomicFile.contents(of: temporary)
        #expect(found == Array(text.utf8))
      }
    }
    #expect(try folder.bytes("a") == Data("one".utf8))
    #expect(try folder.names() == ["a"])
  }

  @Test func aFailureLeavesTheOldFileAndNothingElse() throws {
    struct Failure: Error {}
    let folder = try TemporaryFolder()
    try AtomicFile.replace(folder.file("a"), with: "one".utf8)
    #expect(throws: Failure.self) {
      try AtomicFile.write(folder.file("a")) { output in
        output.append("half".utf8)
        throw Failure()
      } verifiedBy: { _ in
        Issue.record("there is nothing to verify")
      }
    }
    #expect(try folder.bytes("a") == Data("one".utf8))
    #expect(try folder.names() == ["a"])
  }

  @Test func whatIsNotFoundAsItWasWrittenIsNotPutInPlace() throws {
    struct Difference: Error {}
    let folder = try TemporaryFolder()
    try AtomicFile.replace(folder.file("a"), with: "one".utf8)
    #expect(throws: Difference.self) {
      try AtomicFile.write(folder.file("a")) {
        $0.append("two".utf8)
      } verifiedBy: { _ in
        throw Difference()
      }
    }
    #expect(try folder.bytes("a") == Data("one".utf8))
    #expect(try folder.names() == ["a"])
  }

  /// A file that a killed process left is removed by the next one that writes the same file; one that is being written
  /// stays.
  @Test func onlyWhatNobodyWritesAnyMoreIsRemoved() throws {
    let folder = try TemporaryFolder()
    for name in ["a.1.writing", "a.2.writing", "b.3.writing"] { try folder.write(name, Data("half".utf8)) }
    let writer = open(folder.file("a.2.writing"), O_RDONLY)
    #expect(flock(writer, LOCK_SH) == 0)
    try AtomicFile.replace(folder.file("a"), with: "one".utf8)
    #expect(try folder.names() == ["a", "a.2.writing", "b.3.writing"])
    close(writer)
    AtomicFile.removeAbandoned(in: folder.path)
    #expect(try folder.names() == ["a"])
  }

  @Test(arguments: ["a", "./a", "sub//a", String(repeating: "n", count: 255)])
  func anyPath(path: String) throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.file("sub"), withIntermediateDirectories: true)
    try AtomicFile.replace(folder.file(path), with: "one".utf8)
    #expect(try folder.bytes(path) == Data("one".utf8))
  }

  @Test func aFailureIsOneLineWithTheFilesOwnName() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("no such folder/a")
    #expect(throws: StorageError(path, .create, .noSuchFileOrDirectory)) {
      try AtomicFile.replace(path, with: "one".utf8)
    }
    #expect(
      "\(StorageError(path, .create, .noSuchFileOrDirectory))" == "\(path): can't be made: No such file or directory")
  }
}
