import Foundation
import Pipeline
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
      try AtomicFile.createFirst(folder.file("a")) { try Data(text.utf8).write(to: URL(fileURLWithPath: $0)) }
    }
    #expect(try folder.bytes("a") == Data("one".utf8))
    #expect(try folder.names() == ["a"])
  }

  @Test func aFailureLeavesTheOldFileAndNothingElse() throws {
    struct Failure: Error {}
    let folder = try TemporaryFolder()
    try AtomicFile.replace(folder.file("a"), with: "one".utf8)
    #expect(throws: Failure.self) {
      try AtomicFile.replace(folder.file("a")) { temporary in
        try Data("half".utf8).write(to: URL(fileURLWithPath: temporary))
        throw Failure()
      }
    }
    #expect(try folder.bytes("a") == Data("one".utf8))
    #expect(try folder.names() == ["a"])
  }
}
