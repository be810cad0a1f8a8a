import Core
import FeatureStore
import Foundation
import Testing

/// `fit-head --memory` has no influence on the result.
@Suite struct MemoryTests {
  @Test func aHeadFromTheScratchFileIsTheSame() throws {
    let pipeline = try SmallPipeline()
    try pipeline.extract()
    try pipeline.fitHead()
    let inMemory = try pipeline.bytes("head.weights.h5")
    try FileManager.default.removeItem(atPath: pipeline.folder.file("cache/head.weights.h5"))
    pipeline.fitting.execution.memory = 0
    try pipeline.fitHead()
    #expect(try pipeline.bytes("head.weights.h5") == inMemory)
    #expect(try !pipeline.folder.names(in: "cache").contains { $0.contains("scratch") }, "nothing is left")
  }

  @Test func noRoomForTheScratchFile() throws {
    let pipeline = try SmallPipeline()
    let memory = FeatureMemory(mebibytes: 0, folder: CacheFolder(pipeline.folder.file("missing")))
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 64)
    let block = RowBlock(bytes: UnsafeRawBufferPointer(bytes)) { $0.deallocate() }
    #expect { _ = try memory.keep(block) } throws: {
      "\($0)".contains("a scratch file for the rest can't be written here: No such file or directory")
    }
  }
}
