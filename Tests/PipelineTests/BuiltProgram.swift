import Foundation
import Testing

/// One of the programs that were built with the tests.
enum BuiltProgram: String, CaseIterable {
  case pipeline
  case extract
  case fitHead = "fit-head"
  case submit
  case predict
  case classifyExample = "example-classify"
  case featuresExample = "example-features"

  var url: URL { Bundle.module.bundleURL.deletingLastPathComponent().appendingPathComponent(rawValue) }
}

/// A program that was run to its end.
struct FinishedRun {
  enum End: Equatable {
    case status(Int32)
    case signal(Int32)
    /// It had not ended after the time it was given, and was killed.
    case hang
  }

  let end: End
  /// What it printed on standard error, without the white space at the ends.
  let words: String
  /// What it printed on standard output, likewise.
  let output: String

  /// Runs it, with standard input and output closed off.
  ///
  /// - Parameter environment: what is set besides what this process has.
  init(
    _ program: BuiltProgram, _ options: [String], environment: [String: String] = [:], seconds: Double = 60
  ) throws {
    let log = URL(fileURLWithPath: NSTemporaryDirectory() + "words-\(UUID().uuidString)")
    let printed = log.appendingPathExtension("output")
    for file in [log, printed] { try Data().write(to: file) }
    defer { for file in [log, printed] { try? FileManager.default.removeItem(at: file) } }
    let process = Process()
    process.executableURL = program.url
    process.arguments = options
    // A backtrace takes seconds, and says here nothing that the signal doesn't.
    process.environment = ProcessInfo.processInfo.environment
      .merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }.merging(environment) { $1 }
    let (errors, output) = try (FileHandle(forWritingTo: log), FileHandle(forWritingTo: printed))
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let deadline = ContinuousClock.now + .seconds(seconds)
    while process.isRunning, ContinuousClock.now < deadline { usleep(1000) }
    let hangs = process.isRunning
    if hangs { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    try errors.close()
    try output.close()
    let status = process.terminationStatus
    end = hangs ? .hang : process.terminationReason == .exit ? .status(status) : .signal(status)
    func text(_ file: URL) throws -> String {
      try String(decoding: Data(contentsOf: file), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    (words, self.output) = try (text(log), text(printed))
  }

  /// One that went well.
  static let success = FinishedRun(end: .status(0), words: "")

  private init(end: End, words: String) { (self.end, self.words, output) = (end, words, "") }

  /// Whether it did what it was asked to.
  var succeeded: Bool { end == .status(0) }
}
