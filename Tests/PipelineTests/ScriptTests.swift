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
    (
      "extract --seed 3",
      "extract has no --seed: the split's seed is --split-seed. See ./pipeline.sh extract --help"
    ),
    (
      "fit-head --size 96",
      "--size belongs to extract; ./pipeline.sh without a stage takes it, too. See ./pipeline.sh fit-head --help"
    ),
    (
      "--epochs 20",
      "--epochs: give epochs and rate in --schedule 20@1e-3. See ./pipeline.sh options"
    ),
    (
      "--dropout 0.4 0.6",
      "--dropout takes several values with commas: --dropout 0.4,0.6. See ./pipeline.sh options"
    ),
    (
      "predict",
      "predict wants pictures: files, folders, or - for a list of paths on standard input. See ./pipeline.sh predict --help"
    ),
    (
      "fit-head --folds 1",
      "The value '1' is invalid for '--folds <k>': expected a number from 2 to 100, such as 5, or groups: a fold for every group. See ./pipeline.sh fit-head --help"
    ),
    (
      "fit-haed",
      "no command 'fit-haed'. Did you mean 'fit-head'? See ./pipeline.sh options"
    ),
    (
      "--cache x submit --dropout 0.4",
      "--dropout belongs to fit-head; ./pipeline.sh without a stage takes it, too. See ./pipeline.sh submit --help"
    ),
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
    let expected = try SmallPipeline(.published)
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

  // MARK: - Slurm

  /// A stand-in for Slurm's sbatch, which runs each job at once, an array's tasks one after the other; it refuses the job
  /// that `refuse` names.
  private static func stubSlurm(in folder: TemporaryFolder, refuse: String = "none") throws {
    let sbatch = """
      #!/usr/bin/env bash
      script=$(cat)
      job=$(($(cat ids 2>/dev/null || echo 0) + 1))
      if [[ $script == *'--job-name="\(refuse)"'* ]]; then echo "sbatch: error: no room" >&2; exit 1; fi
      echo $job >ids
      echo "$*" >>calls
      tasks=$(sed -n 's/^#SBATCH --array="1-\\(.*\\)"$/\\1/p' <<<"$script")
      for task in $(seq "${tasks:-1}"); do
        SLURM_ARRAY_TASK_ID=$task SLURM_CPUS_ON_NODE=1 bash -c "$script" >>log 2>&1 || exit
      done
      echo "$job;cluster"

      """
    try folder.write("bin/sbatch", Data(sbatch.utf8))
    try folder.write("bin/scancel", Data("#!/bin/sh\necho cancel \"$@\" >>calls\n".utf8))
    for name in ["sbatch", "scancel"] { chmod(folder.file("bin/" + name), 0o755) }
  }

  /// The jobs' scripts do what one machine does.
  @Test func jobsOfACluster() throws {
    let pipeline = try SmallPipeline()
    let expected = try SmallPipeline(.published)
    try expected.runAll()
    try Self.stubSlurm(in: pipeline.folder)
    let script = try ScriptRun(
      [
        "cluster", "--nodes", "3", "--data", "data", "--cache", "a cache", "--weights", try SmallPipeline.weights(),
        "--size", "32", "--schedule", "3@1e-3", "--batch-size", "16", "--quiet",
      ], in: pipeline.folder.path, path: pipeline.folder.file("bin"))
    #expect(script.status == 0, "\(script.errors)")
    for name in ["train.h5", "valid.h5", "test.h5", "head.weights.h5", "submission.csv"] {
      #expect(try pipeline.folder.bytes("a cache/" + name) == expected.bytes(name), "\(name)")
    }
    #expect(
      String(decoding: try pipeline.folder.bytes("calls"), as: UTF8.self) == """
        --parsable
        --parsable --dependency=afterany:1 --kill-on-invalid-dep=yes
        --parsable --dependency=afterok:2 --kill-on-invalid-dep=yes
        --parsable --dependency=afterok:3 --kill-on-invalid-dep=yes

        """)
  }

  @Test func aJobThatSlurmRefuses() throws {
    let pipeline = try SmallPipeline()
    try Self.stubSlurm(in: pipeline.folder, refuse: "fit-head")
    let script = try ScriptRun(
      [
        "cluster", "--nodes", "1", "--data", "data", "--cache", "c", "--weights", try SmallPipeline.weights(), "--size",
        "32",
      ], in: pipeline.folder.path, path: pipeline.folder.file("bin"))
    #expect(script.status == 1)
    #expect(
      script.errors
        == "Error: Slurm does not take the job fit-head (sbatch: error: no room); those before it are cancelled\n"
    )
    #expect(String(decoding: try pipeline.folder.bytes("calls"), as: UTF8.self).hasSuffix("\ncancel 1 2\n"))
  }

  // MARK: - Ends

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
  ///   - path: a folder of commands that come before all others.
  init(_ words: [String], in folder: String? = nil, shell: String? = nil, path: String? = nil) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let script = root.appendingPathComponent("pipeline.sh")
    let process = Process()
    process.executableURL = shell.map { URL(fileURLWithPath: $0) } ?? script
    process.arguments = (shell == nil ? [] : [script.path]) + words
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let environment = ProcessInfo.processInfo.environment
    process.environment = environment.merging([
      "FEATURE_CACHE_PROGRAMS": BuiltProgram.extract.url.deletingLastPathComponent().path,
      "PATH": [path, environment["PATH"]].compactMap(\.self).joined(separator: ":"),
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
