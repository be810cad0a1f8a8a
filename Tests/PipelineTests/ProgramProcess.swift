import Foundation
import Testing

/// One of the built programs, run as a process of its own.
class ProgramProcess {
  private let process = Process()
  private let log: URL

  /// - Parameters:
  ///   - program: `extract`, `fit-head`, `submit`, or `pipeline`, which runs them.
  ///   - arguments: its command line.
  ///   - folder: gets a file of what is printed.
  ///   - shell: what a shell does with the program and its arguments, `"$@"`: limits and redirections, as in
  ///     `ulimit -n 20; exec "$@" >&-`.
  ///   - environment: what is set besides what this process has.
  init(
    _ program: String, _ arguments: [String], log folder: TemporaryFolder, shell: String = #"exec "$@""#,
    environment: [String: String] = [:]
  ) throws {
    log = URL(fileURLWithPath: folder.file("log-\(UUID().uuidString)"))
    try Data().write(to: log)
    let output = try FileHandle(forWritingTo: log)
    let path = BuiltProgram(rawValue: program)!.url.path
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", shell, program, path] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    process.standardOutput = output
    process.standardError = output
    try process.run()
  }

  var isRunning: Bool { process.isRunning }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits for the end.
  ///
  /// - Returns: the exit status; nil if a signal ended the process.
  @discardableResult
  func wait() -> Int32? {
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : nil
  }

  /// The same, for so many seconds at most: what hangs is killed.
  func wait(seconds: Double) -> Int32? {
    let end = ContinuousClock.now + .seconds(seconds)
    while isRunning, ContinuousClock.now < end { usleep(10_000) }
    if isRunning { signal(SIGKILL) }
    return wait()
  }

  /// What it printed so far.
  var output: String { String(decoding: (try? Data(contentsOf: log)) ?? Data(), as: UTF8.self) }

  /// The lines that are no progress.
  var errorLines: [Substring] { output.split(separator: "\n").filter { $0.hasPrefix("Error: ") } }
}

/// `extract` on photographs, to be killed.
final class ExtractProcess: ProgramProcess {
  /// - Parameters:
  ///   - folder: has the images in `photographs`; gets the caches in `cache`.
  ///   - shell, environment: as ``ProgramProcess``.
  init(
    in folder: TemporaryFolder, _ options: [String] = [], shell: String = #"exec "$@""#,
    environment: [String: String] = [:]
  ) throws {
    // The layer's output is large, so that some hundred images make many chunks, and parts.
    let arguments =
      [
        "--data", folder.file("photographs"), "--cache", folder.file("cache"), "--weights", try SmallPipeline.weights(),
        "--size", "32", "--layer", "block2_conv2", "--extract-batch-size", "8", "--threads", "2", "--part-seconds",
        "0.001",
      ] + options
    try super.init("extract", arguments, log: folder, shell: shell, environment: environment)
  }
}
