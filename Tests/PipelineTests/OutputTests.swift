import Foundation
import Testing

/// What can't be printed never stops the work, and is told by the exit status.
@Suite struct OutputTests {
  /// Standard output and error elsewhere than where somebody reads them.
  static let nowhere = [
    #"exec "$@" >&-"#, #"exec "$@" 2>&-"#, #"exec "$@" >&- 2>&- <&-"#, #"exec "$@" >/dev/full"#,
    #"exec "$@" 2>/dev/full"#, #"exec "$@" >/dev/full 2>&1"#, #"exec > >(:); sleep 0.2; exec "$@""#,
    #"exec > >(:) 2>&1; sleep 0.2; exec "$@""#,
  ].filter(isThere)

  /// Whether the devices that a command writes to are there: macOS has no /dev/full.
  private static func isThere(_ shell: String) -> Bool {
    !shell.contains("/dev/full") || FileManager.default.fileExists(atPath: "/dev/full")
  }

  /// What an undisturbed run writes, by the files' names.
  private static let undisturbed = Result {
    let whole = try SmallPipeline(.published)
    try whole.runAll()
    let names = ["test.h5", "head.weights.h5", "submission.csv"]
    return Dictionary(uniqueKeysWithValues: try names.map { ($0, try whole.bytes($0)) })
  }

  @Test(arguments: nowhere) func theWorkIsDone(shell: String) throws {
    let pipeline = try SmallPipeline()
    try Photographs(perClass: 1).write(to: pipeline.folder)
    let cache = ["--cache", pipeline.folder.file("cache"), "--threads", "2"]
    let losesResults = !shell.hasPrefix(#"exec "$@" 2"#)
    let stages: [(program: String, options: [String], hasResults: Bool, file: String)] = [
      (
        "extract", ["--data", pipeline.folder.file("data"), "--weights", try SmallPipeline.weights(), "--size", "32"],
        true, "test.h5"
      ),
      ("fit-head", ["--schedule", "3@1e-3", "--batch-size", "16"], true, "head.weights.h5"),
      ("submit", [], true, "submission.csv"),
      (
        "predict",
        [
          "--weights", try SmallPipeline.weights(), pipeline.folder.file("photographs/test"), "--csv",
          pipeline.folder.file("p.csv"),
        ],
        true, "head.weights.h5"
      ),
    ]
    for stage in stages {
      let process = try ProgramProcess(
        stage.program, cache + stage.options, log: pipeline.folder, shell: shell)
      #expect(process.wait(seconds: 120) == (losesResults && stage.hasResults ? 74 : 0), "\(process.output)")
      #expect(try pipeline.bytes(stage.file) == Self.undisturbed.get()[stage.file])
      #expect(!process.output.contains("Fatal error"), "\(process.output)")
    }
  }

  @Test(arguments: ["extract", "fit-head", "submit", "predict", "pipeline"]) func theHelp(program: String) throws {
    let folder = try TemporaryFolder()
    for (shell, status) in [
      (#""$@" | head -n 1"#, Int32(0)), (#"exec "$@" >/dev/full"#, 74), (#"exec "$@" >&-"#, 74),
      (#"exec > >(:); sleep 0.2; exec "$@""#, 74), (#"exec "$@" 2>&-"#, 0),
    ] where Self.isThere(shell) {
      let process = try ProgramProcess(program, ["--help"], log: folder, shell: shell)
      #expect(process.wait(seconds: 20) == status, "\(shell)")
    }
    for shell in [#"exec "$@" 2>/dev/full"#, #"exec "$@" 2>&-"#, #"exec "$@" >&- 2>&- <&-"#]
    where Self.isThere(shell) {
      let process = try ProgramProcess(program, ["--no-such-option"], log: folder, shell: shell)
      #expect(process.wait(seconds: 20) == 64)
    }
  }

  /// A list on standard input that can't be read is one line.
  @Test(arguments: [#"exec "$@" <&-"#, #"exec "$@" </"#, #"exec "$@" >&- 2>&- <&-"#])
  func aListThatCanNotBeRead(shell: String) throws {
    let folder = try TemporaryFolder()
    let process = try ProgramProcess("predict", ["-"], log: folder, shell: shell)
    #expect(process.wait(seconds: 20) == 1)
    #expect(
      shell.contains("2>&-") || process.output.hasPrefix("Error: standard input: the list of pictures can't be read"))
  }

  /// A data file that got descriptor 1 would have what is printed in it.
  @Test func descriptorsThatAreClosedAreTaken() throws {
    let folder = try TemporaryFolder()
    try Photographs(perClass: 2).write(to: folder)
    let process = try ExtractProcess(in: folder, ["--explain"], shell: #"exec "$@" <&- >&- 2>&-"#)
    #expect(process.wait(seconds: 60) == 74)
    #expect(try !folder.names().contains("cache"))
  }

  @Test func aMessageIsOneLineThatTheTerminalDoesNotObey() throws {
    let folder = try TemporaryFolder()
    let name = "a\nb\u{1B}]0;title\u{7}\u{202E}c"
    for (program, options, status) in [
      ("extract", ["--data", name], Int32(1)), ("extract", ["--size", name], 64), ("extract", [name], 64),
      ("extract", ["--layer", name], 64), ("extract", ["--inspect-weights", name], 1),
      ("fit-head", ["--cache", name], 1), ("fit-head", ["--head", name], 64), ("submit", ["--cache", name], 1),
      ("submit", ["--clip", name], 64), ("submit", ["--" + name], 64), ("predict", [name], 1),
      ("predict", ["--top", name, name], 64), ("pipeline", ["history", "--cache", name], 1),
      ("pipeline", ["export", name], 1), ("pipeline", ["clean", "--cache", name], 1), ("pipeline", [name], 64),
    ] {
      let process = try ProgramProcess(program, options, log: folder)
      #expect(process.wait(seconds: 20) == status)
      #expect(process.output.hasPrefix("Error: ") && process.output.hasSuffix("\n"))
      let line = process.output.dropLast()
      #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control }, "\(process.output)")
      #expect(!line.contains("\u{202E}"))
    }
  }

  @Test func anArgumentThatIsNoText() throws {
    let folder = try TemporaryFolder()
    let process = try ProgramProcess("extract", [], log: folder, shell: #"exec "$@" --cache $'\xff'"#)
    #expect(process.wait(seconds: 20) == 64)
    #expect(process.output.hasPrefix("Error: argument 2 (\u{fffd}) is not UTF-8"))
    #expect(try folder.names().allSatisfy { $0.hasPrefix("log-") })
  }
}
