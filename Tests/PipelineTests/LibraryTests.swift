import Foundation
import Testing

/// The examples in Tests/Library, which know no more than what is public.
@Suite struct LibraryTests {
  @Test func classify() throws {
    let pipeline = try SmallPipeline(.published)
    try Photographs(perClass: 12).write(to: pipeline.folder)
    pipeline.extraction.source.path = pipeline.folder.file("photographs")
    pipeline.extraction.features.size = 40
    try pipeline.runAll()
    // Where a program finds the weights itself: beside the cache.
    let weights = URL(fileURLWithPath: try SmallPipeline.weights())
    try FileManager.default.createDirectory(
      atPath: pipeline.folder.file("cache/weights"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: pipeline.folder.file("cache/weights/" + weights.lastPathComponent), withDestinationPath: weights.path)
    let (cache, picture) = (pipeline.folder.file("cache"), pipeline.folder.file("photographs/test/a.jpg"))
    let example = try FinishedRun(.classifyExample, [cache, picture])
    let program = try FinishedRun(.predict, [picture, "--cache", cache, "--json"])
    #expect(example.succeeded && program.succeeded, "\(example) \(program)")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(program.output.utf8)) as? [String: Any])
    let words = example.output.split(separator: " ").map(String.init)
    let best = [try #require(object["class"] as? String), "\(Float(try #require(object["probability"] as? Double)))"]
    #expect(Array(words.dropFirst()) == best)
  }

  @Test func features() throws {
    let folder = try TemporaryFolder()
    try Photographs(perClass: 1).write(to: folder)
    let run = try FinishedRun(
      .featuresExample, [SmallPipeline.weights(), folder.file("photographs/test/a.jpg")])
    #expect(run.succeeded && run.output.hasPrefix("6×6×512 18432 "), "\(run)")
  }
}
