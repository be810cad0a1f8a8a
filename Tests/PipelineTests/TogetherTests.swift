import Foundation
import Testing

/// Stages that are started at once on one cache folder wait for each other: all end well, and with the bytes of stages
/// that ran one after the other.
@Suite(.serialized) struct TogetherTests {
  /// `./pipeline.sh faults` makes twenty rounds of each.
  private static let rounds = FaultTests.isEverything ? 20 : 4

  @Test(arguments: [
    ["fit-head", "fit-head"], ["submit", "submit"], ["fit-head", "submit"], ["extract", "fit-head"],
    ["extract", "submit"], ["extract", "fit-head", "fit-head", "submit", "submit"],
  ])
  func stagesWaitForEachOther(stages: [String]) throws {
    let folder = try TemporaryFolder()
    try SmallPipeline.writeData(seed: 1, trainRows: 15, testRows: 4, to: folder)
    for stage in ["extract", "fit-head", "submit"] { #expect(try start(stage, folder).wait() == 0) }
    let expected = try results(folder)
    for round in 0..<Self.rounds {
      // What the stages are to make again; not what one of them needs at once.
      var removed = ["submission.csv", "report.html"]
      if !stages.contains("submit") { removed += ["head.weights.h5", "heads"] }
      for name in removed { try? FileManager.default.removeItem(atPath: folder.file("cache/" + name)) }
      let processes = try stages.map { try start($0, folder) }
      for (stage, process) in zip(stages, processes) {
        #expect(process.wait(seconds: 60) == 0, "round \(round): \(stage): \(process.output)")
      }
      if !stages.contains("submit") { #expect(try start("submit", folder).wait() == 0) }
      let found = try results(folder)
      #expect(found == expected, "round \(round): \(found.filter { expected[$0.key] != $0.value }.keys)")
      #expect(try !folder.names(in: "cache").contains { $0.hasSuffix(".writing") })
    }
  }

  private func start(_ stage: String, _ folder: TemporaryFolder) throws -> ProgramProcess {
    let options =
      switch stage {
      case "extract":
        ["--data", folder.file("data"), "--weights", try SmallPipeline.weights(), "--size", "32"]
      case "fit-head": ["--schedule", "2@1e-2", "--batch-size", "8"]
      default: [String]()
      }
    return try ProgramProcess(
      stage, options + ["--cache", folder.file("cache"), "--threads", "1"], log: folder)
  }

  private func results(_ folder: TemporaryFolder) throws -> [String: Data] {
    let names = ["train.h5", "valid.h5", "test.h5", "head.weights.h5", "submission.csv", "report.html"]
    return try Dictionary(uniqueKeysWithValues: names.map { ($0, try folder.bytes("cache/" + $0)) })
  }
}
