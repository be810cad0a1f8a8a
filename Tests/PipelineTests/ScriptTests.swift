import Foundation
import Testing

/// `./pipeline.sh` with the programs that were built with the tests: what it says, and which folder is whose.
@Suite struct ScriptTests {
  @Test(arguments: [
    ["--partition", "a\"b"], ["--partition", "a\n#SBATCH --wrap=true"], ["--cache", "it's"], ["--cache", "a\\b"],
    ["--cache=a\u{1B}[31mb"],
  ])
  func directivesThatWouldBreak(options: [String]) throws {
    let script = try ScriptRun(["cluster", "--dry-run", "--nodes", "2"] + options)
    #expect(script.status == 64)
    #expect(script.errors.contains("Slurm can't take a quote, a backslash or a control character"))
    #expect(script.errors.split(separator: "\n").count == 1 && !script.errors.contains("\u{1B}"))
  }

  @Test(arguments: [
    ("extract --seed 3", "extract has no --seed: the split's seed is --split-seed. See extract --help"),
    ("fit-head --size 96", "--size belongs to extract. See fit-head --help"),
    ("--epochs 20", "--epochs: give epochs and rate in --schedule 20@1e-3. See ./pipeline.sh --help"),
    ("--dropout 0.4 0.6", "--dropout takes several values with commas: --dropout 0.4,0.6. See ./pipeline.sh --help"),
    ("fit-haed", "no command 'fit-haed'. Did you mean 'fit-head'? See ./pipeline.sh --help"),
    ("--cache x submit --dropout 0.4", "--dropout belongs to fit-head. See submit --help"),
  ])
  func whatCannotBeUnderstood(line: String, answer: String) throws {
    let folder = try TemporaryFolder()
    let script = try ScriptRun(line.split(separator: " ").map(String.init), in: folder.path)
    #expect(script.status == 64)
    #expect(script.errors == "Error: \(answer)\n")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  /// A value that the last stage refuses is refused before the first one works.
  @Test func everythingIsCheckedBeforeAnythingRuns() throws {
    let pipeline = try SmallPipeline()
    for wrong in [["--clip", "maybe"], ["--dropout", "2"]] {
      let script = try ScriptRun(
        ["--data", "data", "--cache", "c", "--weights", try SmallPipeline.weights()] + wrong, in: pipeline.folder.path)
      #expect(script.status == 64 && script.errors.split(separator: "\n").count == 1, "\(script.errors)")
      #expect(!FileManager.default.fileExists(atPath: pipeline.folder.file("c")))
    }
  }

  /// All stages, with paths that are relative to where the user stands; by sh, too.
  @Test(arguments: [nil, "/bin/sh"]) func allStages(shell: String?) throws {
    let pipeline = try SmallPipeline()
    let expected = try SmallPipeline()
    try expected.runAll()
    let script = try ScriptRun(
      [
        "--data", "data", "--cache", "c", "--weights", try SmallPipeline.weights(), "--size", "32", "--schedule",
        "3@1e-3", "--batch-size", "16", "--output", "mine.csv", "--quiet",
      ], in: pipeline.folder.path, shell: shell)
    #expect(script.status == 0, "\(script.errors)")
    #expect(try pipeline.folder.bytes("mine.csv") == expected.bytes("submission.csv"))
    let again = try ScriptRun(
      ["--cache", "c", "submit", "--output", "other.csv"], in: pipeline.folder.path, shell: shell)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try pipeline.folder.bytes("other.csv") == expected.bytes("submission.csv"))
  }

  /// The stage that runs gets the signal, and its exit status is the whole's.
  @Test(arguments: [(SIGTERM, Int32(143)), (SIGINT, Int32(130))]) func signals(number: Int32, status: Int32) throws {
    let folder = try TemporaryFolder()
    try Photographs(perClass: 40).write(to: folder)
    let process = try ProgramProcess(
      "pipeline",
      [
        "--data", folder.file("photographs"), "--cache", folder.file("cache"), "--weights", try SmallPipeline.weights(),
        "--size", "128", "--threads", "1",
      ], log: folder)
    while process.isRunning, !process.output.contains("to compute") { usleep(1000) }
    process.signal(number)
    #expect(process.wait(seconds: 20) == status, "\(process.output)")
    #expect(process.output.contains("stopped: ") && !process.output.contains("Error"), "\(process.output)")
  }

  /// The status of a stage that fails is the whole's, and no other stage runs.
  @Test func aStageThatFails() throws {
    let folder = try TemporaryFolder()
    let script = try ScriptRun(["--data", "nothing", "--weights", try SmallPipeline.weights()], in: folder.path)
    #expect(script.status == 1)
    #expect(script.errors.hasPrefix("Error: nothing: ") && script.errors.split(separator: "\n").count == 1)
  }
}

/// `./pipeline.sh`, run to its end.
private struct ScriptRun {
  let status: Int32
  let errors: String

  /// - Parameters:
  ///   - folder: where the user stands.
  ///   - shell: that the user has read it, in place of the one it names.
  init(_ words: [String], in folder: String? = nil, shell: String? = nil) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let script = root.appendingPathComponent("pipeline.sh")
    let process = Process()
    process.executableURL = shell.map { URL(fileURLWithPath: $0) } ?? script
    process.arguments = (shell == nil ? [] : [script.path]) + words
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.environment = ProcessInfo.processInfo.environment.merging([
      "FEATURE_CACHE_PROGRAMS": BuiltProgram.extract.url.deletingLastPathComponent().path
    ]) { $1 }
    let output = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = output
    try process.run()
    errors = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    status = process.terminationStatus
  }
}
