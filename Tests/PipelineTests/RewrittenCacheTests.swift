import Foundation
import HDF5
import Testing

/// A cache that another program wrote anew, without the checksums: no stage takes it for what it was, and extract makes it
/// again.
@Suite struct RewrittenCacheTests {
  @Test(.enabled(if: tool != nil, "hdf5-tools has h5repack"), arguments: ["GZIP=6", "NONE"], ["train.h5", "test.h5"])
  func h5repack(filters: String, name: String) throws {
    let pipeline = try SmallPipeline()
    try pipeline.runAll()
    let whole = try pipeline.bytes(name)
    let path = pipeline.folder.file("cache/" + name)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.tool!)
    process.arguments = ["-f", filters, path, pipeline.folder.file("repacked.h5")]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: pipeline.folder.file("repacked.h5"), toPath: path)

    let words =
      "is not in chunks with a checksum, as extract wrote it: another program rewrote the file; run ./pipeline.sh extract --repair"
    #expect { try pipeline.verify() } throws: { "\($0)".contains(words) }
    #expect { try name == "train.h5" ? pipeline.fitHead() : pipeline.submit() } throws: { "\($0)".contains(words) }
    #expect(try pipeline.explanation().contains("\(name): to be made: "))
    try pipeline.extract()
    #expect(try pipeline.bytes(name) == whole)
  }

  private static let tool = ["/usr/bin/h5repack", "/usr/local/bin/h5repack", "/opt/homebrew/bin/h5repack"]
    .first(where: FileManager.default.isExecutableFile)
}
