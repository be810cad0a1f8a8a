import Foundation
import Testing

/// The built `extract`, run as a process of its own on photographs, to be killed.
final class ExtractProcess {
  private let process = Process()
  private let log: URL

  /// - Parameters:
  ///   - folder: has the images in `photographs`; gets the caches in `cache`.
  ///   - environment: what is set besides what this process has.
  init(in folder: TemporaryFolder, _ options: [String] = [], environment: [String: String] = [:]) throws {
    log = URL(fileURLWithPath: folder.file("log-\(UUID().uuidString)"))
    try Data().write(to: log)
    let output = try FileHandle(forWritingTo: log)
    // The layer's output is large, so that some hundred images make many chunks, and parts.
    process.executableURL = BuiltProgram.extract.url
    process.arguments =
      [
        "--data", folder.file("photographs"), "--cache", folder.file("cache"), "--weights", try SmallPipeline.weights(),
        "--size", "32", "--layer", "block2_conv2", "--batch-size", "8", "--threads", "2", "--part-seconds", "0.001",
      ] + options
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

  /// What it printed so far.
  var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  /// The lines that are no progress.
  var errorLines: [Substring] { output.split(separator: "\n").filter { $0.hasPrefix("Error: ") } }
}
