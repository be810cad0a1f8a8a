import Foundation
import HDF5
import Testing

@Suite struct FileTests {
  /// A small file with what a cache has.
  static func writeCache(_ path: String) throws {
    let file = try HDF5File.create(path)
    let features = try file.createDataset(
      "features", .float32, shape: [5, 2, 2, 3], maximumShape: [nil, 2, 2, 3], chunk: [2, 2, 2, 3],
      filters: .standard)
    try features.setDimensionLabels(["N", "H", "W", "C"])
    try features.write((0..<60).map { Float($0 % 7) })
    try file.createDataset("labels", .int32, shape: [5]).write([0, 1, -1, 1, 0] as [Int32])
    try file.createDataset("filenames", .string, shape: [5]).write(["a.jpg", "b/ü.png", "", "d", "e"])
    try file.createGroup("layers/dropout")
    try file.createDataset("layers/dense/vars/0", .float16, shape: [2, 2]).write([1, 2, 3, 4] as [Float])
    try file.setAttribute("layer", "block5_conv3")
    try file.setAttribute("skipped", ["x.jpg: not an image", "y"])
    try file.setAttribute("input_size", 96)
    try file.setAttribute("complete", true)
    try file.close()
  }

  @Test func theSameCallsGiveTheSameBytes() throws {
    try withFolder { folder in
      try Self.writeCache(folder + "/a.h5")
      // A time stamp would differ, and so would what is left in memory after other work.
      Thread.sleep(forTimeInterval: 1.1)
      _ = try contents(of: folder + "/a.h5")
      try Self.writeCache(folder + "/b.h5")
      #expect(try bytes(of: folder + "/a.h5") == bytes(of: folder + "/b.h5"))
    }
  }

  @Test func groupsNest() throws {
    try withFolder { folder in
      let file = try HDF5File.create(folder + "/groups.h5")
      let layers = try file.createGroup("model/layers")
      try layers.createGroup("dense/vars")
      #expect(try file.exists("model/layers/dense/vars"))
      #expect(try file.exists("/model"))
      #expect(try layers.exists("dense"))
      #expect(try !file.exists("model/optimizer/vars"))
      #expect(try file.group("model").group("layers/dense").path == "/model/layers/dense")
      #expect(try layers.group("/model").memberNames == ["layers"])
      #expect(try file.kind(of: "model/layers") == .group)
      #expect(try file.kind(of: "nothing") == nil)
      #expect(message { try file.createGroup("model") }.contains("/model: can't create this group: "))
      #expect(message { _ = try file.group("absent") }.contains("/absent: can't open this group: "))
    }
  }

  @Test func linksAreFollowedButNotTrusted() throws {
    let file = try HDF5File.open(fixture("kinds"))
    #expect(try file.kind(of: "soft") == .dataset)
    #expect(try file.dataset("soft").path == "/soft")
    #expect(try !file.exists("dangling"))
    #expect(try file.members.contains { $0.name == "dangling" && $0.kind == .other })
    let cyclic = try HDF5File.open(fixture("cyclic"))
    #expect(try cyclic.exists("a/b/up/b/up/b"))
  }

  @Test func aFileLivesAsLongAsWhatIsInIt() throws {
    func firstDataset() throws -> HDF5Dataset { try HDF5File.open(fixture("kinds")).dataset("compact") }
    #expect(try firstDataset().read(Float.self, rows: 0..<1) == [-2.5, -2, -1.5, -1, -0.5, 0])
  }

  @Test func aClosedFileIsAnError() throws {
    try withFolder { folder in
      let file = try HDF5File.create(folder + "/closed.h5")
      let dataset = try file.createDataset("x", .uint8, shape: [1])
      try file.close()
      #expect(message { try dataset.write([1] as [UInt8]) }.contains("/x: can't write: "))
      #expect(message { try file.close() }.contains("can't be written and closed"))
    }
  }

  @Test func threadsShareTheLibrary() async throws {
    let path = try fixture("kinds")
    let expected = try contents(of: path)
    try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<16 { group.addTask { try contents(of: path) } }
      for try await lines in group { #expect(lines == expected) }
    }
  }

  @Test func errorsAreOneClearLine() throws {
    try withFolder { folder in
      #expect(
        message { _ = try HDF5File.open(folder + "/no.h5") }
          == "\(folder)/no.h5: can't be opened: No such file or directory")
      try write("not HDF5 at all".utf8, to: folder + "/text.h5")
      #expect(message { _ = try HDF5File.open(folder + "/text.h5") }.contains("not an HDF5 file"))
      #expect(message { _ = try HDF5File.create(folder + "/no/such/folder.h5") }.hasSuffix("No such file or directory"))
      try Self.writeCache(folder + "/a.h5")
      try write(bytes(of: folder + "/a.h5").dropLast(), to: folder + "/short.h5")
      #expect(message { _ = try HDF5File.open(folder + "/short.h5") }.contains("the file is cut short"))
      let file = try HDF5File.open(folder + "/a.h5")
      #expect(message { _ = try file.createGroup("new") }.contains("/new: can't create this group: "))
    }
  }

  @Test func aFileThatIsBeingWrittenIsRefused() throws {
    try withFolder { folder in
      let path = folder + "/a.h5"
      try Self.writeCache(path)
      let lock = try #require(fopen(path, "r+"))
      defer { fclose(lock) }
      // flock belongs to the open file, so a second one in this process is as good as another process.
      #expect(flock(fileno(lock), LOCK_EX | LOCK_NB) == 0)
      let message = message { _ = try HDF5File.open(path) }
      #expect(message.contains("another process has it open"))
      #expect(message.contains("HDF5_USE_FILE_LOCKING=FALSE"))
    }
  }
}
