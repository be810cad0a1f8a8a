import ArgumentParser
import Foundation
import Pipeline
import Programs

/// How it is run: what has no influence on the result.
struct RunningOptions: ParsableArguments {
  @Option(help: "Images computed together; no influence on the result. (default: by --size)")
  var batchSize: Int?

  @Option(help: "Threads that compute; no influence on the result.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Seconds of work between parts: what a kill can lose.")
  var partSeconds = Extraction.Settings().partSeconds

  @Flag(help: "Begin even if the disk space seems not to suffice.")
  var force = false

  @Flag(help: "Read the caches through first, and compute rows that are damaged again.")
  var repair = false

  /// What to do.
  enum Mode: EnumerableFlag {
    case run, explain, verify, preview

    static func help(for mode: Mode) -> ArgumentHelp? {
      switch mode {
      case .run: .private
      case .explain: "Say what would be computed and why, and compute nothing."
      case .verify: "Read the caches through and report damage; nothing else."
      case .preview: "Write CACHE/preview.png, a few images of each class as VGG16 sees them; nothing else."
      }
    }
  }

  @Flag var mode = Mode.run

  @Flag(help: ArgumentHelp("Check the options, and do nothing.", visibility: .hidden))
  var checkOptions = false

  @Flag(help: "Print results and errors only.")
  var quiet = false

  func validate() throws {
    try check(threads: threads)
    guard partSeconds > 0, partSeconds <= 86_400 else {
      throw ValidationError(
        "--part-seconds is more than 0 and up to 86,400: more than a day's work can't be meant to be lost.")
    }
    try check("--batch-size", batchSize, in: 1...65_536, "nothing is faster in larger batches")
  }

  func fill(_ settings: inout Extraction.Settings) {
    settings.batchSize = batchSize
    settings.threads = threads
    settings.partSeconds = partSeconds
    settings.force = force
    settings.repair = repair
  }
}
